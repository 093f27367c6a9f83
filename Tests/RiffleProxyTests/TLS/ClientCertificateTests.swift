import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import NIOSSL
import RiffleCache
import Testing

@testable import RiffleProxy

@Suite("Client certificates", .timeLimit(.minutes(2)))
struct ClientCertificateTests {
    private static let naming = FolderNaming(secret: .ephemeral(), origin: "test")

    /// Two people with certificates of their own, both signed for, before one listener.
    private func withTwo(
        _ body: (RunningRiffle, TestCertificates) async throws -> Void
    ) async throws {
        let files = try TestCertificates()
        try files.make("a", for: "localhost")
        try files.make("ann", for: "ann")
        try files.make("ben", for: "ben")
        let both = try ["ann", "ben"].map { try String(contentsOfFile: files.path("\($0).pem"), encoding: .utf8) }
        try files.write(both.joined(), to: "clients.pem")
        try await RunningRiffle.run({ settings in
            files.turnOn(&settings)
            settings.tls.clientCAFile = files.path("clients.pem")
        }) { try await body($0, files) }
    }

    @Test(
        "each certificate is a principal of its own, alone and with a credential beside it",
        arguments: [HTTPClient.Configuration.HTTPVersion.automatic, .http1Only],
        [[], [("Authorization", "Basic YQ==")]])
    func principals(version: HTTPClient.Configuration.HTTPVersion, credential: [(String, String)]) async throws {
        try await withTwo { riffle, files in
            func open(_ name: String) async throws -> Bool {
                var isHit = false
                let identity = (certificate: files.path("\(name).pem"), key: files.path("\(name).key"))
                try await riffle.withClient(trusting: files.path("a.pem"), as: identity, version) { client in
                    let fields = [("Depth", "1")] + credential
                    let answer = try await riffle.send("PROPFIND", "/", fields, by: client)
                    #expect(answer.status == 207)
                    isHit = answer.headers.first(name: "cache-status")?.hasPrefix("riffle; hit") == true
                }
                return isHit
            }
            var hits: [Bool] = []
            for name in ["ann", "ann", "ben", "ben", "ann"] { hits.append(try await open(name)) }
            #expect(hits == [false, true, false, true, true])
        }
    }

    @Test("the origin gets to know the certificate from riffle alone, and riffle by riffle's own")
    func bothSides() async throws {
        let files = try TestCertificates()
        for name in ["a", "origin", "riffle", "ann"] { try files.make(name, for: "localhost") }
        var tls = TLSConfiguration.makeServerConfiguration(
            certificateChain: try NIOSSLCertificate.fromPEMFile(files.path("origin.pem")).map { .certificate($0) },
            privateKey: .privateKey(try NIOSSLPrivateKey(file: files.path("origin.key"), format: .pem)))
        tls.trustRoots = .file(files.path("riffle.pem"))
        tls.certificateVerification = .noHostnameVerification
        let ann = try NIOSSLCertificate.fromPEMFile(files.path("ann.pem"))
        let expected = ClientCertificate(der: try #require(try ann.first?.toDERBytes()), naming: Self.naming).field
        try await CacheStage.with(
            { settings in
                files.turnOn(&settings)
                settings.tls.clientCAFile = files.path("ann.pem")
                settings.origin.caFile = files.path("origin.pem")
                settings.origin.clientCertificateFile = files.path("riffle.pem")
                settings.origin.clientKeyFile = files.path("riffle.key")
            }, tls: try NIOSSLContext(configuration: tls)
        ) { stage in
            stage.origin.answer { _ in OriginAnswer(body: "here") }
            var client = TLSConfiguration.makeClientConfiguration()
            client.trustRoots = .file(files.path("a.pem"))
            client.certificateChain = ann.map { .certificate($0) }
            client.privateKey = .privateKey(try NIOSSLPrivateKey(file: files.path("ann.key"), format: .pem))
            let http = HTTPClient(configuration: .init(tlsConfiguration: client))
            var request = HTTPClientRequest(url: "https://localhost:\(stage.port)/x")
            request.headers = ["Client-Cert": ":bWFsbG9yeQ==:", "X-Forwarded-Client-Cert": "Hash=00"]
            let answer = try? await http.execute(request, timeout: .seconds(20))
            try await http.shutdown()
            #expect(answer?.status == .ok)
            let asked = try #require(stage.origin.requests.first)
            #expect(asked.values("client-cert") == [expected])
            #expect(asked["x-forwarded-client-cert"] == nil)
        }
    }

    @Test("an origin that wants a certificate gets none from a riffle without one, and clients are told nothing of it")
    func without() async throws {
        let files = try TestCertificates()
        for name in ["origin", "riffle"] { try files.make(name, for: "localhost") }
        var tls = TLSConfiguration.makeServerConfiguration(
            certificateChain: try NIOSSLCertificate.fromPEMFile(files.path("origin.pem")).map { .certificate($0) },
            privateKey: .privateKey(try NIOSSLPrivateKey(file: files.path("origin.key"), format: .pem)))
        tls.trustRoots = .file(files.path("riffle.pem"))
        tls.certificateVerification = .noHostnameVerification
        try await CacheStage.with(
            { $0.origin.caFile = files.path("origin.pem") }, tls: try NIOSSLContext(configuration: tls)
        ) { stage in
            let answer = try await stage.send("GET", "/x")
            #expect(answer.status == 502 && !answer.body.lowercased().contains("certificate"))
            #expect(stage.origin.requests.isEmpty)
        }
    }

    @Test("a mistake in riffle's own certificate names its setting")
    func mistakes() throws {
        let files = try TestCertificates()
        for name in ["a", "b"] { try files.make(name, for: "localhost") }
        let url = try #require(OriginURL("https://localhost"))
        func mistake(_ certificate: String?, _ key: String?) -> String? {
            var settings = Settings.Origin(url: url)
            settings.clientCertificateFile = certificate.map { files.path($0) }
            settings.clientKeyFile = key.map { files.path($0) }
            do throws(ConfigurationErrors) {
                _ = try OriginTLS.configuration(settings)
                return nil
            } catch {
                return error.errors.first?.place
            }
        }
        #expect(mistake(nil, nil) == nil)
        #expect(mistake("a.pem", "a.key") == nil)
        #expect(mistake("a.pem", nil) == "origin.clientKeyFile")
        #expect(mistake(nil, "a.key") == "origin.clientCertificateFile")
        #expect(mistake("a.pem", "b.key") == "origin.clientKeyFile")
        #expect(mistake("a.key", "a.key") == "origin.clientCertificateFile")
    }
}
