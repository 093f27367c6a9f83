import AsyncHTTPClient
import Foundation
import Logging
import NIOCore
import NIOHTTP1
import NIOSSL
import ServiceLifecycle
import SlowOrigin
import Testing

@testable import RiffleProxy

/// A riffle in front of an origin with a small tree, both in this process, ended with the test.
struct RunningRiffle {
    let tree: URL
    let origin: SlowOriginServer
    let server: RiffleServer
    let group: ServiceGroup

    var port: Int {
        guard case .tcp(_, let port) = server.address else { return 0 }
        return port
    }

    static func run(
        _ shape: (inout Settings) -> Void = { _ in }, _ body: (RunningRiffle) async throws -> Void
    ) async throws {
        let tree = FileManager.default.temporaryDirectory.appending(path: "riffle-tree-\(UUID())")
        try FileManager.default.createDirectory(at: tree.appending(path: "sub"), withIntermediateDirectories: true)
        try Data("hello".utf8).write(to: tree.appending(path: "a.txt"))
        let origin = try await SlowOriginServer.start(SlowOriginOptions(root: tree.path))
        var settings = Settings(origin: try #require(OriginURL(origin.url)))
        settings.listen = .tcp(host: "127.0.0.1", port: 0)
        settings.admin = nil
        settings.origin.dialect = .webdav
        settings.prefetch.enabled = false
        settings.loops = .count(1)
        shape(&settings)
        var log = Logger(label: "test")
        log.logLevel = .critical
        let server = try await RiffleServer.start(settings, version: "test", log: log)
        let group = ServiceGroup(services: [server], logger: log)
        let running = RunningRiffle(tree: tree, origin: origin, server: server, group: group)
        let result = await withTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try? await group.run() }
            let result: Result<Void, any Error>
            do { result = .success(try await body(running)) } catch { result = .failure(error) }
            await group.triggerGracefulShutdown()
            return result
        }
        await origin.stop()
        try FileManager.default.removeItem(at: tree)
        try result.get()
    }

    /// A client that trusts the given certificate, for as long as `body` takes.
    func withClient(
        trusting certificate: String, as identity: (certificate: String, key: String)? = nil,
        _ version: HTTPClient.Configuration.HTTPVersion = .automatic, _ body: (HTTPClient) async throws -> Void
    ) async throws {
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.trustRoots = .file(certificate)
        if let identity {
            tls.certificateChain = try NIOSSLCertificate.fromPEMFile(identity.certificate).map { .certificate($0) }
            tls.privateKey = .privateKey(try NIOSSLPrivateKey(file: identity.key, format: .pem))
        }
        var configuration = HTTPClient.Configuration(tlsConfiguration: tls)
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.httpVersion = version
        let client = HTTPClient(configuration: configuration)
        let result: Result<Void, any Error>
        do { result = .success(try await body(client)) } catch { result = .failure(error) }
        try await client.shutdown()
        try result.get()
    }

    func send(
        _ method: String, _ path: String, _ headers: [(String, String)] = [], _ body: ByteBuffer? = nil,
        by client: HTTPClient
    ) async throws -> (version: HTTPVersion, status: Int, headers: HTTPHeaders, body: ByteBuffer) {
        var request = HTTPClientRequest(url: "https://localhost:\(port)\(path)")
        request.method = HTTPMethod(rawValue: method)
        request.headers = HTTPHeaders(headers)
        if let body { request.body = .bytes(body) }
        let response = try await client.execute(request, timeout: .seconds(30))
        let bytes = try await response.body.collect(upTo: 1 << 26)
        return (response.version, Int(response.status.code), response.headers, bytes)
    }
}
