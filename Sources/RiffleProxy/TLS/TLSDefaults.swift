import NIOSSL

/// What riffle speaks on a TLS listener: TLS 1.2 with forward secrecy and authenticated ciphers only, TLS 1.3 before it.
enum TLSDefaults {
    /// The suites of TLS 1.2 that are still sound (RFC 9325 §4.2); those of TLS 1.3 are always on.
    static let ciphers: [NIOTLSCipher] = [
        .TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
        .TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
        .TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
        .TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
        .TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
        .TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
    ]

    /// Offered by ALPN (RFC 7301), best first.
    static let protocols = ["h2", "http/1.1"]
}
