import NIOCore
import NIOHTTP1
import RiffleHTTP

/// Status and fields of an answer on its way to a client, already free of hop-by-hop fields.
struct ResponseHead: Sendable {
    var status: Int
    var reason: String
    var fields: HTTPHeaders

    init(status: Int, reason: String? = nil, fields: HTTPHeaders = [:]) {
        self.status = status
        self.reason = reason ?? HTTPResponseStatus(statusCode: status).reasonPhrase
        self.fields = fields
    }

    /// Status line and field lines, without the closing empty line.
    func serialise(into buffer: inout ByteBuffer) {
        buffer.writeStaticString("HTTP/1.1 ")
        buffer.writeString(String(status))
        buffer.writeStaticString(" ")
        buffer.writeString(reason)
        buffer.writeStaticString("\r\n")
        for (name, value) in fields {
            buffer.writeString(name)
            buffer.writeStaticString(": ")
            buffer.writeString(value)
            buffer.writeStaticString("\r\n")
        }
    }

    /// How the body behind this head is delimited for the client.
    enum BodyFraming: Equatable {
        /// There is none, whatever the fields say: HEAD, 204, 304.
        case none
        case length
        case chunked
        /// Ends with the connection (HTTP/1.0 clients).
        case close
    }

    func bodyFraming(for request: RequestMessage) -> BodyFraming {
        if request.method == .head || status == 204 || status == 304 || status < 200 { return .none }
        if fields.contains(name: "content-length") { return .length }
        return request.isHTTP11 ? .chunked : .close
    }
}
