/// How the body of a signed request is vouched for.
package enum PayloadForm: Equatable, Sendable {
    /// Hexadecimal SHA-256 of the body.
    case hash
    case unsigned
    /// `aws-chunked`, each chunk with a signature that hangs on the one before; `hasTrailer` when fields follow.
    case signedChunks(hasTrailer: Bool)
    /// `aws-chunked` without signatures, with fields behind.
    case unsignedChunks

    init?(_ text: [UInt8]) {
        if Digests.isHexDigest(text) {
            self = .hash
            return
        }
        switch String(decoding: text, as: UTF8.self) {
        case "UNSIGNED-PAYLOAD": self = .unsigned
        case "STREAMING-AWS4-HMAC-SHA256-PAYLOAD": self = .signedChunks(hasTrailer: false)
        case "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER": self = .signedChunks(hasTrailer: true)
        case "STREAMING-UNSIGNED-PAYLOAD-TRAILER": self = .unsignedChunks
        default: return nil
        }
    }
}

/// Where a signing key is good for: `20130524/us-east-1/s3/aws4_request`.
package struct SigningScope: Hashable, Sendable {
    package var date: [UInt8]
    package var region: [UInt8]
    package var service: [UInt8]

    package init(date: [UInt8], region: [UInt8], service: [UInt8]) {
        self.date = date
        self.region = region
        self.service = service
    }

    package var text: [UInt8] {
        date + Self.slash + region + Self.slash + service + Self.slash + Array("aws4_request".utf8)
    }

    private static let slash = [UInt8(ascii: "/")]
}

/// What a request says of its signature, read but not yet believed.
package struct SignatureClaim: Sendable, Equatable {
    package var accessKey: [UInt8]
    package var scope: SigningScope
    package var time: RequestTime
    /// Lower-case names with semicolons between, as signed.
    var signedFields: [UInt8]
    package var signature: [UInt8]
    /// What stands for the body in the signature.
    package var payloadText: [UInt8]
    package var payload: PayloadForm
    /// Seconds a pre-signed URL is good for; nil for a signature in the `Authorization` field.
    package var expiresAfter: Int64?

    package var isPresigned: Bool { expiresAfter != nil }

    static let algorithm = Array("AWS4-HMAC-SHA256".utf8)

    /// `ACCESSKEY/DATE/REGION/SERVICE/aws4_request`; an access key may hold slashes of its own.
    static func credential(_ text: [UInt8]) -> (accessKey: [UInt8], scope: SigningScope)? {
        // From the end: terminator, service, region, date.
        var slashes: [Int] = []
        var index = text.count
        while index > 0, slashes.count < 4 {
            index &-= 1
            if text[index] == UInt8(ascii: "/") { slashes.append(index) }
        }
        guard slashes.count == 4, text[slashes[0]...] == terminator[...] else { return nil }
        let scope = SigningScope(
            date: Array(text[(slashes[3] + 1)..<slashes[2]]), region: Array(text[(slashes[2] + 1)..<slashes[1]]),
            service: Array(text[(slashes[1] + 1)..<slashes[0]]))
        guard slashes[3] > 0, scope.date.count == 8, !scope.region.isEmpty, !scope.service.isEmpty else { return nil }
        return (Array(text[..<slashes[3]]), scope)
    }

    private static let terminator = Array("/aws4_request".utf8)
}

/// Who a request says it is from.
package enum Claimed: Equatable {
    case anonymous
    case signed(SignatureClaim)
    case refused(SignatureRefusal)
}
