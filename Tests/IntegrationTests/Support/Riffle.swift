import Foundation

/// A running `riffle serve`.
struct Riffle: Sendable {
    let process: ServerProcess
    let probe: Probe
    /// Where its admin listener answers, without a final slash.
    let admin: String
    let port: Int

    var url: String { probe.base }

    /// Ends it at once and waits; for a graceful end send SIGTERM to `process`.
    func stop() async { await process.stop() }

    func inspect(_ arguments: String...) async throws -> Command {
        try await Command.run(try Programs.built("cache-inspect"), arguments + ["--admin", admin])
    }
}

extension Stage {
    /// The key that all riffles of this test share, as those on one Redis must.
    private var secretFile: String { folder["secret"] }

    /// - Parameter file: text of a configuration file.
    ///
    /// Prefetch is off unless a test is about it: its origin calls would blur what a test counts.
    func riffle(
        before origin: String, redis: String = "none", dialect: String = "auto", prefetch: Bool = false,
        set settings: [String: String] = [:], environment: [String: String] = [:], file: String? = nil
    ) async throws -> Riffle {
        var arguments = [
            "serve", "--origin", origin, "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--redis", redis,
            "--dialect", dialect, "--set", "redis.secretFile=\(secretFile)", "--set", "prefetch.enabled=\(prefetch)",
        ]
        if let file {
            arguments += ["--config", try folder.write(file, to: "riffle-\(UInt32.random(in: 0...UInt32.max)).yaml")]
        }
        for (key, value) in settings.sorted(by: { $0.key < $1.key }) { arguments += ["--set", "\(key)=\(value)"] }
        let process = try start("riffle", Programs.built("riffle"), arguments, environment: environment)
        let line = try await process.awaitOutput("says where it serves") { output in
            output.split(separator: "\n").first { $0.hasPrefix("riffle: serving ") && $0.contains(" admin on ") }
                .map(String.init)
        }
        let urls = line.split(whereSeparator: { $0 == " " || $0 == "," }).filter { $0.hasPrefix("http://") }
        guard urls.count >= 3, let port = Self.port(of: urls[urls.count - 2]),
            Self.port(of: urls[urls.count - 1]) != nil
        else { throw TimedOut(description: "riffle announced itself as: \(line)") }
        return Riffle(
            process: process, probe: Probe(base: Self.bare(urls[urls.count - 2])),
            admin: Self.bare(urls[urls.count - 1]),
            port: port)
    }

    /// The URL without its final slash.
    static func bare(_ url: Substring) -> String {
        String(url.hasSuffix("/") ? url.dropLast() : url)
    }

    static func port(of url: Substring) -> Int? {
        Int(bare(url).split(separator: ":").last ?? "")
    }
}
