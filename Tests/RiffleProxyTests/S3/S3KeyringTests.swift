import Foundation
import Testing

@testable import RiffleProxy

@Suite("The access keys an operator gives")
struct S3KeyringTests {
    @Test("a key signs as itself at the origin unless it is told otherwise")
    func keys() throws {
        let keyring = try S3Keyring(
            """
            alice: {secret: one}
            guest:
              secret: two
              origin: {accessKey: alice, secret: one}
              allow: [docs, media/public/]
            "12345": {secret: digits}
            """)
        let alice = try #require(keyring[Array("alice".utf8)])
        #expect(alice.originID == "alice" && alice.originSecret == alice.secret)
        let guest = try #require(keyring[Array("guest".utf8)])
        #expect(guest.originID == "alice" && guest.secret == Array("two".utf8))
        #expect(keyring[Array("12345".utf8)] != nil)
        #expect(keyring[Array("nobody".utf8)] == nil)
    }

    @Test(
        "what a key may reach begins with what it is allowed",
        arguments: [
            ("docs/", true), ("docs/a/b", true), ("documents/", false), ("media/public/x", true), ("media/", false),
            ("media/publicity", false), ("", false),
        ])
    func reach(_ place: String, isAllowed: Bool) throws {
        let keyring = try S3Keyring("guest: {secret: two, allow: [docs, media/public/]}")
        #expect(try #require(keyring[Array("guest".utf8)]).mayReach(Array(place.utf8)) == isAllowed)
    }

    @Test(
        "a mistake is told without any secret",
        arguments: [
            ("", "holds no access keys"), ("alice", "holds no access keys"),
            ("alice: {secrt: hunter2}", "takes secret"),
            ("alice: {allow: [docs]}", "has no secret"), ("alice: {secret: hunter2, origin: bob}", "origin takes"),
            ("alice: {secret: hunter2, origin: {accessKey: bob, secret: hunter2}}", "needs `allow`"),
            ("alice: {secret: hunter2, allow: docs}", "allow takes"),
            ("alice: {secret: hunter2, allow: []}", "allow takes"),
        ])
    func mistakes(_ text: String, says: String) {
        let error = #expect(throws: ConfigurationErrors.self) { try S3Keyring(text) }
        let message = error?.errors.map(\.description).joined() ?? ""
        #expect(message.contains(says))
        #expect(!message.contains("hunter2"))
    }

    @Test("a file that others may read is refused, a variable is read by its name")
    func sources() throws {
        let path = "/tmp/riffle-keys-\(UInt64.random(in: 0...UInt64.max))"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try Data("alice: {secret: one}".utf8).write(to: URL(fileURLWithPath: path))
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
        #expect(throws: ConfigurationErrors.self) { try S3Keyring.load(path, [:]) }
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
        #expect(try S3Keyring.load(path, [:]).keys.count == 1)
        #expect(try S3Keyring.load("env:KEYS", ["KEYS": "a: {secret: b}\nc: {secret: d}"]).keys.count == 2)
        #expect(throws: ConfigurationErrors.self) { try S3Keyring.load("env:KEYS", [:]) }
    }

    @Test("settings that can't all be meant are told")
    func contradictions() throws {
        func load(_ options: [(String, String)]) -> [String] {
            var loader = SettingsLoader()
            loader.options = ([("origin.url", "http://127.0.0.1:1"), ("origin.dialect", "s3")] + options)
                .map { ($0.0, $0.1, "--set") }
            do {
                _ = try loader.load()
                return []
            } catch {
                return error.errors.map(\.place)
            }
        }
        #expect(load([]) == [])
        #expect(load([("s3.mode", "terminate")]) == ["s3.credentials"])
        #expect(load([("s3.mode", "terminate"), ("s3.credentials", "/k")]) == [])
        #expect(load([("cache.scope", "all")]) == ["cache.scope"])
    }
}
