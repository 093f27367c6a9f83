import Foundation
import Testing

@Suite("Looking into a running riffle", .showingServers, .timeLimit(.minutes(2)))
struct AdminTests {
    private func json(_ text: String) throws -> Any {
        try JSONSerialization.jsonObject(with: Data(text.utf8), options: .fragmentsAllowed)
    }

    @Test("health and readiness answer 200")
    func health() async throws {
        try await onStage { stage in
            let origin = try await stage.slowOrigin()
            let riffle = try await stage.riffle(before: origin.url)
            let admin = Probe(base: riffle.admin)
            #expect(try await admin.send("GET", "/healthz").status == 200)
            try await eventually("it is ready") { try await admin.send("GET", "/readyz").status == 200 }
            #expect(try await admin.send("GET", "/nothing").status == 404)
        }
    }

    @Test("the data plane does not show what is the admin listener's")
    func separate() async throws {
        try await onStage { stage in
            let origin = try await stage.slowOrigin()
            let riffle = try await stage.riffle(before: origin.url)
            for path in ["/metrics", "/healthz"] {
                #expect(try await riffle.probe.send("GET", path).status == 404)
                #expect(try await origin.counters().byPath[path] != nil)
            }
        }
    }

    @Test("metrics are OpenMetrics and count the opens")
    func metrics() async throws {
        try await onStage { stage in
            let origin = try await stage.slowOrigin()
            let riffle = try await stage.riffle(before: origin.url, dialect: "webdav")
            for _ in 0..<5 { _ = try await riffle.probe.open("/a/") }
            let answer = try await Probe(base: riffle.admin).send(
                "GET", "/metrics", ["Accept": "application/openmetrics-text; version=1.0.0"])
            #expect(answer.status == 200)
            #expect(answer["content-type"]?.contains("openmetrics-text") == true)
            #expect(answer.text.hasSuffix("# EOF\n"))

            var types: [String: String] = [:]
            var samples: [String: Double] = [:]
            for line in answer.text.split(separator: "\n") where line != "# EOF" {
                let words = line.split(separator: " ")
                if line.hasPrefix("# TYPE ") {
                    try #require(words.count == 4, "\(line)")
                    #expect(
                        types.updateValue(String(words[3]), forKey: String(words[2])) == nil, "\(line): a second time")
                } else if line.hasPrefix("#") {
                    #expect(line.hasPrefix("# HELP ") || line.hasPrefix("# UNIT "), "\(line)")
                } else {
                    // name{labels} value [# exemplar]; our label values have no spaces within.
                    let end = try #require(
                        line.lastIndex(of: "}").map { line.index(after: $0) } ?? line.firstIndex(of: " "))
                    let value = line[end...].split(separator: " ").first.flatMap { Double($0) }
                    #expect(value != nil, "\(line)")
                    samples[String(line[..<end])] = value
                    let name = line.prefix { $0 != "{" && $0 != " " }
                    let families = ["", "_total", "_bucket", "_count", "_sum", "_created"].compactMap {
                        suffix in
                        name.hasSuffix(suffix) ? types[String(name.dropLast(suffix.count))] : nil
                    }
                    #expect(!families.isEmpty, "\(line): no TYPE")
                }
            }
            let hits = samples.filter { $0.key.contains("outcome=\"hit\"") && $0.key.contains("_count") }
            #expect(hits.values.reduce(0, +) >= 4, "\(samples.keys.sorted())")
        }
    }

    @Test("cache-inspect shows figures to people and to programs", arguments: ["stat", "hist", "top"])
    func verbs(verb: String) async throws {
        try await onStage { stage in
            let origin = try await stage.slowOrigin()
            let riffle = try await stage.riffle(before: origin.url, dialect: "webdav")
            for _ in 0..<20 { _ = try await riffle.probe.open("/a/") }
            let shown = try await riffle.inspect(verb)
            #expect(shown.status == 0, "\(shown.errors)")
            #expect(!shown.output.isEmpty)
            if verb == "top" { #expect(shown.output.contains("/a/")) }
            let told = try await riffle.inspect(verb, "--json")
            #expect(told.status == 0, "\(told.errors)")
            _ = try json(told.output)
        }
    }

    @Test("explain says in sentences what the next open then does")
    func explain() async throws {
        try await onStage { stage in
            let origin = try await stage.slowOrigin()
            let riffle = try await stage.riffle(before: origin.url, dialect: "webdav")
            let body = try stage.folder.write(Probe.properties, to: "propfind.xml")
            func explain(_ more: String...) async throws -> Command {
                try await Command.run(
                    Programs.built("cache-inspect"),
                    [
                        "explain", "/a/", "--method", "PROPFIND", "--depth", "1", "--body", body, "--exit-code",
                        "--header",
                        "Content-Type: application/xml", "--admin", riffle.admin,
                    ] + more)
            }
            let cold = try await explain()
            #expect(cold.status == 3, "\(cold.output) \(cold.errors)")
            #expect(cold.output.contains("miss"))
            #expect(try await !riffle.probe.open("/a/").isHit)
            let warm = try await explain()
            #expect(warm.status == 0, "\(warm.output) \(warm.errors)")
            #expect(warm.output.contains("hit"))
            #expect(try await riffle.probe.open("/a/").isHit)
            _ = try json(try await explain("--json").output)
            #expect(try await origin.counters().listings == 1)
        }
    }

    @Test("purge makes the next open a miss; a dry run does not")
    func purge() async throws {
        try await onStage { stage in
            let origin = try await stage.slowOrigin()
            let redis = try await stage.redis()
            let riffle = try await stage.riffle(before: origin.url, redis: redis.url, dialect: "webdav")
            let other = try await stage.riffle(before: origin.url, redis: redis.url, dialect: "webdav")
            func warm() async throws {
                for folder in ["/", "/a/", "/a/deep/"] {
                    for riffle in [riffle, other] {
                        try await eventually("\(folder) is warm") { try await riffle.probe.open(folder).isHit }
                    }
                }
            }
            try await warm()
            let dry = try await riffle.inspect("purge", "/a/", "--recursive", "--dry-run", "--json")
            #expect(dry.status == 0, "\(dry.errors)")
            _ = try json(dry.output)
            #expect(try await riffle.probe.open("/a/").isHit)

            #expect(try await riffle.inspect("purge", "/a/").status == 0)
            #expect(try await riffle.probe.open("/a/deep/").isHit)
            #expect(try await riffle.probe.open("/").isHit)
            #expect(try await !other.probe.open("/a/").isHit)

            try await warm()
            #expect(try await riffle.inspect("purge", "/a/", "--recursive").status == 0)
            #expect(try await !other.probe.open("/a/deep/").isHit)
            #expect(try await !riffle.probe.open("/a/").isHit)
            #expect(try await riffle.probe.open("/").isHit)
        }
    }

    @Test("without a riffle cache-inspect says so and fails")
    func nobodyThere() async throws {
        let port = try freePort()
        let result = try await Command.run(
            Programs.built("cache-inspect"), ["stat", "--admin", "http://127.0.0.1:\(port)"])
        #expect(result.status != 0)
        #expect(!result.errors.isEmpty)
    }

    @Test("riffle-perf measures through a riffle and fails a budget that is not met")
    func perf() async throws {
        try await onStage { stage in
            let origin = try await stage.slowOrigin(dialect: "autoindex")
            let riffle = try await stage.riffle(before: origin.url, dialect: "autoindex")
            func measure(_ more: String...) async throws -> Command {
                try await Command.run(
                    Programs.built("riffle-perf"),
                    [
                        "run", riffle.url + "/", "--workload", "browse", "-c", "4", "--duration", "1s", "--warmup",
                        "100ms",
                    ] + more)
            }
            let kept = try await measure("--budget", "errors<1", "--json", "-")
            #expect(kept.status == 0, "\(kept.output) \(kept.errors)")
            _ = try json(kept.output)
            let broken = try await measure("--budget", "p50<1ns")
            #expect(broken.status != 0, "\(broken.output) \(broken.errors)")
            #expect(try await origin.counters().listings > 0)
        }
    }
}
