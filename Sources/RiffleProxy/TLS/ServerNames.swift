import NIOSSL

/// Picks the certificate for the name a client asks for in its greeting (SNI, RFC 6066 §3).
///
/// An exact name beats a wildcard, and the first certificate serves whoever names nothing that is known.
struct ServerNames: Sendable {
    /// Names read from one certificate; the rest of a longer list is not looked at.
    private static let maximum = 1_000

    private var byName: [String: NIOSSLContextConfigurationOverride] = [:]

    init(_ identities: [CertificateFiles.Identity]) {
        for identity in identities {
            var override = NIOSSLContextConfigurationOverride()
            override.certificateChain = identity.chain
            override.privateKey = identity.key
            for name in identity.names where byName[name] == nil { byName[name] = override }
        }
    }

    func override(for name: String?) -> NIOSSLContextConfigurationOverride {
        guard let name = name?.lowercased() else { return .noChanges }
        if let exact = byName[name] { return exact }
        guard let dot = name.firstIndex(of: ".") else { return .noChanges }
        return byName["*" + name[dot...]] ?? .noChanges
    }

    /// The DNS names a certificate is valid for, in lower case.
    static func names(of certificate: NIOSSLCertificate) -> [String] {
        certificate._subjectAlternativeNames().prefix(maximum).compactMap { name in
            guard name.nameType == .dnsName else { return nil }
            return name.contents.withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self).lowercased() }
        }
    }
}
