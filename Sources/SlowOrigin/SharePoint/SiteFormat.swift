import HTTPTypes
import Hummingbird
import NIOCore

/// In which of its notations the service answers, by `Accept`.
enum SiteFormat: Equatable, Sendable {
    case verbose, minimal, none
    /// What it answers to those who don't ask for JSON.
    case atom

    init(_ accept: String?) {
        let accept = (accept ?? "").lowercased().filter { $0 != " " }
        guard accept.contains("application/json") else {
            self = .atom
            return
        }
        self = accept.contains("verbose") ? .verbose : accept.contains("nometadata") ? .none : .minimal
    }

    var contentType: String {
        switch self {
        case .verbose: "application/json;odata=verbose;charset=utf-8"
        case .minimal: "application/json;odata=minimalmetadata;streaming=true;charset=utf-8"
        case .none: "application/json;odata=nometadata;streaming=true;charset=utf-8"
        case .atom: "application/atom+xml;type=feed;charset=utf-8"
        }
    }

    /// One object as the whole answer.
    func one(_ object: GraphJSON) -> GraphJSON { self == .verbose ? .object(["d": object]) : object }

    /// Rows as a member of something else.
    func member(_ rows: [GraphJSON]) -> GraphJSON {
        self == .verbose ? .object(["results": .array(rows)]) : .array(rows)
    }

    /// Rows as the whole answer.
    func list(_ rows: [GraphJSON], next: String?, context: String) -> GraphJSON {
        var members: [GraphJSON.Member] = []
        if self == .verbose {
            members.append(.init(name: "results", value: .array(rows)))
            if let next { members.append(.init(name: "__next", value: .string(next))) }
            return .object(["d": .object(members)])
        }
        if self == .minimal { members.append(.init(name: "odata.metadata", value: .string(context))) }
        if let next { members.append(.init(name: "odata.nextLink", value: .string(next))) }
        members.append(.init(name: "value", value: .array(rows)))
        return .object(members)
    }

    func response(_ json: GraphJSON?, status: Int = 200) -> Response {
        guard let json else { return Response(status: .init(code: status), headers: [.contentLength: "0"]) }
        let bytes =
            self == .atom
            ? Array("<?xml version=\"1.0\" encoding=\"utf-8\"?><feed xmlns=\"http://www.w3.org/2005/Atom\"/>".utf8)
            : json.bytes
        return Response(
            status: .init(code: status), headers: [.contentType: contentType],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }

    func error(_ error: GraphError) -> Response {
        let words = GraphJSON.object([
            "code": .string("-2147024894, System.IO.FileNotFoundException"),
            "message": .object(["lang": .string("en-US"), "value": .string(error.message)]),
        ])
        let json = GraphJSON.object([self == .verbose ? "error" : "odata.error": words])
        var response = (self == .atom ? SiteFormat.none : self).response(json, status: error.status)
        for field in error.headers { response.headers[field.name] = field.value }
        return response
    }
}
