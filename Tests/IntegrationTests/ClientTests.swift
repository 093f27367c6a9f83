import Foundation
import Testing

@Suite("Real clients behave through riffle as directly", .serialized, .showingServers, .timeLimit(.minutes(5)))
struct ClientTests {
    private func rclone(_ url: String, _ arguments: [String]) async throws -> Command {
        try await Command.run(
            Programs.installed("rclone"),
            arguments + ["--config", "/dev/null", "--webdav-url", url, "--retries", "1", "--low-level-retries", "1"])
    }

    /// Names and contents of a tree on disk.
    private func contents(_ root: String) -> [String: String] {
        var found: [String: String] = [:]
        for case let name as String in FileManager.default.enumerator(atPath: root) ?? .init() {
            if name.hasPrefix(".DAV") || name.contains("/.DAV") { continue }
            found[name] =
                FileManager.default.contents(atPath: root + "/" + name).map { String(decoding: $0, as: UTF8.self) }
                ?? "folder"
        }
        return found
    }

    /// The same history at Apache directly and at another Apache through riffle must leave the same trees.
    private func compare(_ history: (Stage, _ url: String) async throws -> [String]) async throws {
        try await onStage { stage in
            let plain = try await stage.apache()
            let behind = try await stage.apache()
            let riffle = try await stage.riffle(before: behind.url)
            let expected = try await history(stage, plain.url)
            let seen = try await history(stage, riffle.url)
            #expect(seen == expected)
            #expect(contents(behind.root) == contents(plain.root))
        }
    }

    @Test("rclone copies, syncs, moves, lists and purges")
    func rcloneHistory() async throws {
        try await compare { stage, url in
            let local = try stage.folder.makeFolder("local-\(UInt32.random(in: 0...UInt32.max))")
            try Tree.bushy(width: 2).build(at: local)
            var seen: [String] = []
            func step(_ arguments: String...) async throws {
                let result = try await rclone(url, arguments)
                #expect(result.status == 0, "\(arguments): \(result.errors)")
                let listed = try await rclone(url, ["lsf", "-R", "--format", "ps", ":webdav:"])
                #expect(listed.status == 0, "\(listed.errors)")
                seen.append(listed.output.split(separator: "\n").sorted().joined(separator: "\n"))
            }
            try await step("copy", local, ":webdav:copied")
            try await step("copy", local, ":webdav:copied", "--ignore-times")
            try FileManager.default.removeItem(atPath: local + "/folder 1")
            try Data("changed and longer".utf8).write(to: URL(fileURLWithPath: local + "/file 0.txt"))
            try await step("sync", local, ":webdav:copied")
            try await step("moveto", ":webdav:copied/folder 0", ":webdav:a/moved")
            try await step("moveto", ":webdav:a/one.txt", ":webdav:b/renamed.txt")
            try await step("copyto", ":webdav:b/four.txt", ":webdav:b/again.txt")
            try await step("mkdir", ":webdav:made/below")
            try await step("purge", ":webdav:copied")
            try await step("deletefile", ":webdav:top.txt")
            try await step("rmdir", ":webdav:made/below")
            let check = try await rclone(url, ["cat", ":webdav:b/renamed.txt"])
            seen.append(check.output)
            return seen
        }
    }

    @Test("cadaver makes, moves, copies and deletes")
    func cadaverHistory() async throws {
        try await compare { stage, url in
            let file = try stage.folder.write("from cadaver", to: "upload.txt")
            let script = """
                ls
                cd a
                ls
                mkcol made
                ls
                put \(file) made/up.txt
                ls made
                copy made/up.txt copy.txt
                ls
                move copy.txt ../b/moved.txt
                ls
                ls ../b
                delete one.txt
                rmcol made
                ls
                cd ../b
                ls
                propset four.txt colour red
                propget four.txt colour
                quit

                """
            let result = try await Command.run(
                Programs.installed("cadaver"), [url + "/"], environment: ["TERM": "dumb"], input: script)
            #expect(result.status == 0, "\(result.errors)")
            // The URL and the time of day are the only things that may differ.
            return result.output.replacingOccurrences(of: url, with: "URL").split(separator: "\n").map { line in
                String(line.replacing(#/[A-Z][a-z]{2} +\d+ +\d\d:\d\d/#, with: "TIME"))
            }
        }
    }

    @Test("curl uploads, downloads, asks for ranges and conditions")
    func curlHistory() async throws {
        try await compare { stage, url in
            var seen: [String] = []
            func curl(_ arguments: String...) async throws {
                let format = "\n%{http_code} %{size_download} %{content_type} %{redirect_url}"
                let result = try await Command.run(
                    Programs.installed("curl"), ["-sS", "--path-as-is", "-w", format] + arguments)
                #expect(result.status == 0, "\(result.errors)")
                seen.append(result.output.replacingOccurrences(of: url, with: "URL"))
            }
            let file = try stage.folder.write(String(repeating: "0123456789", count: 5_000), to: "numbers.txt")
            try await curl("-T", file, url + "/a/numbers.txt", "-o", "/dev/null")
            try await curl("-T", file, "-H", "Transfer-Encoding: chunked", url + "/a/chunked.txt", "-o", "/dev/null")
            try await curl("-T", file, "-H", "Expect: 100-continue", url + "/a/expect.txt", "-o", "/dev/null")
            try await curl(url + "/a/numbers.txt")
            try await curl("-r", "10-29", url + "/a/numbers.txt")
            try await curl("-I", "-o", "/dev/null", url + "/a/numbers.txt")
            try await curl("-H", "If-None-Match: \"nothing\"", url + "/a/one.txt")
            try await curl("-H", "If-Modified-Since: Fri, 01 Jan 2100 00:00:00 GMT", url + "/a/one.txt")
            try await curl("-X", "OPTIONS", "-o", "/dev/null", url + "/a/")
            try await curl("-X", "DELETE", "-o", "/dev/null", url + "/a/numbers.txt")
            try await curl("-o", "/dev/null", url + "/a/numbers.txt")
            try await curl("-X", "PROPFIND", "-H", "Depth: 1", "-o", "/dev/null", url + "/nothing/")
            try await curl("-o", "/dev/null", url + "/a")
            return seen
        }
    }

    @Test("a WebDAV compliance suite scores the same")
    func litmus() async throws {
        try await compare { _, url in
            let result = try await Command.run(
                Programs.installed("litmus"), ["-k", url + "/"], environment: ["TERM": "dumb"], within: .seconds(200))
            let summaries = result.output.split(separator: "\n").filter { $0.contains("<- summary") }
            #expect(summaries.count == 5, "\(result.output) \(result.errors)")
            #expect(summaries.allSatisfy { $0.contains("100.0%") })
            let failures = result.output.split(whereSeparator: { $0 == "\n" || $0 == "\r" })
                .filter { $0.contains("FAIL") || $0.contains("WARNING") }
            return (summaries + failures).map(String.init)
        }
    }
}
