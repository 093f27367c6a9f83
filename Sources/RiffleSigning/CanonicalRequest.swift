/// The text that a signature stands for: one spelling of method, path, query, the signed fields and the body's hash.
enum CanonicalRequest {
    /// Appends it; the refusal when the request can't be read in one way only.
    static func append(
        _ request: borrowing WireRequest, _ query: QueryPairs, signedFields: [UInt8], payload: [UInt8],
        to out: inout [UInt8]
    ) -> SignatureRefusal? {
        out.append(contentsOf: request.method)
        out.append(newline)
        var path: [UInt8] = []
        guard URIBytes.decode(request.path, plusIsSpace: false, into: &path) else { return .invalidURI }
        if path.isEmpty { path.append(UInt8(ascii: "/")) }
        URIBytes.encode(path, keepsSlash: true, into: &out)
        out.append(newline)
        query.append(to: &out, without: ["X-Amz-Signature"])
        out.append(newline)
        var names = SignedNames(signedFields)
        while let name = names.next() {
            out.append(contentsOf: signedFields[name])
            out.append(UInt8(ascii: ":"))
            var isFirst = true
            for field in request.fields where Names.matches(field.name, signedFields[name]) {
                if !isFirst { out.append(UInt8(ascii: ",")) }
                isFirst = false
                appendCollapsed(field.value, to: &out)
            }
            // A name that is signed but not sent: AWS signs it as empty, and so may an attacker's proxy have removed it.
            if isFirst { return .signatureDoesNotMatch }
            out.append(newline)
        }
        out.append(newline)
        out.append(contentsOf: signedFields)
        out.append(newline)
        out.append(contentsOf: payload)
        return nil
    }

    /// Runs of white space become one space.
    private static func appendCollapsed(_ value: UnsafeRawBufferPointer, to out: inout [UInt8]) {
        var wasBlank = true
        for byte in value {
            let isBlank = byte == 0x20 || byte == 0x09
            if isBlank, wasBlank { continue }
            out.append(isBlank ? 0x20 : byte)
            wasBlank = isBlank
        }
        if wasBlank, out.last == 0x20 { out.removeLast() }
    }

    static let newline = UInt8(ascii: "\n")
}

/// The names in `SignedHeaders`, one after the other, as ranges of it: `host;x-amz-date`.
struct SignedNames {
    private let text: [UInt8]
    private var position = 0

    init(_ text: [UInt8]) {
        self.text = text
    }

    mutating func next() -> Range<Int>? {
        guard position <= text.count else { return nil }
        let start = position
        while position < text.count, text[position] != UInt8(ascii: ";") { position &+= 1 }
        defer { position &+= 1 }
        return start..<position
    }
}

/// The key that signs within one scope: derived from the secret key in four steps, good for one day.
package struct SigningKey: Sendable, Equatable {
    package let scope: SigningScope
    let bytes: [UInt8]
    private let scopeText: [UInt8]

    package init(secret: [UInt8], scope: SigningScope) {
        self.scope = scope
        scopeText = scope.text
        var key = Digests.hmac(key: Array("AWS4".utf8) + secret, scope.date)
        key = Digests.hmac(key: key, scope.region)
        key = Digests.hmac(key: key, scope.service)
        bytes = Digests.hmac(key: key, Array("aws4_request".utf8))
    }

    /// The signature of a canonical request, as hexadecimal digits.
    func sign(_ canonicalRequest: [UInt8], at time: RequestTime) -> [UInt8] {
        sign(SignatureClaim.algorithm, time, [Digests.hex(Digests.sha256(canonicalRequest))])
    }

    /// The signature of `algorithm`, time, scope and `lines`.
    func sign(_ algorithm: [UInt8], _ time: RequestTime, _ lines: [[UInt8]]) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(256)
        text.append(contentsOf: algorithm)
        text.append(CanonicalRequest.newline)
        text.append(contentsOf: time.text)
        text.append(CanonicalRequest.newline)
        text.append(contentsOf: scopeText)
        for line in lines {
            text.append(CanonicalRequest.newline)
            text.append(contentsOf: line)
        }
        return Digests.hex(Digests.hmac(key: bytes, text))
    }
}
