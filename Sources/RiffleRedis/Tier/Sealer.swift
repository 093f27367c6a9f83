import COpenSSL
import NIOCore

/// Seals what goes into Redis: AES-256-GCM (NIST SP 800-38D) under the installation's key, bound to the key or channel
/// name it stands under, so that a value moved elsewhere does not open.
///
/// Layout: version (1) ‖ random nonce (12) ‖ ciphertext ‖ tag (16).
struct Sealer: Sendable {
    static let version: UInt8 = 1
    static let nonceLength = 12
    static let tagLength = 16
    static let overhead = 1 + nonceLength + tagLength

    private let key: [UInt8]

    init(key: [UInt8]) { self.key = key }

    /// Nil when libcrypto fails.
    func seal(_ plain: [UInt8], boundTo name: String) -> [UInt8]? {
        guard key.count == 32, let context = EVP_CIPHER_CTX_new() else { return nil }
        defer { EVP_CIPHER_CTX_free(context) }
        var nonce = [UInt8](repeating: 0, count: Self.nonceLength)
        guard RAND_bytes(&nonce, Int32(nonce.count)) == 1,
            EVP_EncryptInit_ex(context, EVP_aes_256_gcm(), nil, key, nonce) == 1
        else { return nil }
        var length: Int32 = 0
        let associated = Array(name.utf8) + [Self.version]
        var cipher = [UInt8](repeating: 0, count: plain.count)
        var tag = [UInt8](repeating: 0, count: Self.tagLength)
        var rest = [UInt8](repeating: 0, count: 16)
        guard EVP_EncryptUpdate(context, nil, &length, associated, Int32(associated.count)) == 1,
            plain.isEmpty || EVP_EncryptUpdate(context, &cipher, &length, plain, Int32(plain.count)) == 1,
            EVP_EncryptFinal_ex(context, &rest, &length) == 1,
            EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, Int32(tag.count), &tag) == 1
        else { return nil }
        return [Self.version] + nonce + cipher + tag
    }

    /// Nil unless every bit is as it was sealed under this name and key.
    func open(_ sealed: [UInt8], boundTo name: String) -> [UInt8]? {
        guard key.count == 32, sealed.count >= Self.overhead, sealed.count < Int(Int32.max),
            sealed[0] == Self.version, let context = EVP_CIPHER_CTX_new()
        else { return nil }
        defer { EVP_CIPHER_CTX_free(context) }
        let nonce = Array(sealed[1..<1 + Self.nonceLength])
        let cipher = Array(sealed[(1 + Self.nonceLength)..<(sealed.count - Self.tagLength)])
        var tag = Array(sealed.suffix(Self.tagLength))
        let associated = Array(name.utf8) + [Self.version]
        var plain = [UInt8](repeating: 0, count: cipher.count)
        var rest = [UInt8](repeating: 0, count: 16)
        var length: Int32 = 0
        guard EVP_DecryptInit_ex(context, EVP_aes_256_gcm(), nil, key, nonce) == 1,
            EVP_DecryptUpdate(context, nil, &length, associated, Int32(associated.count)) == 1,
            cipher.isEmpty || EVP_DecryptUpdate(context, &plain, &length, cipher, Int32(cipher.count)) == 1,
            EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, Int32(tag.count), &tag) == 1,
            EVP_DecryptFinal_ex(context, &rest, &length) == 1
        else { return nil }
        return plain
    }
}
