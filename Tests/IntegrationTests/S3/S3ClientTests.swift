import Foundation
import Testing

@Suite("Real S3 clients behave through riffle as directly", .serialized, .showingServers, .timeLimit(.minutes(8)))
struct S3ClientTests {
    enum Way: String, CaseIterable, Sendable { case terminating, transparent }

    /// The same history at one server directly and at another through riffle must show the same.
    private func compare(_ way: Way, _ history: (Stage, _ url: String) async throws -> [String]) async throws {
        try await onStage { stage in
            let plain = try await stage.s3(.slowOrigin)
            let behind = try await stage.s3(.slowOrigin)
            let riffle =
                way == .terminating
                ? try await stage.terminatingRiffle(before: behind.base)
                : try await stage.riffle(before: behind.base, dialect: "s3")
            let expected = try await history(stage, plain.base)
            let seen = try await history(stage, riffle.url)
            #expect(seen == expected)
        }
    }

    @Test("rclone copies, lists, syncs, moves and purges", arguments: Way.allCases)
    func rclone(_ way: Way) async throws {
        try await compare(way) { stage, url in
            let local = try stage.folder.makeFolder("local-\(UInt32.random(in: 0...UInt32.max))")
            try Tree.bushy(width: 2).build(at: local)
            var seen: [String] = []
            func rclone(_ arguments: [String]) async throws -> Command {
                try await Command.run(
                    Programs.installed("rclone"),
                    arguments + [
                        "--config", "/dev/null", "--s3-provider", "Other", "--s3-endpoint", url,
                        "--s3-access-key-id", "alice", "--s3-secret-access-key", "alice-secret", "--retries", "1",
                        "--low-level-retries", "1",
                    ], environment: ["AWS_CA_BUNDLE": ""])
            }
            func step(_ arguments: String...) async throws {
                let result = try await rclone(arguments)
                #expect(result.status == 0, "\(arguments): \(result.errors)")
                for listing in [["lsf", "-R"], ["lsf"]] {
                    let listed = try await rclone(listing + ["--format", "ps", ":s3:docs"])
                    seen.append(listed.output.split(separator: "\n").sorted().joined(separator: "\n"))
                }
            }
            try await step("mkdir", ":s3:docs")
            try await step("copy", local, ":s3:docs/copied")
            try FileManager.default.removeItem(atPath: local + "/folder 1")
            try Data("changed and longer".utf8).write(to: URL(fileURLWithPath: local + "/file 0.txt"))
            try await step("sync", local, ":s3:docs/copied")
            try await step("moveto", ":s3:docs/copied/folder 0", ":s3:docs/a/moved")
            try await step("copyto", ":s3:docs/copied/file 0.txt", ":s3:docs/again.txt")
            try await step("deletefile", ":s3:docs/again.txt")
            try await step("purge", ":s3:docs/copied")
            seen.append(try await rclone(["lsd", ":s3:"]).output.split(separator: " ").last.map(String.init) ?? "")
            return seen
        }
    }

    @Test("s3cmd makes, puts, copies, lists and deletes", arguments: Way.allCases)
    func s3cmd(_ way: Way) async throws {
        try await compare(way) { stage, url in
            let file = try stage.folder.write("from s3cmd", to: "upload.txt")
            let host = url.replacingOccurrences(of: "http://", with: "")
            var seen: [String] = []
            func step(_ arguments: String...) async throws {
                let result = try await Command.run(
                    Programs.installed("s3cmd"),
                    [
                        "-c", "/dev/null", "--access_key=alice", "--secret_key=alice-secret", "--host=\(host)",
                        "--host-bucket=\(host)", "--no-ssl", "--no-progress",
                    ] + arguments)
                #expect(result.status == 0, "\(arguments): \(result.output) \(result.errors)")
                let timeless = result.output.replacing(#/\d{4}-\d\d-\d\d \d\d:\d\d/#, with: "TIME")
                    .replacing(#/in [\d.]+ seconds.*|[\d.]+ .?B/s/#, with: "")
                seen.append(String(timeless))
            }
            try await step("mb", "s3://docs")
            try await step("ls", "s3://docs")
            try await step("put", file, "s3://docs/a/one.txt")
            try await step("ls", "s3://docs/a/")
            try await step("put", file, "s3://docs/a/b/two & three.txt")
            try await step("ls", "-r", "s3://docs")
            try await step("cp", "s3://docs/a/one.txt", "s3://docs/copy.txt")
            try await step("ls", "s3://docs")
            try await step("mv", "s3://docs/copy.txt", "s3://docs/moved.txt")
            try await step("ls", "s3://docs")
            try await step("del", "s3://docs/a/one.txt")
            try await step("ls", "s3://docs/a/")
            try await step("del", "-r", "-f", "s3://docs/a")
            try await step("ls", "-r", "s3://docs")
            return seen
        }
    }
}
