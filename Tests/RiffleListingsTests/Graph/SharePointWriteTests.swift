import RiffleHTTP
import Testing

@testable import RiffleListings

@Suite("What a write to SharePoint's REST service changes")
struct SharePointWriteTests {
    private static let site = "/sites/s/_api/web"
    private static let folder = site + "/GetFolderByServerRelativeUrl('/sites/s/Docs/a')"
    private static let file = site + "/GetFileByServerRelativeUrl('/sites/s/Docs/a/f')"

    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let line: String
        var fields: [String] = []
        var body: String?
        /// Folders whose listings the write reaches, of ``folders``.
        let reached: [String]
    }

    /// Folders that listings are kept of.
    private static let folders = [
        "/", "/sites/s", "/sites/s/Docs", "/sites/s/Docs/a", "/sites/s/Docs/a/deep", "/sites/s/Docs/b", "/sites/t/Docs",
    ]
    private static let aAndAbove = ["/sites/s/Docs", "/sites/s/Docs/a"]
    private static let docsAndAbove = ["/sites/s", "/sites/s/Docs"]
    private static let treeOfA = ["/sites/s", "/sites/s/Docs", "/sites/s/Docs/a", "/sites/s/Docs/a/deep"]
    private static let siteTree = folders.filter { $0.hasPrefix("/sites/s") }

    @Test(
        "the folder it happens in, its row above, and whole trees that go",
        arguments: [
            Case(
                testDescription: "an upload", line: "POST \(folder)/Files/add(overwrite=true,url='x')",
                reached: aAndAbove),
            Case(
                testDescription: "an upload by path",
                line: "POST \(folder)/Files/AddUsingPath(DecodedUrl='x',overwrite=true)",
                reached: aAndAbove),
            Case(
                testDescription: "an upload in another spelling",
                line: "POST \(site)/getfolderbyserverrelativepath(decodedurl='DOCS/A')/files/ADD(url='x')",
                reached: aAndAbove),
            Case(testDescription: "new contents", line: "PUT \(file)/$value", reached: aAndAbove),
            Case(
                testDescription: "the last part of an upload",
                line: "POST \(file)/FinishUpload(uploadId=guid'1',fileOffset=1)", reached: aAndAbove),
            Case(testDescription: "a new folder", line: "POST \(folder)/Folders/Add('new')", reached: aAndAbove),
            Case(
                testDescription: "a new folder within it", line: "POST \(folder)/AddSubFolder",
                body: #"{"leafName":"x"}"#, reached: aAndAbove),
            Case(
                testDescription: "a new folder that the body names", line: "POST \(site)/folders",
                body: #"{"__metadata":{"type":"SP.Folder"},"ServerRelativeUrl":"/sites/s/Docs/a/new"}"#,
                reached: ["/sites/s"] + aAndAbove),
            Case(
                testDescription: "a new folder, and what it is called is not known", line: "POST \(site)/folders",
                reached: siteTree),
            Case(testDescription: "a file deleted", line: "DELETE \(file)", reached: aAndAbove),
            Case(
                testDescription: "a file deleted by POST", line: "POST \(file)", fields: ["X-HTTP-Method: DELETE"],
                reached: aAndAbove),
            Case(
                testDescription: "a file deleted through its folder", line: "POST \(folder)/Files('f')/recycle",
                reached: aAndAbove),
            Case(testDescription: "a folder recycled", line: "POST \(folder)/recycle", reached: treeOfA),
            Case(
                testDescription: "a folder deleted by POST", line: "POST \(folder)", fields: ["X-HTTP-Method: DELETE"],
                reached: treeOfA),
            Case(
                testDescription: "a folder renamed", line: "POST \(folder)/ListItemAllFields",
                fields: ["X-HTTP-Method: MERGE"], body: #"{"FileLeafRef":"z"}"#, reached: treeOfA),
            Case(
                testDescription: "a file moved", line: "POST \(file)/moveto(newurl='/sites/s/Docs/b/f',flags=1)",
                reached: aAndAbove + ["/sites/s/Docs/b"]),
            Case(
                testDescription: "a folder moved", line: "POST \(folder)/MoveTo(newUrl='/sites/s/Docs/b')",
                reached: treeOfA + ["/sites/s/Docs/b"]),
            Case(
                testDescription: "a folder copied",
                line: "POST \(folder)/CopyToUsingPath(DecodedUrl='/sites/s/Docs/b')",
                reached: docsAndAbove + ["/sites/s/Docs/b"]),
            Case(
                testDescription: "a file copied to a URL",
                line: "POST \(file)/copyto(strnewurl='https://x.test/sites/t/Docs/f',boverwrite=true)",
                reached: aAndAbove + ["/sites/t/Docs"]),
            Case(testDescription: "a move whose end is not known", line: "POST \(file)/moveto()", reached: folders),
            Case(
                testDescription: "an item by its id", line: "POST \(site)/GetFileById('1')/recycle", reached: siteTree),
            Case(
                testDescription: "an item of a list", line: "POST \(site)/lists/getbytitle('Docs')/items(1)/recycle()",
                reached: siteTree),
            Case(
                testDescription: "an operation of another namespace",
                line: "POST /sites/s/_api/SP.MoveCopyUtil.MoveFile()", reached: folders),
            Case(testDescription: "a batch", line: "POST /_api/$batch", reached: folders),
        ])
    func reach(write: Case) throws {
        let effects = try #require(GraphRuleTests.effects(write.line, write.fields, body: write.body))
        func reaches(_ folder: String) -> Bool {
            let names = SharePointNames.names(of: folder.split(separator: "/").map { Array($0.utf8) }, isList: false)
            return effects.changes.contains { effect in
                switch effect {
                case .everything: true
                case .subtree(let name): names.contains(name)
                case .folder: false
                }
            }
        }
        #expect(Set(Self.folders.filter(reaches)) == Set(write.reached))
        #expect(effects.fence == effects.changes)
        // Items of a list are told by no path, and neither are the site's drives; fills under way bear Graph's name.
        for name in [SharePointNames.lists, SharePointNames.drives, GraphNames.someItem] {
            #expect(effects.changes.contains(.subtree(name)))
        }
    }

    @Test(
        "reads that are POSTs, and the digest, change nothing",
        arguments: [
            "POST /sites/s/_api/contextinfo", "POST /_api/contextInfo",
            "POST /_api/web/lists/getbytitle('Docs')/RenderListDataAsStream", "POST /_api/web/lists(guid'1')/getitems",
        ])
    func harmless(line: String) throws {
        let effects = try #require(GraphRuleTests.effects(line))
        #expect(effects.changes.isEmpty)
        #expect(effects.fence.isEmpty)
    }

    @Test("a write through a site's drives reaches what this service lists, and one through Graph does not")
    func drives() throws {
        let every = FolderEffect.subtree(SharePointNames.every)
        let through = try #require(GraphRuleTests.effects("PUT /sites/s/_api/v2.0/drives/D/items/1:/x:/content"))
        #expect(through.fence.contains(every))
        #expect(through.changes.contains(every))
        let beside = try #require(GraphRuleTests.effects("PUT /v1.0/drives/D/root:/_api/web/x:/content"))
        #expect(!beside.changes.contains(every))
        #expect(beside.fence.contains(.folder(Array("/drives/D/root/_api/web/x/".utf8))))
    }

    @Test("the listings of a site's drives bear the name that writes of this service void")
    func drivesNames() {
        let asked = Asked("GET /sites/s/_api/v2.0/drives/D/items/1/children", [], dialect: .graph)
        let body = Array(
            #"{"value":[{"id":"2","name":"x","parentReference":{"driveId":"D","id":"1","path":"/drives/D/root:"}}]}"#
                .utf8)
        let shape = body.withUnsafeBytes {
            Dialect.graph.confirm(
                status: 200, contentType: "application/json", contentEncoding: nil, body: $0,
                path: Array(asked.path.utf8),
                form: asked.form)
        }.shape
        #expect(shape?.names.contains(SharePointNames.drives) == true)
    }
}
