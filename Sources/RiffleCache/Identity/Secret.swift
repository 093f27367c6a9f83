import COpenSSL

/// The key of one installation. Every riffle that shares a Redis must hold the same one.
///
/// Names of folders, principals and entries are HMAC-SHA-256 under keys derived from it (RFC 2104), so that nothing
/// that leaves the process tells a path or a credential. It has no description and is never encoded.
package struct Secret: Sendable {
    /// What a derived key is for; two purposes never share a key.
    package enum Purpose: String, Sendable {
        case folder, principal, certificate, entry, variant, sealing
    }

    private let folderKey: [UInt8]
    private let principalKey: [UInt8]
    private let certificateKey: [UInt8]
    private let entryKey: [UInt8]
    private let variantKey: [UInt8]
    /// AES-256 key for what goes into Redis.
    package let sealingKey: [UInt8]

    /// - Parameter bytes: at least 16 bytes of key material.
    package init?(bytes: [UInt8]) {
        guard bytes.count >= 16 else { return nil }
        folderKey = hmacSHA256(key: bytes, Array("riffle folder".utf8))
        principalKey = hmacSHA256(key: bytes, Array("riffle principal".utf8))
        certificateKey = hmacSHA256(key: bytes, Array("riffle certificate".utf8))
        entryKey = hmacSHA256(key: bytes, Array("riffle entry".utf8))
        variantKey = hmacSHA256(key: bytes, Array("riffle variant".utf8))
        sealingKey = hmacSHA256(key: bytes, Array("riffle sealing".utf8))
    }

    /// A key that dies with the process.
    package static func ephemeral() -> Secret {
        var generator = SystemRandomNumberGenerator()
        let bytes = (0..<32).map { _ in UInt8.random(in: 0...255, using: &generator) }
        // 32 bytes always suffice; the empty fallback can't be reached.
        return Secret(bytes: bytes) ?? Secret(derivedFrom: bytes)
    }

    private init(derivedFrom bytes: [UInt8]) {
        folderKey = bytes
        principalKey = bytes
        certificateKey = bytes
        entryKey = bytes
        variantKey = bytes
        sealingKey = bytes
    }

    /// The 128-bit name of `bytes` for one purpose. About half a microsecond for short input.
    package func name(_ purpose: Purpose, _ bytes: some Sequence<UInt8>) -> Hash128 {
        let key =
            switch purpose {
            case .folder: folderKey
            case .principal: principalKey
            case .certificate: certificateKey
            case .entry: entryKey
            case .variant: variantKey
            case .sealing: sealingKey
            }
        let digest = hmacSHA256(key: key, Array(bytes))
        func word(_ offset: Int) -> UInt64 {
            digest[offset..<offset + 8].reduce(0) { $0 << 8 | UInt64($1) }
        }
        return Hash128(high: word(0), low: word(8))
    }
}

/// The first half of an HMAC-SHA-256 over bytes in place.
func hmacSHA256(key: [UInt8], _ message: UnsafeRawBufferPointer) -> Hash128 {
    var digest = [UInt8](repeating: 0, count: 32)
    var length: UInt32 = 0
    _ = HMAC(
        EVP_sha256(), key, Int32(key.count), message.bindMemory(to: UInt8.self).baseAddress, message.count, &digest,
        &length)
    func word(_ offset: Int) -> UInt64 { digest[offset..<offset + 8].reduce(0) { $0 << 8 | UInt64($1) } }
    return Hash128(high: word(0), low: word(8))
}

/// HMAC-SHA-256 (RFC 2104, FIPS 198-1): 32 bytes.
package func hmacSHA256(key: [UInt8], _ message: [UInt8]) -> [UInt8] {
    var digest = [UInt8](repeating: 0, count: 32)
    var length: UInt32 = 0
    _ = HMAC(EVP_sha256(), key, Int32(key.count), message, message.count, &digest, &length)
    return digest
}
