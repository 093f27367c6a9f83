import Testing

@Suite("A tree walked by rclone", .showingServers, .timeLimit(.minutes(3)))
struct RcloneWalkTests {
    /// Everything below the root with sizes and times, sorted.
    private func walk(_ url: String) async throws -> String {
        let result = try await Command.run(
            Programs.installed("rclone"),
            ["lsf", "--recursive", "--format", "pst", "--config", "/dev/null", "--webdav-url", url, ":webdav:"])
        #expect(result.status == 0, "\(result.errors)")
        return result.output.split(separator: "\n").sorted().joined(separator: "\n")
    }

    @Test("reads the same through riffle, and the second walk asks the origin nothing")
    func secondWalkIsFree() async throws {
        try await onStage { stage in
            let tree = Tree.bushy(width: 6)
            #expect(tree.entries.count { $0.path.hasSuffix("/") } >= 200)
            let apache = try await stage.apache(tree)
            let riffle = try await stage.riffle(before: apache.url)

            let direct = try await walk(apache.url)
            #expect(direct.split(separator: "\n").count == tree.entries.count)
            #expect(try await walk(riffle.url) == direct)

            let before = try await apache.count("PROPFIND")
            #expect(try await walk(riffle.url) == direct)
            #expect(try await apache.count("PROPFIND") == before)
        }
    }
}
