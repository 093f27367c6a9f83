import ArgumentParser
import Foundation
import SlowOrigin
import UnixSignals

/// The program: arguments in, one line out when it serves, ends on SIGINT or SIGTERM.
@main
struct SlowOriginCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "slow-origin",
        abstract: "A metadata service over a real directory tree, as slow and as faulty as you ask.",
        discussion: """
            EXAMPLES
              A folder over WebDAV, read-write, on a free port:
                slow-origin --root /srv/files
              200 ms per listing on a port of your choice:
                slow-origin --root /usr/share --listen 127.0.0.1:8090 --latency fixed:200ms --read-only
              A long tail, at most 8 requests at once, and some faults:
                slow-origin --root . --latency lognormal:p50=120ms,p99=900ms --concurrency 8 \\
                    --faults 429=0.05:retry-after=2,5xx=0.01,truncate=0.01,wrong-length=0.01,stall=0.005:for=10s
              A real server, slowed down:
                slow-origin --upstream http://127.0.0.1:8080 --latency fixed:200ms

            WHILE IT RUNS
              curl URL/-/counters                      requests by kind and path; -X DELETE resets
              curl -d '429=1' URL/-/faults             other faults; 'none' ends them
              curl -d 'fixed:50ms' URL/-/latency       another latency

            USERS FILE
              user alice password=secret token=alice-token
              allow /
              deny /board
              user bob password=hunter2
              read /
            The longest matching folder decides; without one nothing is allowed. 'allow' reads and writes.
            'anonymous' in place of 'user …' is for requests without credentials.
            With s3 a user's name is the access key and the password the secret key.
            """)

    @Option(help: ArgumentHelp("The directory to serve.", valueName: "dir"))
    var root: String?

    @Option(help: ArgumentHelp("Where to listen; port 0 takes a free one.", valueName: "host:port"))
    var listen = "127.0.0.1:0"

    @Option(help: ArgumentHelp("How to speak: webdav, autoindex (nginx JSON), s3 or graph.", valueName: "name"))
    var dialect = "webdav"

    @Option(
        help: ArgumentHelp(
            "Wait before each listing: fixed:200ms or lognormal:p50=120ms,p99=900ms.", valueName: "spec"))
    var latency = "none"

    @Flag(help: "Let every request wait, not only listings.")
    var latencyAll = false

    @Option(help: ArgumentHelp("Serve at most this many requests at once; more wait.", valueName: "n"))
    var concurrency: Int?

    @Option(
        help: ArgumentHelp(
            "Probabilities per listing (on=all: per request), e.g. 429=0.05:retry-after=2,5xx=0.01.",
            valueName: "list"))
    var faults = "none"

    @Option(
        help: ArgumentHelp("The same seed and order of requests give the same latencies and faults.", valueName: "n"))
    var seed: UInt64 = 1

    @Option(help: ArgumentHelp("Users and their folders (see below).", valueName: "file"))
    var users: String?

    @Flag(help: "Refuse every change.")
    var readOnly = false

    @Flag(help: "Let a folder's tag change with everything below it, as on Nextcloud (WebDAV).")
    var deepTags = false

    @Option(help: ArgumentHelp("Pass requests on to this server instead of serving a tree.", valueName: "url"))
    var upstream: String?

    func validate() throws {
        guard (root == nil) != (upstream == nil) else {
            throw ValidationError("give either --root DIR or --upstream URL")
        }
        do {
            _ = try options()
        } catch let error as SlowOriginError {
            throw ValidationError(error.description)
        }
    }

    private func options() throws -> SlowOriginOptions {
        var options = SlowOriginOptions(root: root ?? "")
        try options.listen(on: listen)
        guard let name = SlowOriginOptions.DialectName(rawValue: dialect) else {
            throw SlowOriginError.invalid("dialect '\(dialect)' is none of webdav, autoindex, s3, graph")
        }
        options.dialect = name
        options.latency = try Latency(parsing: latency)
        options.latencyOnEverything = latencyAll
        options.concurrency = concurrency
        if let concurrency, concurrency < 1 { throw SlowOriginError.invalid("concurrency must be at least 1") }
        options.faults = try Faults(parsing: faults)
        options.seed = seed
        options.isReadOnly = readOnly
        options.hasDeepTags = deepTags
        options.upstream = upstream
        if let users {
            guard let text = try? String(contentsOfFile: users, encoding: .utf8) else {
                throw SlowOriginError.invalid("the users file '\(users)' cannot be read")
            }
            options.users = try UserFile(parsing: text, source: users)
        }
        return options
    }

    func run() async throws {
        let server: SlowOriginServer
        do {
            server = try await SlowOriginServer.start(options(), signals: [.sigint, .sigterm])
        } catch let error as SlowOriginError {
            FileHandle.standardError.write(Data("Error: \(error)\n".utf8))
            throw ExitCode(2)
        }
        let line = "slow-origin: serving \(root ?? upstream ?? "") as \(dialect) on \(server.url)\n"
        FileHandle.standardOutput.write(Data(line.utf8))
        await server.wait()
    }
}
