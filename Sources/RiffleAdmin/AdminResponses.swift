import FoundationEssentials
import HTTPTypes
import Hummingbird

/// How the admin API words its answers: JSON, never cached, errors as `{"error": {"status", "message"}}`.
enum AdminResponses {
    struct Failure: Encodable {
        struct Detail: Encodable {
            var status: Int
            var message: String
        }
        var error: Detail
    }

    static func json(_ value: some Encodable, status: HTTPResponse.Status = .ok) -> Response {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Figures may hold a share of nothing.
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        guard let data = try? encoder.encode(value) else {
            return text("the answer could not be encoded\n", status: .internalServerError)
        }
        return response(status, "application/json; charset=utf-8", ByteBuffer(bytes: data))
    }

    static func failure(_ status: HTTPResponse.Status, _ message: String) -> Response {
        var response = json(Failure(error: .init(status: status.code, message: message)), status: status)
        switch status {
        case .unauthorized: response.headers[.wwwAuthenticate] = "Bearer realm=\"riffle admin\""
        case .tooManyRequests: response.headers[.retryAfter] = "1"
        default: break
        }
        return response
    }

    static func text(
        _ text: String, status: HTTPResponse.Status = .ok, type: String = "text/plain; charset=utf-8"
    ) -> Response {
        response(status, type, ByteBuffer(string: text))
    }

    private static func response(_ status: HTTPResponse.Status, _ type: String, _ body: ByteBuffer) -> Response {
        var headers = HTTPFields()
        headers[.contentType] = type
        headers[.cacheControl] = "no-store"
        headers[.xContentTypeOptions] = "nosniff"
        return Response(status: status, headers: headers, body: .init(byteBuffer: body))
    }
}
