import Foundation
import Testing

/// `RIFFLE_TEST_SEED` replays a history, `RIFFLE_TEST_STEPS` lengthens it.
@Suite("A random history of reads and writes of a Graph drive", .serialized, .showingServers, .timeLimit(.minutes(10)))
struct GraphHistoryTests {
    private static let environment = ProcessInfo.processInfo.environment
    private static let seed = environment["RIFFLE_TEST_SEED"].flatMap { UInt64($0) } ?? .random(in: 0...UInt64.max)
    private static let steps = environment["RIFFLE_TEST_STEPS"].flatMap { Int($0) } ?? 200

    /// Few places, so that histories meet.
    private static let folders = ["a", "b", "a/x", "b/x", "a/x/z", "c"]
    private static let files = ["one.txt", "two.txt"]
    private static let places = folders + folders.flatMap { folder in files.map { "\(folder)/\($0)" } }

    struct Step: CustomStringConvertible {
        let change: GraphChange
        var description: String { "\(change.method) \(change.target) \(change.body)" }

        static func random(_ random: inout SeededGenerator, _ drive: GraphDrive) -> Step {
            func pick(_ list: [String]) -> String { list.randomElement(using: &random) ?? "a" }
            func place(_ path: String) -> String {
                let byID = Bool.random(using: &random)
                if byID, drive.ids[path] != nil { return "/v1.0/drives/b!slow-origin/items/{\(path)}" }
                return pick(["/v1.0/me/drive", "/v1.0/drives/b!slow-origin"]) + "/root:/\(path):"
            }
            func parent() -> String {
                let folder = pick(folders)
                if drive.ids[folder] != nil, Bool.random(using: &random) { return #"{"id":"{\#(folder)}"}"# }
                return #"{"path":"/drives/b!slow-origin/root:/\#(folder)"}"#
            }
            func step(_ method: String, _ target: String, _ body: String = "") -> Step {
                Step(change: GraphChange(name: "", method: method, target: target, body: body, status: 0))
            }
            switch Int.random(in: 0..<20, using: &random) {
            case 0..<5:
                let name = pick(folders).split(separator: "/").last.map(String.init) ?? "a"
                let body = #"{"name":"\#(name)","folder":{}}"#
                if Int.random(in: 0..<3, using: &random) == 0 {
                    return step("POST", "/v1.0/me/drive/root/children", body)
                }
                return step("POST", place(pick(folders)) + "/children", body)
            case 5..<10:
                let body = String(repeating: "x", count: Int.random(in: 1..<300, using: &random))
                return step("PUT", "/v1.0/me/drive/root:/\(pick(folders))/\(pick(files)):/content", body)
            case 10..<12: return step("PATCH", place(pick(places)), #"{"name":"\#(pick(["x", "c", "one.txt"]))"}"#)
            case 12..<15: return step("PATCH", place(pick(places)), #"{"parentReference":\#(parent())}"#)
            case 15..<18: return step("DELETE", place(pick(places)))
            case 18: return step("POST", place(pick(places)) + "/createLink", #"{"type":"view"}"#)
            default:
                return step(
                    "POST", "/v1.0/$batch",
                    """
                    {"requests":[{"id":"1","method":"POST","url":"/me/drive/root/children",\
                    "body":{"name":"\(pick(["a", "b", "c"]))","folder":{}}},\
                    {"id":"2","method":"GET","url":"/me/drive/root/children"}]}
                    """)
            }
        }
    }

    @Test("shows after every answered write what the origin shows, through two riffles on one Redis")
    func sequential() async throws {
        print("history over graph: RIFFLE_TEST_SEED=\(Self.seed)")
        try await onStage { stage in
            let origin = try await stage.slowOrigin(.empty, dialect: "graph")
            let redis = try await stage.redis()
            let riffles = [
                try await stage.riffle(
                    before: origin.url, redis: redis.url, dialect: "graph", set: GraphDrive.longLives),
                try await stage.riffle(
                    before: origin.url, redis: redis.url, dialect: "graph", set: GraphDrive.longLives),
            ]
            var random = SeededGenerator(seed: Self.seed)
            var history: [String] = []
            var known: [String] = []
            for _ in 0..<Self.steps {
                let drive = try await GraphDrive.read(origin.probe)
                let step = Step.random(&random, drive)
                let writer = Int.random(in: 0..<riffles.count, using: &random)
                let status = try await step.change.send(riffles[writer].probe, drive).status
                history.append("\(writer): \(drive.filled(step.description)) = \(status)")
                // Listings of folders that are there, and of some that were.
                let listings = try await GraphDrive.read(origin.probe).listings.sorted()
                known = Array(Set(known.suffix(60) + listings)).sorted()
                for _ in 0..<5 {
                    let target = known.randomElement(using: &random) ?? listings[0]
                    let reader = Int.random(in: 0..<riffles.count, using: &random)
                    let seen = try await riffles[reader].probe.send("GET", target)
                    let real = try await origin.probe.send("GET", target)
                    guard seen.status == real.status, seen.text == real.text else {
                        Issue.record(
                            """
                            seed \(Self.seed): \(target) through riffle \(reader) (\(seen["cache-status"] ?? "-"))
                            shows    \(seen.text)
                            instead  \(real.text)
                            after
                            \(history.suffix(40).joined(separator: "\n"))
                            """)
                        return
                    }
                }
            }
        }
    }
}
