import NIOCore
import NIOHTTP1
import RiffleHTTP

/// A request that needs more than a look into memory, copied out of the connection's bytes.
struct RequestMessage: Sendable {
    let method: Method
    let methodName: String
    /// Path and query exactly as sent, without scheme and authority.
    let target: String
    let fields: HTTPHeaders
    let isHTTP11: Bool
    /// Came as HTTP/2, which reads like HTTP/1.1 in all that follows.
    var isHTTP2 = false
    let framing: Framing
    /// The whole body where the front already had it.
    var body: ByteBuffer?
    /// What a checked signature let it in with.
    let passage: S3Passage?
    /// What the client proved to be when its connection was made.
    let certificate: ClientCertificate?

    init(
        _ head: RequestHead, bytes: UnsafeRawBufferPointer, body: ByteBuffer?, certificate: ClientCertificate? = nil
    ) {
        func text(_ range: ByteRange) -> String {
            String(decoding: UnsafeRawBufferPointer(rebasing: bytes[range.range]), as: UTF8.self)
        }
        method = head.method
        methodName = text(head.methodRange)
        let path = head.path.isEmpty ? "/" : text(head.path)
        target = head.hasQuery ? "\(path)?\(text(head.query))" : path
        var fields = HTTPHeaders()
        fields.reserveCapacity(head.fields.count)
        for field in head.fields { fields.add(name: text(field.name), value: text(field.value)) }
        self.fields = fields
        isHTTP11 = head.isHTTP11
        framing = head.framing
        self.body = body
        passage = nil
        self.certificate = certificate
    }

    /// The same request for another folder: what a prefetch sends on a visitor's behalf.
    init(like other: RequestMessage, target: String) {
        self.init(like: other, target: target, fields: other.fields, passage: other.passage)
    }

    init(like other: RequestMessage, target: String, fields: HTTPHeaders, passage: S3Passage?) {
        method = other.method
        methodName = other.methodName
        self.target = target
        self.fields = fields
        self.passage = passage
        isHTTP11 = other.isHTTP11
        isHTTP2 = other.isHTTP2
        framing = other.framing
        body = other.body
        certificate = other.certificate
    }

    /// The version of HTTP the client speaks.
    var version: String { isHTTP2 ? "2.0" : isHTTP11 ? "1.1" : "1.0" }

    /// The name the client called riffle by.
    var authority: String { fields.first(name: "host") ?? "" }

    var expectsContinue: Bool {
        isHTTP11 && fields[canonicalForm: "expect"].contains { $0.lowercased() == "100-continue" }
    }
}
