import Foundation
import NIOCore
import NIOSSL

/// The files that TLS on the listener is made of: read, checked and said clearly when they don't fit together.
///
/// Pure but for reading files; what it makes is handed to every new connection by ``ServerTLS``.
struct CertificateFiles: Sendable, Equatable {
    /// One certificate chain with its key.
    struct Pair: Sendable, Equatable {
        let certificate: String
        let key: String
    }

    /// A certificate as it is served: chain and key, and the names it is valid for.
    struct Identity: Sendable {
        let chain: [NIOSSLCertificateSource]
        let key: NIOSSLPrivateKeySource
        /// Lower-case DNS names; a leading `*.` stands for any one label.
        let names: [String]
    }

    let pairs: [Pair]
    let clientAuthorities: String?

    /// nil when the listener speaks plain HTTP.
    ///
    /// - Throws: when certificates and keys don't come in pairs.
    init?(_ settings: Settings.TLS) throws(ConfigurationErrors) {
        guard settings.isEnabled else {
            guard settings.keyFiles.isEmpty, settings.clientCAFile == nil else {
                throw Self.error("tls.certificateFile", "is missing; a key or client CA alone gives no TLS")
            }
            return nil
        }
        guard settings.certificateFiles.count == settings.keyFiles.count else {
            throw Self.error(
                "tls.keyFile",
                "names \(settings.keyFiles.count) files, but tls.certificateFile names "
                    + "\(settings.certificateFiles.count); each certificate needs its key, in the same order")
        }
        pairs = zip(settings.certificateFiles, settings.keyFiles).map { Pair(certificate: $0, key: $1) }
        clientAuthorities = settings.clientCAFile
    }

    /// Every file in use, for noticing changes.
    var paths: [String] {
        pairs.flatMap { [$0.certificate, $0.key] } + (clientAuthorities.map { [$0] } ?? [])
    }

    /// Reads all files and proves that they make a working configuration.
    func load() throws(ConfigurationErrors) -> NIOSSLContext {
        var identities: [Identity] = []
        for pair in pairs { identities.append(try load(pair)) }
        guard let first = identities.first else { throw Self.error("tls.certificateFile", "names no file") }
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: first.chain, privateKey: first.key)
        configuration.minimumTLSVersion = .tlsv12
        configuration.cipherSuiteValues = TLSDefaults.ciphers
        configuration.applicationProtocols = TLSDefaults.protocols
        if let clientAuthorities {
            configuration.trustRoots = .certificates(try Self.certificates(in: clientAuthorities, "tls.clientCAFile"))
            configuration.certificateVerification = .noHostnameVerification
            configuration.sendCANameList = true
        }
        if identities.count > 1 {
            let names = ServerNames(identities)
            configuration.sslContextCallback = { hello, promise in
                promise.succeed(names.override(for: hello.serverHostname))
            }
        }
        return try Self.prove(configuration, "tls.certificateFile", pairs[0])
    }

    private func load(_ pair: Pair) throws(ConfigurationErrors) -> Identity {
        let chain = try Self.certificates(in: pair.certificate, "tls.certificateFile")
        let key = try Self.key(in: pair.key, "tls.keyFile")
        let sources = chain.map { NIOSSLCertificateSource.certificate($0) }
        // Proves now, for each pair alone, that the key belongs to the certificate.
        let trial = TLSConfiguration.makeServerConfiguration(certificateChain: sources, privateKey: .privateKey(key))
        try Self.prove(trial, "tls.keyFile", pair)
        return Identity(
            chain: sources, key: .privateKey(key), names: chain.first.map { ServerNames.names(of: $0) } ?? [])
    }

    static func certificates(
        in path: String, _ setting: String
    ) throws(ConfigurationErrors) -> [NIOSSLCertificate] {
        let bytes = try read(path, setting)
        guard let found = try? NIOSSLCertificate.fromPEMBytes(bytes), !found.isEmpty else {
            throw error(setting, "\(path) holds no PEM certificate")
        }
        return found
    }

    static func key(in path: String, _ setting: String) throws(ConfigurationErrors) -> NIOSSLPrivateKey {
        let bytes = try read(path, setting)
        guard let key = try? NIOSSLPrivateKey(bytes: bytes, format: .pem) else {
            throw error(setting, "\(path) holds no PEM key that can be used without a password")
        }
        return key
    }

    /// Proves that key and certificate belong together.
    @discardableResult
    static func prove(
        _ configuration: TLSConfiguration, _ setting: String, _ pair: Pair
    ) throws(ConfigurationErrors) -> NIOSSLContext {
        do {
            return try NIOSSLContext(configuration: configuration)
        } catch {
            throw Self.error(
                setting, "the key in \(pair.key) does not belong to the certificate in \(pair.certificate)")
        }
    }

    /// A PEM file is small: more is surely the wrong file.
    private static let largestFile = 1 << 20

    private static func read(_ path: String, _ setting: String) throws(ConfigurationErrors) -> [UInt8] {
        do {
            let data = try Data(contentsOf: URL(fileURLWithPath: path))
            guard data.count <= largestFile else { throw Self.error(setting, "\(path) is too large for a PEM file") }
            return [UInt8](data)
        } catch let error as ConfigurationErrors {
            throw error
        } catch {
            throw Self.error(setting, "\(path) can't be read: \(Self.reason(error))")
        }
    }

    private static func reason(_ error: any Error) -> String {
        switch (error as? CocoaError)?.code {
        case .fileReadNoSuchFile: "there is no such file"
        case .fileReadNoPermission: "this user may not"
        default: "it is no readable file"
        }
    }

    static func error(_ setting: String, _ message: String) -> ConfigurationErrors {
        ConfigurationErrors(errors: [ConfigurationError(place: setting, message)])
    }
}
