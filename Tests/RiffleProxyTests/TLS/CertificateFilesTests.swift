import Logging
import NIOSSL
import Testing

@testable import RiffleProxy

@Suite("TLS files")
struct CertificateFilesTests {
    private func settings(_ certificates: [String], _ keys: [String], clientCA: String? = nil) -> Settings.TLS {
        Settings.TLS(certificateFiles: certificates, keyFiles: keys, clientCAFile: clientCA)
    }

    private func mistake(_ settings: Settings.TLS) -> String? {
        do throws(ConfigurationErrors) {
            _ = try CertificateFiles(settings)?.load()
            return nil
        } catch {
            return error.errors.map(\.description).joined(separator: "\n")
        }
    }

    private var log: Logger {
        var log = Logger(label: "test")
        log.logLevel = .critical
        return log
    }

    @Test("without a certificate the listener speaks plain HTTP")
    func off() throws {
        #expect(try CertificateFiles(settings([], [])) == nil)
    }

    @Test("a mistake names its setting and its file")
    func mistakes() throws {
        let files = try TestCertificates()
        try files.make("a", for: "a.example")
        try files.make("b", for: "b.example")
        let (pem, key) = (files.path("a.pem"), files.path("a.key"))
        #expect(mistake(settings([pem], [key])) == nil)
        #expect(mistake(settings([pem], [])) != nil)
        #expect(mistake(settings([], [key])) != nil)
        let cases: [(Settings.TLS, String)] = [
            (
                settings([files.path("none")], [key]),
                "tls.certificateFile: \(files.path("none")) can't be read: there is no such file"
            ),
            (settings([key], [key]), "tls.certificateFile: \(key) holds no PEM certificate"),
            (settings([pem], [pem]), "tls.keyFile: \(pem) holds no PEM key that can be used without a password"),
            (
                settings([pem], [files.path("b.key")]),
                "tls.keyFile: the key in \(files.path("b.key")) does not belong to the certificate in \(pem)"
            ),
            (settings([pem], [key], clientCA: key), "tls.clientCAFile: \(key) holds no PEM certificate"),
        ]
        for (settings, expected) in cases { #expect(mistake(settings) == expected) }
    }

    @Test("changed files are taken up, bad ones are refused and the former stay")
    func renewal() throws {
        let files = try TestCertificates()
        try files.make("live", for: "a.example")
        try files.make("next", for: "a.example")
        let tls = try #require(
            try ServerTLS(settings([files.path("live.pem")], [files.path("live.key")]), log: log))
        let first = tls.context
        tls.renewIfChanged()
        #expect(tls.context === first)
        try files.write("no certificate", to: "live.pem")
        tls.renewIfChanged()
        #expect(tls.context === first)
        // Half of a change: certificate and key don't fit yet.
        try files.replace("live.pem", with: "next.pem")
        tls.renewIfChanged()
        #expect(tls.context === first)
        try files.replace("live.key", with: "next.key")
        tls.renewIfChanged()
        #expect(tls.context !== first)
    }

    @Test("the name a client asks for picks the certificate, exact before wildcard")
    func names() throws {
        let files = try TestCertificates()
        func identity(_ name: String) throws -> CertificateFiles.Identity {
            try files.make("x", for: name)
            let chain = try NIOSSLCertificate.fromPEMFile(files.path("x.pem"))
            let key = try NIOSSLPrivateKey(file: files.path("x.key"), format: .pem)
            let names = ServerNames.names(of: try #require(chain.first))
            #expect(names == [name])
            return .init(chain: chain.map { .certificate($0) }, key: .privateKey(key), names: names)
        }
        let exact = try identity("one.example")
        let wildcard = try identity("*.example")
        let names = ServerNames([exact, wildcard])
        #expect(names.override(for: "ONE.example").certificateChain == exact.chain)
        #expect(names.override(for: "two.example").certificateChain == wildcard.chain)
        #expect(names.override(for: "deep.two.example").certificateChain == nil)
        #expect(names.override(for: nil).certificateChain == nil)
    }
}
