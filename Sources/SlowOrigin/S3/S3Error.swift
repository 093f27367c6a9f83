import HTTPTypes
import Hummingbird
import NIOCore

/// A refusal in S3's own words; answered as its error document.
struct S3Error: Error {
    let status: HTTPResponse.Status
    let code: String
    let message: String

    init(_ status: HTTPResponse.Status, _ code: String, _ message: String) {
        self.status = status
        self.code = code
        self.message = message
    }

    /// A refusal of the tree or of a user's rights.
    init(_ refusal: Refusal) {
        status = refusal.status
        message = refusal.reason
        code =
            switch refusal.status {
            case .forbidden: "AccessDenied"
            case .notFound: "NoSuchKey"
            case .preconditionFailed: "PreconditionFailed"
            case .rangeNotSatisfiable: "InvalidRange"
            case .conflict, .methodNotAllowed: "OperationAborted"
            case .contentTooLarge: "EntityTooLarge"
            case .uriTooLong: "KeyTooLongError"
            default: "InvalidRequest"
            }
    }

    static let denied = S3Error(.forbidden, "AccessDenied", "access denied")
    static let noSuchBucket = S3Error(.notFound, "NoSuchBucket", "the bucket does not exist")
    static let noSuchKey = S3Error(.notFound, "NoSuchKey", "the key does not exist")
    static let noSuchUpload = S3Error(.notFound, "NoSuchUpload", "the upload does not exist")
    static let malformed = S3Error(.badRequest, "MalformedXML", "the document is not the one expected")
    static let notImplemented = S3Error(.notImplemented, "NotImplemented", "this is not implemented here")

    var response: Response {
        S3XML.response(
            "<Error><Code>\(code)</Code><Message>\(XMLText.escape(message))</Message></Error>", status: status)
    }
}

/// Documents as S3 writes them.
enum S3XML {
    static let namespace = "http://s3.amazonaws.com/doc/2006-03-01/"

    static func response(
        _ document: String, status: HTTPResponse.Status = .ok, _ headers: HTTPFields = [:]
    ) -> Response {
        var headers = headers
        headers[.contentType] = "application/xml"
        let text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" + document
        return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }

    /// `2026-11-25T16:13:39.000Z`
    static func time(_ seconds: Int) -> String {
        HTTPDate.iso8601(seconds).dropLast() + ".000Z"
    }

    /// Parses a request's document; elements are found by their local names.
    static func parse(_ bytes: [UInt8], root: String) throws(S3Error) -> XMLElement {
        guard let element = try? XMLReader.parse(bytes), element.name.local == root else { throw S3Error.malformed }
        return element
    }
}

extension XMLElement {
    func all(_ local: String) -> [XMLElement] { children.filter { $0.name.local == local } }
    func first(_ local: String) -> XMLElement? { children.first { $0.name.local == local } }
}
