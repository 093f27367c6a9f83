import HTTPTypes
import Hummingbird
import NIOCore

/// Short answers in plain text, and the error that becomes one.
enum PlainResponse {
    static func make(_ status: HTTPResponse.Status, _ headers: HTTPFields = [:], _ text: String = "") -> Response {
        var headers = headers
        guard !text.isEmpty else { return Response(status: status, headers: headers) }
        if headers[.contentType] == nil { headers[.contentType] = "text/plain; charset=utf-8" }
        return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }

    /// 204 must not say a length (RFC 9110 §8.6).
    static func noContent(_ headers: HTTPFields = [:]) -> Response {
        var response = Response(status: .noContent, headers: headers)
        response.headers[.contentLength] = nil
        return response
    }

    /// The head of `response` as HEAD answers it: same fields, same length, no body.
    static func withoutBody(_ response: Response) -> Response {
        Response(status: response.status, headers: response.headers)
    }
}

/// A refusal with its status; thrown anywhere below a dialect, answered as a short text.
struct Refusal: Error {
    let status: HTTPResponse.Status
    var headers: HTTPFields = [:]
    let reason: String

    init(_ status: HTTPResponse.Status, _ reason: String, headers: HTTPFields = [:]) {
        self.status = status
        self.reason = reason
        self.headers = headers
    }

    var response: Response { PlainResponse.make(status, headers, reason + "\n") }
}

extension HTTPResponse.Status {
    static let locked = HTTPResponse.Status(code: 423, reasonPhrase: "Locked")
    static let multiStatus = HTTPResponse.Status(code: 207, reasonPhrase: "Multi-Status")
    static let insufficientStorage = HTTPResponse.Status(code: 507, reasonPhrase: "Insufficient Storage")
}

extension HTTPField.Name {
    static let depth = known("Depth")
    static let destination = known("Destination")
    static let overwrite = known("Overwrite")
    static let ifState = known("If")
    static let lockToken = known("Lock-Token")
    static let timeout = known("Timeout")
    static let dav = known("DAV")
    static let msAuthorVia = known("MS-Author-Via")
    static let host = known("Host")

    private static func known(_ name: String) -> HTTPField.Name {
        HTTPField.Name(name) ?? .server
    }
}
