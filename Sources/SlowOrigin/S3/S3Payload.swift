import HTTPTypes
import Hummingbird
import NIOCore

/// The body of a request, read once, with `aws-chunked` undone and every hash and signature in it checked. Throws at the end when
/// the whole is not what was signed, so that nothing is put in place before its last byte was seen.
struct S3Payload: AsyncSequence {
    typealias Element = ByteBuffer

    private let body: RequestBody
    private let decoder: S3PayloadDecoder

    init(_ request: S3Request, _ signed: S3SignedRequest?) throws(S3Error) {
        body = request.request.body
        decoder = try S3PayloadDecoder(request.header("x-amz-content-sha256") ?? "UNSIGNED-PAYLOAD", signed)
    }

    /// The whole body, for documents.
    func collect(upTo limit: Int = 4 << 20) async throws -> [UInt8] {
        var bytes: [UInt8] = []
        for try await buffer in self {
            bytes.append(contentsOf: buffer.readableBytesView)
            guard bytes.count <= limit else { throw S3Error(.badRequest, "EntityTooLarge", "the body is too long") }
        }
        return bytes
    }

    func makeAsyncIterator() -> Iterator {
        Iterator(body: body.makeAsyncIterator(), decoder: decoder)
    }

    struct Iterator: AsyncIteratorProtocol {
        var body: RequestBody.AsyncIterator
        var decoder: S3PayloadDecoder

        mutating func next() async throws -> ByteBuffer? {
            while let buffer = try await body.next() {
                let out = try decoder.take(Array(buffer.readableBytesView))
                if !out.isEmpty { return ByteBuffer(bytes: out) }
            }
            try decoder.finish()
            return nil
        }
    }
}

/// Undoes the coding of a body, piece by piece.
struct S3PayloadDecoder {
    static let longestChunk = 16 << 20
    static let longestLine = 4_096

    private enum Form: Equatable {
        case plain(hash: String?)
        /// `signed`: every chunk bears a signature.
        case chunked(signed: Bool)
    }

    private enum State: Equatable {
        case line
        case data(Int, signature: String)
        case trailer
        case done
    }

    private let form: Form
    private let signed: S3SignedRequest?
    private var previous: String
    private let hash = S3RunningHash()
    private var state = State.line
    private var pending: [UInt8] = []
    private var trailer = ""

    init(_ declared: String, _ signed: S3SignedRequest?) throws(S3Error) {
        self.signed = signed
        previous = signed?.signature ?? ""
        switch declared {
        case "UNSIGNED-PAYLOAD": form = .plain(hash: nil)
        case "STREAMING-UNSIGNED-PAYLOAD-TRAILER": form = .chunked(signed: false)
        case "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER":
            form = .chunked(signed: true)
        default:
            guard declared.utf8.count == 64 else {
                throw S3Error(.badRequest, "InvalidArgument", "x-amz-content-sha256 is none that is known")
            }
            form = .plain(hash: declared)
        }
    }

    mutating func take(_ bytes: [UInt8]) throws -> [UInt8] {
        if case .plain(let expected) = form {
            if expected != nil { hash.update(bytes) }
            return bytes
        }
        pending.append(contentsOf: bytes)
        var out: [UInt8] = []
        while try step(into: &out) {}
        return out
    }

    private mutating func step(into out: inout [UInt8]) throws(S3Error) -> Bool {
        switch state {
        case .done:
            guard pending.isEmpty else { throw Self.incomplete }
            return false
        case .data(let size, let signature):
            guard pending.count >= size + 2 else { return false }
            let data = Array(pending.prefix(size))
            try check(data, signature)
            out.append(contentsOf: data)
            pending.removeFirst(size + 2)
            state = .line
        case .line:
            guard let line = try takeLine() else { return false }
            let parts = line.split(separator: ";", omittingEmptySubsequences: false)
            guard let size = parts.first.flatMap({ Int($0, radix: 16) }), (0...Self.longestChunk).contains(size) else {
                throw Self.incomplete
            }
            let signature = parts.dropFirst().first.map { $0.dropFirst("chunk-signature=".count) } ?? ""
            state = size > 0 ? .data(size, signature: String(signature)) : .trailer
            if size == 0 { try check([], String(signature)) }
        case .trailer:
            guard let line = try takeLine() else { return false }
            if line.isEmpty {
                state = .done
            } else if line.hasPrefix("x-amz-trailer-signature:") {
                let text = "AWS4-HMAC-SHA256-TRAILER\n\(signed?.time ?? "")\n\(signed?.scope ?? "")\n\(previous)\n"
                try compare(text + S3Hash.sha256(Array(trailer.utf8)), String(line.dropFirst(24)))
            } else {
                trailer += line + "\n"
            }
        }
        return true
    }

    private mutating func check(_ data: [UInt8], _ signature: String) throws(S3Error) {
        guard form == .chunked(signed: true) else { return }
        let text = "AWS4-HMAC-SHA256-PAYLOAD\n\(signed?.time ?? "")\n\(signed?.scope ?? "")\n\(previous)\n"
        try compare(text + S3Hash.sha256([]) + "\n" + S3Hash.sha256(data), signature)
    }

    private mutating func compare(_ text: String, _ signature: String) throws(S3Error) {
        // Without users nobody's signature is checked.
        guard let signed else { return }
        previous = S3Hash.hex(S3Hash.hmac(signed.key, text))
        guard previous == signature else {
            throw S3Error(.forbidden, "SignatureDoesNotMatch", "the signature of a chunk is not right")
        }
    }

    private mutating func takeLine() throws(S3Error) -> String? {
        guard let end = pending.firstIndex(of: UInt8(ascii: "\r")), end + 1 < pending.count else {
            guard pending.count <= Self.longestLine else { throw Self.incomplete }
            return nil
        }
        let line = String(decoding: pending[..<end], as: UTF8.self)
        pending.removeFirst(end + 2)
        return line
    }

    func finish() throws(S3Error) {
        switch form {
        case .plain(let expected):
            guard let expected, expected != hash.hex() else { return }
            throw S3Error(.badRequest, "XAmzContentSHA256Mismatch", "the body is not the one that was signed")
        case .chunked: guard state == .done else { throw Self.incomplete }
        }
    }

    private static let incomplete = S3Error(.badRequest, "IncompleteBody", "the chunks of the body are malformed")
}
