import RiffleHTTP
import Testing

@testable import RiffleListings

/// Which stored listings a write may change.
@Suite struct WriteTests {
    static func effects(
        _ line: String, _ fields: [String] = [], ancestors: AncestorPolicy = .parentRow
    ) -> WriteEffects? {
        let bytes = Array(Asked.head(line, fields).utf8)
        return bytes.withUnsafeBytes { bytes in
            var head = RequestHead()
            guard RequestParser.parse(bytes, into: &head) == .complete else { return nil }
            var rules = DialectRules()
            rules.ancestors = ancestors
            return Dialect.webdav.effects(of: head, bytes: bytes, rules: rules)
        }
    }

    /// `=/a/` for a folder, `/a/**` for a subtree, `*` for everything.
    static func spell(_ effects: [FolderEffect]) -> Set<String> {
        Set(
            effects.map {
                switch $0 {
                case .folder(let path): "=" + String(decoding: path, as: UTF8.self)
                case .subtree(let path): String(decoding: path, as: UTF8.self) + "**"
                case .everything: "*"
                }
            })
    }

    struct Case: Sendable, CustomTestStringConvertible {
        var line: String
        var fields: [String] = []
        var changes: Set<String>
        var testDescription: String { "\(line) \(fields)" }
    }

    @Test(
        "a write changes the listings that show what it touched",
        arguments: [
            Case(line: "PUT /a/b/c.txt", changes: ["=/a/b/c.txt/", "=/a/b/", "=/a/"]),
            Case(line: "PUT /a/b%20c/%64.txt", changes: ["=/a/b%20c/d.txt/", "=/a/b%20c/", "=/a/"]),
            Case(line: "MKCOL /a/b/c/", changes: ["=/a/b/c/", "=/a/b/", "=/a/"]),
            Case(line: "PROPPATCH /a/b", changes: ["=/a/b/", "=/a/", "=/"]),
            Case(line: "PATCH /a", changes: ["=/a/", "=/"]),
            Case(line: "DELETE /a/b/c", changes: ["/a/b/c/**", "=/a/b/", "=/a/"]),
            Case(line: "DELETE /", changes: ["/**"]),
            Case(
                line: "LOCK /a/b", fields: ["Content-Length: 9"],
                changes: ["=/a/b/", "=/a/", "=/", "L/a/b/**", "l/a/**"]),
            Case(line: "LOCK /a/b", changes: ["L/a/b/**", "l/a/**"]),
            Case(line: "UNLOCK /a/b/", changes: ["L/a/b/**", "l/a/**"]),
            Case(line: "UNLOCK /", changes: ["L/**"]),
            Case(line: "POST /a/", changes: ["/a/**", "=/"]),
            Case(
                line: "MOVE /a/b/x", fields: ["Destination: http://files.test/c/d/y"],
                changes: ["/a/b/x/**", "=/a/b/", "=/a/", "/c/d/y/**", "=/c/d/", "=/c/"]),
            Case(
                line: "MOVE /a/x", fields: ["Destination: /a/y%20z"], changes: ["/a/x/**", "/a/y%20z/**", "=/a/", "=/"]),
            Case(
                line: "COPY /a/x", fields: ["Destination: https://other:8443/b/y/"], changes: ["/b/y/**", "=/b/", "=/"]),
            Case(line: "MOVE /a/x", fields: ["Destination: nonsense"], changes: ["*"]),
            Case(line: "MOVE /a/x", fields: ["Destination: /b/../c"], changes: ["*"]),
            Case(line: "MOVE /a/x", fields: ["Destination: /b", "Destination: /c"], changes: ["*"]),
            Case(line: "PUT /a/../b", changes: ["*"]),
            Case(line: "PUT /a//b", changes: ["*"]),
            Case(line: "PUT /a/b;v=1/c", changes: ["/a/**", "=/"]),
            Case(line: "ACL /a/b/c", changes: ["/a/b/**", "=/a/"]),
            Case(line: "PUT /a/b", fields: ["X-Original-URL: /z"], changes: ["*"]),
            Case(line: "POST /a/b/c", fields: ["X-HTTP-Method-Override: DELETE"], changes: ["/a/b/**", "=/a/"]),
        ])
    func changes(of write: Case) throws {
        let effects = try #require(Self.effects(write.line, write.fields))
        #expect(Self.spell(effects.changes) == write.changes)
        #expect(effects.fence == effects.changes)
    }

    @Test("on Nextcloud a write shows in every ancestor up to the root")
    func toRoot() throws {
        let effects = try #require(Self.effects("PUT /a/b/c/d", ancestors: .toRoot))
        #expect(Self.spell(effects.changes) == ["=/a/b/c/d/", "=/a/b/c/", "=/a/b/", "=/a/", "=/"])
    }

    @Test("a path as long as a request may be has a bounded number of effects")
    func deep() throws {
        let deep = String(repeating: "/a", count: 3_000)
        let effects = try #require(Self.effects("PUT \(deep)", ancestors: .toRoot))
        #expect(effects.changes.count <= WriteRules.effectLimit)
    }

    @Test("what may have happened is voided again", arguments: [nil, 200, 201, 204, 207, 301, 408, 500, 502, 503, 507])
    func mayHaveHappened(status: Int?) throws {
        let effects = try #require(Self.effects("PUT /a/b"))
        #expect(Dialect.webdav.aftermath(effects, status: status) == effects.changes)
    }

    @Test("a definite refusal changed nothing", arguments: [400, 401, 403, 404, 405, 409, 412, 415, 423, 424, 429])
    func refused(status: Int) throws {
        let effects = try #require(Self.effects("MKCOL /a/b"))
        #expect(Dialect.webdav.aftermath(effects, status: status).isEmpty)
    }

    @Test("a refusal of a whole tree may come after a part of it", arguments: ["DELETE", "MOVE", "COPY"])
    func partial(method: String) throws {
        let effects = try #require(Self.effects("\(method) /a/b", ["Destination: /c/d"]))
        for status in [403, 409, 424] {
            #expect(Dialect.webdav.aftermath(effects, status: status) == effects.changes)
        }
        for status in [401, 404, 405, 412] {
            #expect(Dialect.webdav.aftermath(effects, status: status).isEmpty)
        }
    }
}
