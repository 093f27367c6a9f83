import Glibc
import HTTPTypes
import Hummingbird

/// GET and HEAD of a file: validators, conditions, ranges.
enum FileResponse {
    static func make(_ request: Request, _ path: ResourcePath, _ tree: FileTree) async throws -> Response {
        let (file, node) = try await Blocking.run {
            guard let name = try tree.locate(path) else { throw Refusal(.notFound, "there is nothing here") }
            let file = try OpenFile(reading: name)
            guard let info = file.info else { throw Refusal(.notFound, "there is nothing here") }
            return (file, Node(info))
        }
        guard node.kind == .file else { throw Refusal(.forbidden, "not a file") }
        var headers: HTTPFields = [
            .eTag: node.etag, .lastModified: HTTPDate.format(node.modified), .acceptRanges: "bytes",
        ]
        switch Preconditions.evaluate(request.headers, current: node, isRead: true) {
        case .failed: throw Refusal(.preconditionFailed, "the precondition does not hold")
        case .notModified:
            var response = Response(status: .notModified, headers: headers)
            response.headers[.contentLength] = nil
            return response
        case .proceed: break
        }
        headers[.contentType] = MediaTypes.of(path.name)
        let holds = Preconditions.rangeHolds(request.headers, current: node)
        // RFC 9110 §14.2: a range has a meaning for GET only.
        let wanted = request.method == .get && holds ? request.headers[.range] : nil
        switch ByteRange(wanted, size: node.size) {
        case .whole:
            if request.method == .head {
                headers[.contentLength] = "\(node.size)"
                return Response(status: .ok, headers: headers)
            }
            let body = try await FileReading.body(of: file, 0..<node.size)
            return Response(status: .ok, headers: headers, body: body)
        case .part(let range):
            headers[.contentRange] = "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(node.size)"
            let body = try await FileReading.body(of: file, range)
            return Response(status: .partialContent, headers: headers, body: body)
        case .unsatisfiable:
            throw Refusal(
                .rangeNotSatisfiable, "the range lies beyond the file", headers: [.contentRange: "bytes */\(node.size)"]
            )
        }
    }

    /// A folder asked for without its slash moves to the name with it, absolute as nginx and Apache write it.
    static func slashRedirect(_ request: Request, _ path: ResourcePath) -> Response {
        let query = (request.head.path ?? "").drop { $0 != "?" }
        let authority = request.head.authority.map { "http://\($0)" } ?? ""
        let location = authority + path.href(isFolder: true) + query
        return PlainResponse.make(.movedPermanently, [.location: location], "moved to \(location)\n")
    }
}
