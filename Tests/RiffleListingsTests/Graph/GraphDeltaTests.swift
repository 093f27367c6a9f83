import Testing

@testable import RiffleListings

@Suite("What a delta query says has changed")
struct GraphDeltaTests {
    private static let scope = FolderEffect.subtree(Array("/me/drive/".utf8))

    private static func row(
        _ id: String, _ name: String = "n", in parent: String = "P", created: String = "2020-01-01T00:00:00Z",
        _ more: String = ""
    ) -> String {
        #"{"id":"\#(id)","name":"\#(name)","createdDateTime":"\#(created)","parentReference":{"driveId":"D","id":"\#(parent)"}\#(more)}"#
    }

    private static func page(_ rows: String...) throws -> GraphDelta {
        let body = #"{"@odata.deltaLink":"https://o/d?token=1","value":[\#(rows.joined(separator: ","))]}"#
        return try #require(GraphDelta(Array(body.utf8)))
    }

    private static func item(_ id: String) -> FolderEffect { .subtree(GraphNames.item(Array(id.utf8))) }

    private static func map() -> GraphItemMap {
        var map = GraphItemMap()
        map.heard(at: Array("2026-01-01T00:00:00Z".utf8))
        map.learn([
            ListedItem(id: Array("F".utf8), parent: Array("P".utf8), name: Array("n".utf8), isFolder: false),
            ListedItem(id: Array("P".utf8), parent: Array("R".utf8), name: Array("p".utf8), isFolder: true),
        ])
        return map
    }

    @Test("a known file that moved voids the folder it left and the one it came to")
    func move() throws {
        var map = Self.map()
        let effects = map.effects(of: try Self.page(Self.row("F", in: "Q")), scope: Self.scope)
        for id in ["F", "P", "Q", "R"] { #expect(effects.contains(Self.item(id)), "\(id)") }
        #expect(!effects.contains(Self.scope))
        // And is remembered where it is now.
        #expect(map.effects(of: try Self.page(Self.row("F", in: "S")), scope: Self.scope).contains(Self.item("Q")))
    }

    @Test("an unknown item may have lain anywhere, unless it was just made")
    func unknown() throws {
        var map = Self.map()
        #expect(map.effects(of: try Self.page(Self.row("X")), scope: Self.scope).contains(Self.scope))
        let new = Self.row("Y", created: "2026-06-01T00:00:00Z")
        let effects = map.effects(of: try Self.page(new), scope: Self.scope)
        #expect(!effects.contains(Self.scope))
        #expect(effects.contains(Self.item("P")))
    }

    @Test("a folder that is where it was, under its name, is only there because of something below it")
    func context() throws {
        var map = Self.map()
        let folder = Self.row("P", "p", in: "R", #","folder":{}"#)
        #expect(map.effects(of: try Self.page(folder), scope: Self.scope).isEmpty)
        let renamed = Self.row("P", "q", in: "R", #","folder":{}"#)
        #expect(map.effects(of: try Self.page(renamed), scope: Self.scope).contains(Self.scope))
    }

    @Test("a deleted item voids where it lay, or everything when that is not known")
    func deletion() throws {
        var map = Self.map()
        let deleted = #"{"id":"F","deleted":{"state":"deleted"},"parentReference":{"driveId":"D"}}"#
        let effects = map.effects(of: try Self.page(deleted), scope: Self.scope)
        #expect(effects.contains(Self.item("P")))
        #expect(!effects.contains(Self.scope))
        #expect(map.effects(of: try Self.page(deleted), scope: Self.scope).contains(Self.scope))
    }

    @Test("nothing new voids nothing, and the root's own row neither")
    func nothing() throws {
        var map = Self.map()
        #expect(map.effects(of: try Self.page(), scope: Self.scope).isEmpty)
        let root = #"{"id":"R","name":"root","root":{},"folder":{},"parentReference":{"driveId":"D"}}"#
        #expect(map.effects(of: try Self.page(root), scope: Self.scope).isEmpty)
    }

    @Test(
        "an answer that does not say where to go on is none",
        arguments: ["", "{}", #"{"value":[]}"#, #"{"@odata.deltaLink":"x","value":[{]}"#])
    func refused(body: String) {
        #expect(GraphDelta(Array(body.utf8)) == nil)
    }

    @Test("notifications ring only for who knows the client state, and name what must be renewed")
    func notifications() throws {
        func read(_ items: String) -> GraphNotifications? { GraphNotifications(Array(#"{"value":[\#(items)]}"#.utf8)) }
        let one = try #require(read(#"{"subscriptionId":"s","clientState":"secret","changeType":"updated"}"#))
        #expect(one.rings(for: "secret"))
        #expect(!one.rings(for: "secre") && !one.rings(for: "other!") && !one.rings(for: ""))
        let mixed = try #require(read(#"{"clientState":"secret"},{"clientState":"x"}"#))
        #expect(!mixed.rings(for: "secret"))
        for (event, renewals) in [
            ("reauthorizationRequired", ["s"]), ("subscriptionRemoved", ["s"]), ("missed", []),
        ] {
            let told = try #require(
                read(#"{"subscriptionId":"s","clientState":"secret","lifecycleEvent":"\#(event)"}"#))
            #expect(told.rings(for: "secret"))
            #expect(told.renewals == renewals)
        }
        #expect(read("") == nil)
        #expect(read("1") == nil)
    }

    @Test("the handshake's token comes back decoded")
    func handshake() {
        #expect(GraphNotifications.validationToken(Array("/h?a=b&validationToken=Val%3a+x%20y".utf8)) == "Val: x y")
        #expect(GraphNotifications.validationToken(Array("/h?x=1".utf8)) == nil)
        #expect(GraphNotifications.validationToken(Array("/h?validationToken=%4".utf8)) == nil)
    }

    @Test("links that clients follow are found in answers that are no listings")
    func links() throws {
        let body =
            #"{"@odata.nextLink":"https://o/a","value":[{"@odata.nextLink":"no"}],"@odata.deltaLink":"https://o/b"}"#
        let links = try #require(GraphLinks.find(in: Array(body.utf8)))
        #expect(links.map { String(decoding: $0.value, as: UTF8.self) } == ["https://o/a", "https://o/b"])
        #expect(GraphLinks.mayBe(in: Array("/v1.0/me/drive/root/delta?token=x".utf8)))
        #expect(!GraphLinks.mayBe(in: Array("/v1.0/me/drive/items/1/content".utf8)))
    }
}
