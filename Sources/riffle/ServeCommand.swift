import ArgumentParser
import Foundation
import Logging
import NIOCore
import RiffleAdmin
import RiffleProxy
import ServiceLifecycle
import UnixSignals

struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Run the reverse proxy in front of an origin.",
        discussion: """
            `riffle serve --origin URL` alone is a correct, safe proxy. Options beat the environment (RIFFLE_…), the \
            environment beats the file. SIGTERM or Ctrl-C drains: requests in flight end, then riffle exits.

            EXAMPLES
              riffle serve --origin https://files.example.com
              riffle serve --config riffle.yaml --set cache.memory=1GiB --set log.access=all
              riffle serve --origin http://127.0.0.1:9000 --redis redis+unix:///run/redis/redis.sock
            """)

    @Option(help: ArgumentHelp("Read settings from this YAML file.", valueName: "FILE"))
    var config: String?

    @Option(help: ArgumentHelp("The slow service to stand in front of.", valueName: "URL"))
    var origin: String?

    @Option(help: ArgumentHelp("Where clients connect (default 127.0.0.1:8080).", valueName: "HOST:PORT"))
    var listen: String?

    @Option(
        help: ArgumentHelp(
            "Where metrics, health and cache-inspect connect, or none (default 127.0.0.1:8081).", valueName: "HOST:PORT"
        ))
    var admin: String?

    @Option(
        help: ArgumentHelp(
            "How the origin speaks listings: auto, webdav, graph, s3, autoindex or json.", valueName: "NAME"))
    var dialect: String?

    @Option(
        help: ArgumentHelp(
            "The second tier: none, embedded, redis://…, rediss://… or redis+unix:///PATH.", valueName: "URL"))
    var redis: String?

    @Option(help: ArgumentHelp("Any setting by its key; may be repeated.", valueName: "KEY=VALUE"))
    var set: [String] = []

    @Flag(help: "List every setting with what it takes and its environment variable, then exit.")
    var helpSettings = false

    func run() async throws {
        if helpSettings { return printSettings() }
        let settings = try SettingsInput.load(file: config, options: options())
        LoggingSystem.bootstrap { StreamLogHandler.standardError(label: $0) }
        var log = Logger(label: "riffle")
        log.logLevel = Logger.Level(rawValue: settings.log.level) ?? .info
        do {
            try await serve(settings, log)
        } catch let error as ConfigurationErrors {
            throw SettingsInput.report(error.errors)
        }
    }

    private func serve(_ settings: Settings, _ log: Logger) async throws {
        let server = try await RiffleServer.start(settings, version: Version.current, log: log)
        let admin: AdminServer?
        do {
            admin = try adminServer(settings, server, log)
        } catch {
            await server.stop()
            throw error
        }
        // The last to start is the first to drain: the data plane ends before the admin plane that watches it.
        var services: [any Service] = [server]
        if let admin { services.insert(admin, at: 0) }
        var configuration = ServiceGroupConfiguration(
            services: services, gracefulShutdownSignals: [.sigterm, .sigint], logger: log)
        configuration.maximumGracefulShutdownDuration = .milliseconds(settings.limits.drainTimeout + 5_000)
        let group = ServiceGroup(configuration: configuration)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await run(group, admin: settings.admin) }
            await announce(settings, server, admin)
            try await tasks.next()
        }
    }

    /// Runs all services to their end; a failure of the admin listener is the operator's to mend.
    private func run(_ group: ServiceGroup, admin: ListenAddress?) async throws {
        do {
            try await group.run()
        } catch let error as IOError {
            let place = admin.map { "\($0)" } ?? ""
            throw ConfigurationErrors(errors: [
                ConfigurationError(
                    place: "admin", "can't listen on \(place): \(String(cString: strerror(error.errnoCode)))")
            ])
        }
    }

    private func adminServer(_ settings: Settings, _ server: RiffleServer, _ log: Logger) throws -> AdminServer? {
        let address: AdminAddress
        switch settings.admin {
        case nil: return nil
        case .tcp(let host, let port): address = .tcp(host: host, port: port)
        case .unix(let path): address = .unix(path: path)
        }
        let token = try Self.token(settings.adminTokenFile, "adminTokenFile")
        let feedToken = try Self.token(settings.feed.tokenFile, "feed.tokenFile")
        do {
            return try AdminServer(
                address: address, inspection: server.inspection, token: token, feedToken: feedToken, log: log)
        } catch {
            throw ConfigurationErrors(errors: [ConfigurationError(place: "admin", error.description)])
        }
    }

    private static func token(_ file: String?, _ key: String) throws -> String? {
        guard let file else { return nil }
        guard let text = try? String(contentsOfFile: file, encoding: .utf8) else {
            throw ConfigurationErrors(errors: [
                ConfigurationError(place: key, "can't be read; it should hold the bearer token in one line")
            ])
        }
        return text.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// Says where everything is once it can be reached: scripts wait for this line.
    private func announce(_ settings: Settings, _ server: RiffleServer, _ admin: AdminServer?) async {
        var line = "riffle: serving \(settings.origin.url.description) on \(server.url)"
        if let admin {
            guard let address = await admin.listening() else { return }
            switch address {
            case .tcp: line += ", admin on http://\(address)/"
            case .unix: line += ", admin on \(address)"
            }
        }
        FileHandle.standardOutput.write(Data((line + "\n").utf8))
    }

    private func options() throws -> [(path: String, value: String, place: String)] {
        // Named options come last: they beat the same key given by --set.
        var options = try set.map { try SettingsInput.option($0) }
        let named = [
            ("origin.url", origin, "--origin"), ("listen", listen, "--listen"), ("admin", admin, "--admin"),
            ("origin.dialect", dialect, "--dialect"), ("redis.url", redis, "--redis"),
        ]
        for case (let path, let value?, let place) in named { options.append((path, value, place)) }
        return options
    }

    private func printSettings() {
        for key in SettingKey.all {
            print("\(key.path)\n    \(key.help)\n    takes \(key.expects); environment \(key.environmentName)")
        }
    }
}
