import HTTPTypes
import Hummingbird
import NIOCore

/// Writes 207 bodies (RFC 4918 §13).
struct Multistatus {
    private(set) var text = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<D:multistatus xmlns:D=\"DAV:\">"

    /// One resource with its properties: found ones in a 200 propstat, missing ones in a 404 propstat.
    mutating func add(
        _ request: PropfindRequest, _ node: Node, at path: ResourcePath, name: String, href: String,
        dead: [XMLName: XMLElement], locks: [Lock]
    ) {
        text += "\n<D:response><D:href>\(href)</D:href>"
        var found = ""
        var missing = ""
        func value(_ wanted: XMLName, reportMissing: Bool) {
            if let own = dead[wanted] {
                own.serialise(to: &found)
            } else if wanted.namespace != "DAV:"
                || !LiveProperties.append(wanted.local, of: node, at: path, name: name, locks: locks, to: &found)
            {
                if reportMissing { XMLText.empty(wanted, to: &missing) }
            }
        }
        switch request {
        case .these(let names):
            for name in names { value(name, reportMissing: true) }
        case .everything(let included):
            var seen = Set(LiveProperties.all.map(XMLName.dav))
            for local in LiveProperties.all { value(.dav(local), reportMissing: false) }
            for name in dead.keys where seen.insert(name).inserted { value(name, reportMissing: false) }
            for name in included where seen.insert(name).inserted { value(name, reportMissing: true) }
        case .names:
            for local in LiveProperties.all where !(node.isFolder && local == "getcontentlength") {
                XMLText.empty(.dav(local), to: &found)
            }
            for name in dead.keys where name != .dav("displayname") { XMLText.empty(name, to: &found) }
        }
        if !found.isEmpty || missing.isEmpty {
            text += "<D:propstat><D:prop>\(found)</D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat>"
        }
        if !missing.isEmpty {
            text += "<D:propstat><D:prop>\(missing)</D:prop><D:status>HTTP/1.1 404 Not Found</D:status></D:propstat>"
        }
        text += "</D:response>"
    }

    /// The result of a PROPPATCH: every property with its status.
    mutating func add(href: String, results: [(name: XMLName, status: String)]) {
        text += "\n<D:response><D:href>\(href)</D:href>"
        for result in results {
            text += "<D:propstat><D:prop>"
            XMLText.empty(result.name, to: &text)
            text += "</D:prop><D:status>HTTP/1.1 \(result.status)</D:status></D:propstat>"
        }
        text += "</D:response>"
    }

    consuming func response() -> Response {
        DAVBody.response(.multiStatus, text + "\n</D:multistatus>\n")
    }
}

/// XML answers and request bodies.
enum DAVBody {
    static func response(_ status: HTTPResponse.Status, _ text: String, _ headers: HTTPFields = [:]) -> Response {
        var headers = headers
        headers[.contentType] = "application/xml; charset=utf-8"
        return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }

    /// An answer whose body names the violated condition (RFC 4918 §16).
    static func error(_ status: HTTPResponse.Status, _ condition: String) -> Response {
        response(
            status,
            "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<D:error xmlns:D=\"DAV:\"><D:\(condition)/></D:error>\n")
    }

    static func collect(_ request: Request) async throws -> ByteBufferView {
        if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > XMLReader.longestBody {
            throw Refusal(.contentTooLarge, "the body is too long")
        }
        do {
            return try await request.body.collect(upTo: XMLReader.longestBody).readableBytesView
        } catch is NIOTooManyBytesError {
            throw Refusal(.contentTooLarge, "the body is too long")
        }
    }
}
