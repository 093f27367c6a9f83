import NIOCore
import NIOHTTP1
import RiffleHTTP
import RiffleTelemetry

/// The answer to a request whose head could not be read; the connection closes behind it.
enum RefusalAnswer {
    static func write(_ rejection: HeadRejection, into buffer: inout ByteBuffer) {
        let reason = HTTPResponseStatus(statusCode: rejection.status).reasonPhrase
        let body = "\(rejection.message)\n"
        buffer.writeString("HTTP/1.1 \(rejection.status) \(reason)\r\n")
        buffer.writeString("Content-Type: text/plain; charset=utf-8\r\nContent-Length: \(body.utf8.count)\r\n")
        buffer.writeString("Cache-Status: riffle; detail=\(Reason.badRequest.rawValue)\r\nConnection: close\r\n\r\n")
        buffer.writeString(body)
    }
}
