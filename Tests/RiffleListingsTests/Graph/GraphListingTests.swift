import Testing

@testable import RiffleListings

@Suite("The answer that lists a folder of Graph")
struct GraphListingTests {
    private static func confirm(_ body: String, _ target: String = "/v1.0/me/drive/root:/a:/children")
        -> RiffleListings.Confirmation
    {
        let asked = Asked("GET \(target)", dialect: .graph)
        return Array(body.utf8).withUnsafeBytes {
            Dialect.graph.confirm(
                status: 200, contentType: "application/json; charset=utf-8", contentEncoding: nil, body: $0,
                path: Array(asked.path.utf8), form: asked.form)
        }
    }

    private static let reference = #""parentReference":{"driveId":"B!D","id":"01P","path":"/drives/B!D/root:/A%20b"}"#

    @Test("tells its folder's item, drive and place")
    func names() throws {
        let shape = try #require(Self.confirm(#"{"value":[{"id":"1","name":"x",\#(Self.reference)}]}"#).shape)
        let names = shape.names.map { String(decoding: $0, as: UTF8.self) }
        #expect(
            Set(names) == [
                "graph item 01p", "graph drive b!d", "graph place b!d/a b/", "graph tree b!d/", "graph tree b!d/a b/",
            ])
    }

    @Test("that tells nothing is of an unknown folder")
    func unknown() throws {
        let shape = try #require(Self.confirm(#"{"value":[]}"#).shape)
        #expect(Set(shape.names) == [GraphNames.someItem, GraphNames.someDrive, GraphNames.somePath])
        let byID = try #require(Self.confirm(#"{"value":[]}"#, "/v1.0/me/drive/items/01Q/children").shape)
        #expect(byID.names.contains(GraphNames.item(Array("01Q".utf8))))
        #expect(!byID.names.contains(GraphNames.someItem))
    }

    @Test(
        "names its folders as they will be asked for",
        arguments: [
            ("/v1.0/me/drive/root/children", ["/me/drive/items/01F/", "/drives/other/items/77/"]),
            ("/v1.0/me/drive/root:/a:/children", ["/me/drive/root/a/f%20o/", "/drives/other/items/77/"]),
            ("/v1.0/drives/d/items/9/children", ["/drives/d/items/01F/", "/drives/other/items/77/"]),
        ])
    func children(target: String, folders: [String]) {
        let body = """
            {"value":[{"id":"01F","name":"f o","folder":{"childCount":3}},{"id":"2","name":"file","file":{}},\
            {"id":"3","name":"null","folder":null},
            {"id":"4","name":"link","remoteItem":{"id":"77","folder":{},"parentReference":{"driveId":"other"}}}]}
            """
        let confirmed = Self.confirm(body, target)
        #expect(confirmed.childFolders == folders)
        #expect(confirmed.shape?.childCount == 4)
    }

    @Test("leads on by its link, wherever that stands in the body")
    func next() throws {
        for body in [
            #"{"@odata.nextLink":"https:\/\/o\/x?a","value":[]}"#,
            #"{"value":[],"@odata.nextLink":"https:\/\/o\/x?a"}"#,
        ] {
            let next = try #require(Self.confirm(body).shape?.next)
            #expect(String(decoding: next.value, as: UTF8.self) == "https://o/x?a")
            #expect(Array(body.utf8)[next.range].elementsEqual(Array(#"https:\/\/o\/x?a"#.utf8)))
        }
    }

    @Test("that carries links to contents is not kept long")
    func shortLinks() throws {
        let body = #"{"value":[{"id":"1","@microsoft.graph.downloadUrl":"https://x"}]}"#
        #expect(Self.confirm(body).shape?.lifeCap == 900_000)
        let plain = try #require(Self.confirm(#"{"value":[{"id":"1"}]}"#).shape)
        #expect(plain.lifeCap == nil)
    }

    @Test(
        "is refused when it is not whole, or not a listing",
        arguments: [
            "", "{}", "[]", #"{"value":{}}"#, #"{"value":[{"id":"1"}"#, #"{"value":[1]}"#, #"{"value":[]} x"#,
            #"{"value":[],"value":[]}"#, #"{"error":{"code":"x"}}"#, #"{"value":[],"error":{}}"#,
            #"{"@odata.nextLink":"a","@odata.nextLink":"b","value":[]}"#,
        ])
    func refused(body: String) {
        #expect(Self.confirm(body).shape == nil)
    }

    @Test("expanded in its folder names that folder, and is refused when there is more of it")
    func expanded() throws {
        let target = "/v1.0/me/drive/items/01P?$expand=children"
        let whole = #"{"id":"01P","name":"p",\#(Self.reference),"children":[{"id":"1"}]}"#
        let shape = try #require(Self.confirm(whole, target).shape)
        #expect(shape.names.contains(GraphNames.item(Array("01P".utf8))))
        let part = #"{"id":"01P","children":[],"children@odata.nextLink":"https://o/x"}"#
        #expect(Self.confirm(part, target) == .refused(.incomplete))
    }
}
