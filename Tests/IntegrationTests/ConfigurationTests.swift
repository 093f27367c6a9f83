import Testing

struct Mistake: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let file: String
    /// Each must be on a line of its own on standard error.
    let expected: [String]
}

@Suite("A wrong configuration", .showingServers, .timeLimit(.minutes(2)))
struct ConfigurationTests {
    static let mistakes = [
        Mistake(
            testDescription: "an unknown key", file: "origin:\n  url: http://127.0.0.1:9\ncache:\n  memry: 64MiB\n",
            expected: [":4:3:", "cache.memory"]),
        Mistake(
            testDescription: "an unknown key on top", file: "origin:\n  url: http://127.0.0.1:9\nlisten_: :80\n",
            expected: [":3:1:", "listen"]),
        Mistake(
            testDescription: "a wrong value", file: "origin:\n  url: http://127.0.0.1:9\n  readTimeout: soon\n",
            expected: [":3:16:", "origin.readTimeout"]),
        Mistake(
            testDescription: "a wrong dialect", file: "origin:\n  url: http://127.0.0.1:9\n  dialect: webdaf\n",
            expected: [":3:12:", "webdav"]),
        Mistake(
            testDescription: "a list where a value belongs",
            file: "origin:\n  url: http://127.0.0.1:9\nloops: [1, 2]\n",
            expected: [":3:8:"]),
        Mistake(
            testDescription: "a key given twice", file: "origin:\n  url: http://127.0.0.1:9\nloops: 1\nloops: 2\n",
            expected: ["loops", "twice"]),
        Mistake(testDescription: "no YAML", file: "origin: [\n", expected: [":"]),
        Mistake(testDescription: "no origin", file: "loops: 1\n", expected: ["origin"]),
        Mistake(testDescription: "an origin that is no URL", file: "origin:\n  url: nowhere\n", expected: [":2:8:"]),
    ]

    private func serve(_ file: String, _ options: [String] = []) async throws -> Command {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let path = try folder.write(file, to: "riffle.yaml")
        return try await Command.run(
            Programs.built("riffle"),
            ["serve", "--config", path, "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0"] + options)
    }

    @Test("ends riffle with 2 and says where, starting nothing", arguments: mistakes)
    func saysWhere(mistake: Mistake) async throws {
        let result = try await serve(mistake.file)
        #expect(result.status == 2)
        #expect(result.output.isEmpty)
        for expected in mistake.expected { #expect(result.errors.contains(expected), "\(result.errors)") }
    }

    @Test("is said a line for each mistake")
    func everyMistake() async throws {
        let result = try await serve(
            "origin:\n  url: http://127.0.0.1:9\n  dialekt: webdav\ncache:\n  memory: much\n",
            ["--set", "log.acces=all"])
        #expect(result.status == 2)
        let lines = result.errors.split(separator: "\n")
        #expect(lines.count { $0.contains("riffle.yaml:3:3") && $0.contains("origin.dialect") } == 1)
        #expect(lines.count { $0.contains("riffle.yaml:5:11") && $0.contains("cache.memory") } == 1)
        #expect(lines.count { $0.contains("--set log.acces") && $0.contains("log.access") } == 1)
        #expect(lines.count == 3)
    }

    @Test("is told by riffle check just as well, and a right one is ok")
    func check() async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let wrong = try folder.write("origin:\n  url: http://127.0.0.1:9\ncache:\n  memry: 1GiB\n", to: "wrong.yaml")
        let right = try folder.write("origin:\n  url: http://127.0.0.1:9\ncache:\n  memory: 1GiB\n", to: "right.yaml")
        let refused = try await Command.run(Programs.built("riffle"), ["check", "--config", wrong])
        #expect(refused.status == 2)
        #expect(refused.errors.contains("wrong.yaml:4:3"))
        let accepted = try await Command.run(Programs.built("riffle"), ["check", "--config", right])
        #expect(accepted.status == 0, "\(accepted.errors)")
    }

    @Test("options beat the environment, the environment beats the file")
    func precedence() async throws {
        try await onStage { stage in
            let origin = try await stage.slowOrigin()
            let file = try stage.folder.write(
                "origin:\n  url: http://127.0.0.1:9\ncache:\n  defaultTTL: 1m\n", to: "riffle.yaml")
            let process = try stage.start(
                "riffle", Programs.built("riffle"),
                ["serve", "--config", file, "--origin", origin.url, "--listen", "127.0.0.1:0", "--admin", "none"],
                environment: ["RIFFLE_CACHE_DEFAULT_TTL": "1h", "RIFFLE_ORIGIN_DIALECT": "webdav"])
            let url = try await process.awaitOutput("says where it serves") { output in
                output.split(separator: " ").last { $0.hasPrefix("http://") }.map(String.init)
            }
            let probe = Probe(base: Stage.bare(url.split(separator: "\n")[0]))
            #expect(try await probe.open("/a/").status == 207)
            let life = try #require(try await probe.open("/a/").cache?.ttl)
            #expect(life > 60 && life <= 3_600)
        }
    }

    @Test("a port that is taken is said plainly and ends riffle")
    func portTaken() async throws {
        try await onStage { stage in
            let origin = try await stage.slowOrigin()
            let result = try await Command.run(
                Programs.built("riffle"),
                [
                    "serve", "--origin", origin.url, "--listen", String(origin.url.dropFirst("http://".count)),
                    "--admin", "none",
                ])
            #expect(result.status != 0)
            #expect(!result.errors.isEmpty)
            #expect(!result.output.contains("serving"))
        }
    }
}
