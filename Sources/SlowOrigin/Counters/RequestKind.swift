import HTTPTypes

/// What a request is, told from its method, path and depth alone: the name it is counted under.
struct RequestKind: Sendable, Hashable {
    let name: String
    /// Asks for the children of a folder; latency and faults strike these.
    let isListing: Bool

    /// Methods counted by name; all others are `OTHER`, so that made-up methods can't fill the counters.
    private static let known: Set<String> = [
        "OPTIONS", "PUT", "POST", "PATCH", "DELETE", "MKCOL", "COPY", "MOVE", "PROPPATCH", "LOCK", "UNLOCK", "REPORT",
        "SEARCH", "TRACE",
    ]

    init(method: String, path: Substring, depth: String?) {
        switch method {
        case "PROPFIND":
            let depth = depth?.lowercased() ?? "infinity"
            let known = depth == "0" || depth == "1" || depth == "1,noroot" || depth == "infinity"
            name = known ? "PROPFIND \(depth)" : "PROPFIND other"
            isListing = depth != "0"
        case "GET", "HEAD":
            isListing = path.utf8.last == UInt8(ascii: "/")
            name = isListing ? "\(method) listing" : "\(method) file"
        default:
            name = Self.known.contains(method) ? method : "OTHER"
            isListing = false
        }
    }

    /// In Graph the last segment says what is asked of an item.
    init(graphMethod method: String, path: Substring) {
        let path = path.lowercased()
        // Of SharePoint's REST service, whatever is read of a folder or a list.
        let isOfSite = path.contains("/_api/web/") && !path.contains("getfileby")
        isListing = method == "GET" && (path.hasSuffix("/children") || isOfSite)
        name = isListing ? "GET listing" : method == "GET" ? "GET item" : Self.known.contains(method) ? method : "OTHER"
    }

    /// In S3 a bucket's own path is what lists: everything below a bucket is a key.
    init(s3Method method: String, path: Substring) {
        let segments = path.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: true)
        let isBucket = segments.count < 2
        switch method {
        case "GET", "HEAD":
            isListing = isBucket && method == "GET"
            name = isListing ? "GET listing" : "\(method) file"
        default:
            name = Self.known.contains(method) ? method : "OTHER"
            isListing = false
        }
    }
}
