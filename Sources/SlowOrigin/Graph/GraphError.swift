import HTTPTypes
import Hummingbird
import NIOCore

/// A refusal as Graph words it.
struct GraphError: Error {
    let status: Int
    let code: String
    let message: String
    var headers: HTTPFields = [:]

    init(_ status: Int, _ code: String, _ message: String, headers: HTTPFields = [:]) {
        self.status = status
        self.code = code
        self.message = message
        self.headers = headers
    }

    init(_ refusal: Refusal) {
        let code =
            switch refusal.status.code {
            case 401: "InvalidAuthenticationToken"
            case 403: "accessDenied"
            case 404: "itemNotFound"
            case 405, 409: "nameAlreadyExists"
            case 412: "resourceModified"
            default: "generalException"
            }
        // A missing parent is an item that is not found.
        let status = refusal.status.code == 405 ? 409 : refusal.status.code
        self.init(status, code, refusal.reason, headers: refusal.headers)
    }

    static let notFound = GraphError(404, "itemNotFound", "The resource could not be found.")

    var reply: GraphReply {
        GraphReply(
            status: status, headers: headers,
            json: .object(["error": .object(["code": .string(code), "message": .string(message)])]))
    }
}

/// An answer that is JSON or nothing, so that it can stand alone or inside a batch.
struct GraphReply: Sendable {
    var status: Int
    var headers: HTTPFields = [:]
    var json: GraphJSON?

    var response: Response {
        var headers = headers
        guard let json else {
            var response = Response(status: .init(code: status), headers: headers)
            if status == 204 { response.headers[.contentLength] = nil }
            return response
        }
        headers[.contentType] = "application/json;odata.metadata=minimal;odata.streaming=true;charset=utf-8"
        return Response(
            status: .init(code: status), headers: headers,
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: json.bytes)))
    }
}
