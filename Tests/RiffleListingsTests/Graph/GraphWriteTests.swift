import RiffleHTTP
import Testing

@testable import RiffleListings

@Suite("What a write to Graph changes")
struct GraphRuleTests {
    static func effects(_ line: String, _ fields: [String] = [], body: String? = nil) -> WriteEffects? {
        let bytes = Array(Asked.head(line, fields).utf8)
        var head = RequestHead()
        return bytes.withUnsafeBytes { bytes -> WriteEffects? in
            guard RequestParser.parse(bytes, into: &head) == .complete else { return nil }
            return Dialect.graph.effects(of: head, bytes: bytes, body: body.map { Array($0.utf8) })
        }
    }

    private static func answer(_ status: Int, _ body: String? = nil, location: String? = nil) -> WriteAnswer {
        WriteAnswer(status: status, location: location, body: body.map { Array($0.utf8) })
    }

    private static func item(_ id: String, _ name: String, in parent: String, at path: String, folder: Bool = false)
        -> String
    {
        #"{"id":"\#(id)","name":"\#(name)"\#(folder ? #","folder":{}"# : ""),"parentReference":{"driveId":"D","id":"\#(parent)","path":"/drives/D/root:\#(path)"}}"#
    }

    private static func tag(_ text: String) -> FolderEffect { .subtree(Array(text.utf8)) }
    private static let anyItem = FolderEffect.subtree(GraphNames.someItem)

    @Test(
        "an item that moves or ends is looked up first, by the address the request gives",
        arguments: [
            ("DELETE /v1.0/drives/D/items/1", "/v1.0/drives/D/items/1"),
            ("PATCH /v1.0/me/drive/root:/a/b%20c:", "/v1.0/me/drive/root:/a/b%20c"),
            ("POST /v1.0/me/drive/items/1/invite", "/v1.0/me/drive/items/1"),
            ("DELETE /beta/me/drive/items/1/permissions/p", "/beta/me/drive/items/1"),
            ("POST /v1.0/me/drive/root:/a/n:/createUploadSession", "/v1.0/me/drive/root:/a"),
            ("POST /v1.0/me/drive/items/1:/n:/createUploadSession", "/v1.0/me/drive/items/1"),
            ("POST /v1.0/me/drive/items/1/createUploadSession", "/v1.0/me/drive/items/1"),
        ])
    func lookUps(line: String, target: String) throws {
        let effects = try #require(Self.effects(line))
        let asked = try #require(effects.lookUp)
        #expect(String(decoding: asked, as: UTF8.self) == target + "?$select=id,name,folder,package,parentReference")
    }

    @Test("a removed file voids the listing it lay in, that folder's row, and what is unknown")
    func removal() throws {
        let effects = try #require(Self.effects("DELETE /v1.0/me/drive/items/1"))
        let known = Dialect.graph.refined(effects, by: Self.answer(200, Self.item("1", "f", in: "P", at: "/a/b")))
        let changes = Dialect.graph.aftermath(known, answer: Self.answer(204)).changes
        #expect(
            Set(changes) == [
                Self.anyItem, .folder(Array("/me/drive/items/1/".utf8)), Self.tag("graph item 1"),
                Self.tag("graph item p"), Self.tag("graph place d/a/"),
            ])
    }

    @Test("a removed folder voids its whole tree too")
    func removedFolder() throws {
        let effects = try #require(Self.effects("DELETE /v1.0/me/drive/items/1"))
        let known = Dialect.graph.refined(
            effects, by: Self.answer(200, Self.item("1", "F", in: "P", at: "", folder: true)))
        #expect(known.changes.contains(Self.tag("graph tree d/f/")))
        #expect(known.changes.contains(.subtree(GraphNames.somePath)))
        #expect(!known.changes.contains(.everything))
    }

    @Test("where the look-up fails, everything that it could be is voided")
    func failedLookUp() throws {
        let effects = try #require(Self.effects("DELETE /v1.0/me/drive/items/1"))
        for answer in [nil, Self.answer(500), Self.answer(200, "{}"), Self.answer(404, "{}")] {
            #expect(Dialect.graph.refined(effects, by: answer).changes == [.everything])
        }
        let drive = try #require(Self.effects("DELETE /v1.0/drives/D/items/1"))
        let changes = Dialect.graph.refined(drive, by: nil).changes
        #expect(changes.contains(Self.tag("graph drive d")))
        #expect(changes.contains(.subtree(GraphNames.someDrive)))
    }

    @Test("a move voids the folder it left and the folder it came to")
    func move() throws {
        let effects = try #require(Self.effects("PATCH /v1.0/me/drive/items/1", body: "{}"))
        let known = Dialect.graph.refined(effects, by: Self.answer(200, Self.item("1", "f", in: "P", at: "/a")))
        let moved = Self.answer(200, Self.item("1", "f", in: "Q", at: "/b/c"))
        let changes = Dialect.graph.aftermath(known, answer: moved).changes
        for name in ["graph item p", "graph item q", "graph place d/", "graph place d/b/"] {
            #expect(changes.contains(Self.tag(name)), "\(name)")
        }
        #expect(!changes.contains(.subtree(GraphNames.somePath)))
    }

    @Test("a renamed folder voids what lies below its old and its new name")
    func renamedFolder() throws {
        let effects = try #require(Self.effects("PATCH /v1.0/me/drive/items/1", body: "{}"))
        let known = Dialect.graph.refined(
            effects, by: Self.answer(200, Self.item("1", "old", in: "P", at: "/a", folder: true)))
        let changes = Dialect.graph.aftermath(
            known, answer: Self.answer(200, Self.item("1", "New", in: "P", at: "/a", folder: true))
        ).changes
        for name in ["graph tree d/a/old/", "graph tree d/a/new/"] {
            #expect(changes.contains(Self.tag(name)), "\(name)")
        }
    }

    @Test(
        "a creation is known by its answer",
        arguments: [
            "PUT /v1.0/me/drive/root:/a/f:/content", "POST /v1.0/me/drive/root:/a:/children",
            "PUT /v1.0/me/drive/items/P:/f:/content", "PUT /v1.0/me/drive/items/P/children/f/content", "PUT /rup/xyz",
        ])
    func creation(line: String) throws {
        let effects = try #require(Self.effects(line))
        #expect(effects.lookUp == nil)
        #expect(effects.outcome == .inBody)
        let changes = Dialect.graph.aftermath(
            effects, answer: Self.answer(201, Self.item("1", "f", in: "P", at: "/a"))
        ).changes
        #expect(changes.contains(Self.tag("graph item p")))
        #expect(changes.contains(Self.tag("graph place d/")))
        #expect(!changes.contains(.everything))
        // An outcome nobody knows is taken for a write.
        for answer in [nil, Self.answer(500), Self.answer(201, "")] {
            #expect(Dialect.graph.aftermath(effects, answer: answer).changes.contains(.everything))
        }
    }

    @Test("a definite refusal voids nothing", arguments: [400, 401, 403, 404, 409, 412, 423, 429])
    func refusal(status: Int) throws {
        for line in [
            "DELETE /v1.0/me/drive/items/1", "PUT /v1.0/me/drive/root:/f:/content", "PATCH /v1.0/me/drive/items/1",
        ] {
            let effects = try #require(Self.effects(line))
            #expect(Dialect.graph.aftermath(effects, answer: Self.answer(status)).changes.isEmpty)
        }
    }

    @Test("a copy looks up its source, then where it goes, and is followed to its end")
    func copy() throws {
        let line = "POST /v1.0/me/drive/items/1/copy"
        var effects = try #require(
            Self.effects(line, ["Content-Length: 9"], body: #"{"parentReference":{"id":"Q"},"name":"n"}"#))
        effects = Dialect.graph.refined(effects, by: Self.answer(200, Self.item("1", "f", in: "P", at: "/a")))
        let next = try #require(effects.lookUp)
        #expect(String(decoding: next, as: UTF8.self).hasPrefix("/v1.0/drives/D/items/Q?"))
        effects = Dialect.graph.refined(
            effects, by: Self.answer(200, Self.item("Q", "q", in: "R", at: "/b", folder: true)))
        #expect(effects.lookUp == nil)
        let after = Dialect.graph.aftermath(effects, answer: Self.answer(202, location: "https://o/monitor/1"))
        #expect(after.changes.contains(Self.tag("graph item q")))
        #expect(after.changes.contains(Self.tag("graph item r")))
        #expect(after.followUp == .monitor(url: "https://o/monitor/1", after.changes))
    }

    @Test("an upload session changes nothing itself, and says where its parts go")
    func session() throws {
        var effects = try #require(Self.effects("POST /v1.0/me/drive/root:/a/n:/createUploadSession"))
        effects = Dialect.graph.refined(
            effects, by: Self.answer(200, Self.item("P", "a", in: "R", at: "", folder: true)))
        let after = Dialect.graph.aftermath(effects, answer: Self.answer(200, #"{"uploadUrl":"https://up/1"}"#))
        #expect(after.changes.isEmpty)
        guard case .upload(let link, let folders, _) = after.followUp else {
            Issue.record("no upload is followed")
            return
        }
        #expect(String(decoding: link.value, as: UTF8.self) == "https://up/1")
        #expect(folders.contains(Self.tag("graph item p")))
        // A part that is not the last one changes nothing.
        let part = try #require(Self.effects("PUT /up/1", ["Content-Length: 5"]))
        #expect(
            Dialect.graph.aftermath(part, answer: Self.answer(202, #"{"nextExpectedRanges":["5-"]}"#)).changes.isEmpty)
    }

    @Test("of a batch each part is judged by its own answer")
    func batch() throws {
        let body = """
            {"requests":[{"id":"1","method":"POST","url":"/me/drive/root/children","body":{}},\
            {"id":"2","method":"GET","url":"/me/drive/root/children"}]}
            """
        let effects = try #require(Self.effects("POST /v1.0/$batch", ["Content-Length: 9"], body: body))
        func changes(_ part: String) -> [FolderEffect] {
            Dialect.graph.aftermath(effects, answer: Self.answer(200, #"{"responses":[\#(part)]}"#)).changes
        }
        #expect(
            changes(#"{"id":"1","status":201,"body":\#(Self.item("1", "f", in: "P", at: ""))}"#).contains(
                Self.tag("graph item p")))
        #expect(changes(#"{"id":"1","status":409,"body":{}}"#) == [Self.anyItem])
        #expect(changes(#"{"id":"1","status":201,"body":{}}"#) == [.everything])
        #expect(changes(#"{"id":"2","status":200,"body":{}}"#) == [.everything])
        let reads = try #require(
            Self.effects(
                "POST /v1.0/$batch", ["Content-Length: 9"],
                body: #"{"requests":[{"id":"2","method":"GET","url":"/me"}]}"#))
        #expect(Dialect.graph.aftermath(reads, answer: Self.answer(200, "{}")).changes.isEmpty)
    }

    @Test(
        "what is none of Graph's paths may change everything",
        arguments: ["POST /x", "PUT /v1.0/sites/s/lists/l/items/1", "PATCH /v1.0/me/x"])
    func unknown(line: String) throws {
        let effects = try #require(Self.effects(line))
        #expect(effects.changes == [.everything])
    }

    @Test("subscriptions and searches change no listing")
    func harmless() throws {
        for line in ["POST /v1.0/subscriptions", "POST /v1.0/search/query"] {
            let effects = try #require(Self.effects(line))
            #expect(Dialect.graph.aftermath(effects, answer: Self.answer(201, "{}")).changes.isEmpty)
        }
    }
}
