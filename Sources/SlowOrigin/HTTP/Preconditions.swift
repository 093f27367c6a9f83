import HTTPTypes

/// The conditions of RFC 9110 §13, evaluated in its order.
enum Preconditions {
    enum Verdict: Equatable { case proceed, notModified, failed }

    /// `current` is nil where nothing exists.
    static func evaluate(_ headers: HTTPFields, current: Node?, isRead: Bool) -> Verdict {
        if let wanted = headers[.ifMatch] {
            guard let current, matches(wanted, current.etag, weakly: false) else { return .failed }
        } else if let since = headers[.ifUnmodifiedSince].flatMap(HTTPDate.parse), let current,
            current.modified > since
        {
            return .failed
        }
        if let unwanted = headers[.ifNoneMatch] {
            if let current, matches(unwanted, current.etag, weakly: true) { return isRead ? .notModified : .failed }
        } else if isRead, let since = headers[.ifModifiedSince].flatMap(HTTPDate.parse), let current,
            current.modified <= since
        {
            return .notModified
        }
        return .proceed
    }

    /// An `If-Range` that does not match voids the range, not the request (§13.1.5).
    static func rangeHolds(_ headers: HTTPFields, current: Node) -> Bool {
        guard let condition = headers[.ifRange] else { return true }
        if condition.hasPrefix("\"") { return condition == current.etag }
        return HTTPDate.parse(condition) == current.modified
    }

    private static func matches(_ list: String, _ etag: String, weakly: Bool) -> Bool {
        list.split(separator: ",").contains { entry in
            let tag = entry.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed()
            let text = String(tag)
            if text == "*" || text == etag { return true }
            return weakly && text == "W/" + etag
        }
    }
}
