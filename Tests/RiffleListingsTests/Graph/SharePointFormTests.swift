import RiffleHTTP
import Testing

@testable import RiffleListings

@Suite("Which requests list a folder by SharePoint's REST service")
struct SharePointFormTests {
    private static func ask(_ target: String, _ fields: [String] = []) -> Asked {
        Asked("GET \(target)", fields, dialect: .graph)
    }

    @Test(
        "every way of addressing a folder comes out as one canonical path",
        arguments: [
            ("/_api/web/GetFolderByServerRelativeUrl('/Docs/a%20b')/Files", "/_api/web/Docs/a%20b/"),
            ("/_api/Web/getFolderByServerRelativeUrl(%27/Docs/a%20b%27)/Folders", "/_api/web/Docs/a%20b/"),
            ("/sites/s/_api/web/GetFolderByServerRelativeUrl('Docs')/files", "/_api/web/sites/s/Docs/"),
            ("/sites/s/_api/web/GetFolderByServerRelativeUrl('/sites/s/Docs/')/Files/", "/_api/web/sites/s/Docs/"),
            ("/sites/s/_api/web/GetFolderByServerRelativeUrl('%2Fsites%2Fs%2FDocs')/Files", "/_api/web/sites/s/Docs/"),
            (
                "/sites/s/_api/web/GetFolderByServerRelativePath(decodedurl='/sites/s/100%25')/Files",
                "/_api/web/sites/s/100%25/"
            ),
            ("/_api/web/GetFolderByServerRelativePath(DecodedUrl=@a)/Files?@a='/Docs/o''x'", "/_api/web/Docs/o'x/"),
            ("/_api/web/GetFolderByServerRelativeUrl(@v)/Files?%40v=%27/Docs%27", "/_api/web/Docs/"),
            ("/_api/web/GetFolderByServerRelativeUrl('/Docs')?$expand=Folders,Files", "/_api/web/Docs/"),
            ("/_api/web/GetFolderByServerRelativeUrl('/Docs')?$select=Name&$expand=Files", "/_api/web/Docs/"),
            ("/_api/web/Folders('Docs')/Files", "/_api/web/Docs/"),
            ("/_api/web/folders/getbyurl('Docs')/Folders('a')/Folders", "/_api/web/Docs/a/"),
            ("/sites/s/_api/web/RootFolder/Folders", "/_api/web/sites/s/"),
            ("/sites/s/_api/web/folders", "/_api/web/sites/s/"),
            ("/_api/web/GetFolderByServerRelativeUrl('/Docs/a')/ParentFolder/Files", "/_api/web/Docs/"),
            ("/sites/s/_api/web/lists/GetByTitle('Docs')/items?$top=2", "/_api/web/sites/s/"),
            ("/_api/web/lists(guid'0-1')/items", "/_api/web/"),
        ])
    func paths(target: String, path: String) {
        let asked = Self.ask(target)
        #expect(asked.isListing, "\(asked.kind)")
        #expect(asked.path == path)
    }

    @Test(
        "what asks for anything else, or could be read in two ways, is none",
        arguments: [
            "/_api/web", "/_api/contextinfo", "/_api/web/lists", "/_api/web/GetFolderByServerRelativeUrl('/Docs')",
            "/_api/web/GetFolderByServerRelativeUrl('/Docs')?$expand=ListItemAllFields",
            "/_api/web/GetFolderByServerRelativeUrl('/Docs')?$expand=Files/Author",
            "/_api/web/GetFolderByServerRelativeUrl('/Docs')/Files('a')",
            "/_api/web/GetFileByServerRelativeUrl('/Docs/a')/$value", "/_api/web/GetFolderById('1')/Files",
            "/_api/web/GetFolderByServerRelativeUrl('/100%25')/Files",
            "/_api/web/GetFolderByServerRelativeUrl('/a//b')/Files",
            "/_api/web/GetFolderByServerRelativeUrl('/a/../b')/Files",
            "/_api/web//GetFolderByServerRelativeUrl('/a')/Files",
            "/_api/web/GetFolderByServerRelativeUrl('/a)/Files", "/_api/web/GetFolderByServerRelativeUrl('a'b')/Files",
            "/_api/web/GetFolderByServerRelativeUrl(@v)/Files", "/_api/web/GetFolderByServerRelativeUrl(@v)/Files?@v=1",
            "/_api/web/GetFolderByServerRelativeUrl('/Docs')/Files?$skiptoken=1", "/api/web/RootFolder/Files",
            "/_api/SP.AppContextSite(@t)/web/RootFolder/Files?@t='x'", "/_api/web/lists/getbytitle('a')/items(1)",
            "/_api/v2.0/web/RootFolder/Files", "/v1.0/_api/web/RootFolder/Files",
        ])
    func others(target: String) {
        #expect(!Self.ask(target).isListing)
    }

    @Test("the form tells apart what answers may differ in, and nothing else")
    func forms() {
        func form(_ target: String, _ fields: [String] = []) -> [UInt8] { Self.ask(target, fields).form }
        let url = "/_api/web/GetFolderByServerRelativeUrl"
        #expect(form("\(url)('/a')/Files") == form("\(url)('/b/c')/files"))
        #expect(form("\(url)('/a')/Files?$top=2&$select=Name") == form("\(url)('/b')/Files?$select=Name&$top=2"))
        #expect(form("\(url)('/a')/Files") != form("\(url)('/a')/Folders"))
        #expect(form("\(url)('/a')/Files") != form("/_api/web/GetFolderByServerRelativePath(decodedurl='/a')/Files"))
        #expect(form("\(url)('/a')/Files") != form("/sites/s\(url)('/a')/Files"))
        #expect(form("\(url)('/a')/Files", ["Accept: application/json;odata=verbose"]) != form("\(url)('/a')/Files"))
        #expect(form("/_api/web/Folders('a')/Files") != form("/_api/web/Folders('b')/Files"))
        // The digest is about writes.
        #expect(form("\(url)('/a')/Files", ["X-RequestDigest: 0x1"]) == form("\(url)('/a')/Files"))
    }

    @Test("the memo of paths changes no form, even when paths collide")
    func memo() {
        var bodies = BodyForms()
        for _ in 0..<2 {
            for number in 0..<FormMemo.slots * 4 {
                let target = "/_api/web/GetFolderByServerRelativeUrl('/f\(number)')/Files"
                var buffer = FormBuffer()
                let bytes = Array(Asked.head("GET \(target)", []).utf8)
                let kind = bytes.withUnsafeBytes { bytes in
                    var head = RequestHead()
                    _ = RequestParser.parse(bytes, into: &head)
                    return Dialect.graph.classify(
                        head, bytes: bytes, body: UnsafeRawBufferPointer(start: nil, count: 0), into: &buffer,
                        bodies: &bodies)
                }
                #expect(kind == .listing)
                let alone = Self.ask(target)
                #expect(String(decoding: buffer.path, as: UTF8.self) == "/_api/web/f\(number)/")
                #expect(buffer.form == alone.form)
            }
        }
    }

    @Test(
        "the target of another folder is spelled like the example",
        arguments: [
            (
                "/sites/s/_api/Web/getFolderByServerRelativeUrl('Docs')/Files?$top=5", "/_api/web/sites/s/Docs/o'x/",
                "/sites/s/_api/web/GetFolderByServerRelativeUrl('/sites/s/Docs/o''x')/Files?$top=5"
            ),
            (
                "/_api/web/GetFolderByServerRelativePath(decodedurl='/Docs')?$expand=Files", "/_api/web/Docs/100%25/",
                "/_api/web/GetFolderByServerRelativePath(decodedurl='/Docs/100%25')?$expand=Files"
            ),
            ("/_api/web/GetFolderByServerRelativeUrl('/Docs')/Files", "/_api/web/Docs/100%25/", nil),
            ("/_api/web/Folders('Docs')/Files", "/_api/web/a/", nil),
            ("/_api/web/GetFolderByServerRelativeUrl(@v)/Files?@v='/Docs'", "/_api/web/a/", nil),
        ] as [(String, String, String?)])
    func targets(example: String, path: String, target: String?) {
        let made = Dialect.graph.target(
            of: Array(path.utf8), form: Self.ask(example).form, like: Array(example.utf8))
        #expect(made.map { String(decoding: $0, as: UTF8.self) } == target)
        guard let target else { return }
        #expect(Self.ask(target).path == path)
        #expect(Self.ask(target).form == Self.ask(example).form)
    }
}
