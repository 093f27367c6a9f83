import Foundation
import Testing

@testable import SlowOrigin

@Suite("A tree served as S3")
struct S3Tests {
    /// Serves the tree `sub` as a bucket with these keys in it.
    private static func run(
        _ keys: [String], users: String? = nil, _ body: (Served) async throws -> Void
    ) async throws {
        try await Served.run { options in
            options.dialect = .s3
            if let users { options.users = try UserFile(parsing: users, source: "users") }
        } _: { (served: Served) async throws in
            for key in keys {
                let file = served.folder.appending(path: "sub/" + key)
                try FileManager.default.createDirectory(
                    at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
                try Data("x".utf8).write(to: file)
            }
            try await body(served)
        }
    }

    /// What one listing names, in order; prefixes in brackets, `…` when more follows.
    private static func list(_ served: Served, _ query: String) async throws -> [String] {
        let answer = try await served.send("GET", "/sub?" + query)
        #expect(answer.status == 200)
        var names = answer.body.matches(of: #/<Contents><Key>(.*?)<\/Key>|<CommonPrefixes><Prefix>(.*?)<\/Prefix>/#)
            .map { match in match.1.map { String($0) } ?? "[\(match.2 ?? "")]" }
        if answer.body.contains("<IsTruncated>true<") { names.append("…") }
        return names
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let query: String
        let names: [String]
        var testDescription: String { query }
    }

    @Test(
        "keys come in the order of their bytes, folded at the delimiter, from where it was asked on",
        arguments: [
            Case(query: "", names: ["a-", "a.txt", "a/b/c", "a/d", "a0", "z"]),
            Case(query: "delimiter=/", names: ["a-", "a.txt", "a0", "z", "[a/]"]),
            Case(query: "list-type=2&delimiter=/&prefix=a/", names: ["a/d", "[a/b/]"]),
            Case(query: "list-type=2&prefix=a", names: ["a-", "a.txt", "a/b/c", "a/d", "a0"]),
            Case(query: "list-type=2&prefix=a&delimiter=b", names: ["a-", "a.txt", "a/d", "a0", "[a/b]"]),
            Case(query: "list-type=2&max-keys=3", names: ["a-", "a.txt", "a/b/c", "…"]),
            Case(query: "list-type=2&start-after=a/b/c", names: ["a/d", "a0", "z"]),
            Case(query: "marker=a/&delimiter=/", names: ["a0", "z"]),
            Case(query: "marker=a.txt&delimiter=/&max-keys=1", names: ["[a/]", "…"]),
            Case(query: "max-keys=0", names: []),
            Case(query: "prefix=no/", names: []),
        ])
    func order(_ sample: Case) async throws {
        try await Self.run(["a/b/c", "a/d", "a.txt", "a-", "a0", "z"]) { (served: Served) async throws in
            #expect(try await Self.list(served, sample.query) == sample.names)
        }
    }

    @Test("a folder without keys is not there, one with a key of its own is")
    func folders() async throws {
        try await Self.run(["a/b/c"]) { (served: Served) async throws in
            #expect(try await served.send("PUT", "/sub/made/", [], "").status == 200)
            #expect(try await Self.list(served, "") == ["a/b/c", "made/"])
            #expect(try await served.send("DELETE", "/sub/a/b/c").status == 204)
            #expect(try await Self.list(served, "delimiter=/") == ["[made/]"])
            #expect(!FileManager.default.fileExists(atPath: served.folder.appending(path: "sub/a").path))
            #expect(try await served.send("DELETE", "/sub").status == 409)
            #expect(try await served.send("DELETE", "/sub/made/").status == 204)
            #expect(try await served.send("DELETE", "/sub").status == 204)
        }
    }

    @Test(
        "what no file can hold is no place",
        arguments: ["a//b", "../secret", "a/../b", ".", "a\0b", "a/.slow-origin-upload-x"])
    func refused(_ key: String) {
        #expect(throws: S3Error.self) { try S3Keys.place("sub", key) }
    }

    @Test("without users everybody may, with users only who signs")
    func users() async throws {
        try await Self.run(["a"]) { (served: Served) async throws in
            let answer = try await served.send("GET", "/sub?list-type=2")
            #expect(answer.status == 200)
        }
        try await Self.run(["a"], users: "user alice password=secret\nallow /\n") { (served: Served) async throws in
            let answer = try await served.send("GET", "/sub?list-type=2")
            #expect(answer.status == 403 && answer.body.contains("<Code>AccessDenied</Code>"))
            let basic = try await served.send("GET", "/sub", [("Authorization", "Basic YWxpY2U6c2VjcmV0")])
            #expect(basic.status == 400)
        }
    }
}
