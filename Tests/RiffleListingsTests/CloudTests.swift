import RiffleHTTP
import Testing

@testable import RiffleListings

@Suite("Writes to Nextcloud and ownCloud")
struct CloudTests {
    private typealias Case = WriteTests.Case

    /// `alice:pw`
    private static let alice = "Authorization: Basic YWxpY2U6cHc="
    /// `alice@example.com:pw`
    private static let mail = "Authorization: Basic YWxpY2VAZXhhbXBsZS5jb206cHc="

    @Test(
        "show in every folder up to the root and at the other address of the tree",
        arguments: [
            WriteTests.Case(
                line: "PUT /remote.php/dav/files/alice/a/x",
                changes: [
                    "=/remote.php/dav/files/alice/a/x/", "=/remote.php/dav/files/alice/a/",
                    "=/remote.php/dav/files/alice/", "=/remote.php/dav/files/", "=/remote.php/dav/", "=/remote.php/",
                    "=/", "=/remote.php/webdav/a/x/", "=/remote.php/webdav/a/", "=/remote.php/webdav/",
                ]),
            WriteTests.Case(
                line: "PUT /remote.php/webdav/x", fields: [alice],
                changes: [
                    "=/remote.php/webdav/x/", "=/remote.php/webdav/", "=/remote.php/", "=/",
                    "=/remote.php/dav/files/alice/x/", "=/remote.php/dav/files/alice/",
                ]),
            WriteTests.Case(
                line: "MKCOL /cloud/remote.php/webdav/x", fields: [mail],
                changes: [
                    "=/cloud/remote.php/webdav/x/", "=/cloud/remote.php/webdav/", "=/cloud/remote.php/", "=/cloud/",
                    "=/", "/cloud/remote.php/dav/files/**",
                ]),
        ])
    func twins(write: WriteTests.Case) throws {
        let effects = try #require(WriteTests.effects(write.line, write.fields, ancestors: .byPath))
        #expect(WriteTests.spell(effects.changes) == write.changes)
    }

    @Test("chunks of an upload show nowhere", arguments: ["PUT", "MKCOL", "DELETE"])
    func chunks(method: String) throws {
        let effects = try #require(
            WriteTests.effects("\(method) /remote.php/dav/uploads/alice/web-1/00001", ancestors: .byPath))
        #expect(
            WriteTests.spell(effects.changes) == [
                "/remote.php/dav/uploads/alice/web-1/00001/**", "=/remote.php/dav/uploads/alice/web-1/",
            ])
    }

    @Test("the move that ends an upload shows where the file comes to lie")
    func assembled() throws {
        let effects = try #require(
            WriteTests.effects(
                "MOVE /remote.php/dav/uploads/alice/web-1/.file",
                ["Destination: https://cloud.test/remote.php/dav/files/alice/a/big.bin"], ancestors: .byPath))
        let changes = WriteTests.spell(effects.changes)
        #expect(
            changes.isSuperset(of: [
                "/remote.php/dav/files/alice/a/big.bin/**", "=/remote.php/dav/files/alice/a/",
                "=/remote.php/dav/files/alice/", "=/remote.php/webdav/a/",
            ]))
        #expect(!changes.contains("*"))
    }

    @Test(
        "that don't name what they change reach the whole tree it may be in",
        arguments: [
            ("MOVE /remote.php/dav/trashbin/alice/trash/x.d1", "/remote.php/dav/files/alice/**"),
            ("MOVE /remote.php/dav/versions/alice/versions/7/1", "/remote.php/dav/files/alice/**"),
            ("POST /remote.php/dav/bulk", "/remote.php/dav/files/**"),
            ("PUT /remote.php/dav/systemtags-relations/files/7/1", "/remote.php/dav/files/**"),
            ("POST /ocs/v2.php/apps/files_sharing/api/v1/shares", "/remote.php/dav/files/**"),
            ("DELETE /cloud/ocs/v1.php/apps/files_sharing/api/v1/shares/7", "/cloud/public.php/**"),
            ("POST /index.php/apps/files/api/v1/files/a.txt", "/remote.php/webdav/**"),
        ])
    func unnamed(line: String, effect: String) throws {
        let effects = try #require(WriteTests.effects(line, ["Destination: /remote.php/x"], ancestors: .byPath))
        #expect(WriteTests.spell(effects.changes).contains(effect))
    }

    @Test("elsewhere nothing of this is so")
    func elsewhere() throws {
        let effects = try #require(WriteTests.effects("PUT /dav/files/alice/x", ancestors: .byPath))
        #expect(
            WriteTests.spell(effects.changes) == ["=/dav/files/alice/x/", "=/dav/files/alice/", "=/dav/files/"])
    }

    @Test(
        "the user is read out of Basic credentials only",
        arguments: [
            ("Basic YWxpY2U6cHc=", "alice"), ("basic YWxpY2U6cHc", "alice"), ("Bearer YWxpY2U6cHc=", nil),
            ("Basic !!!!!!!!", nil), ("Basic OnB3", nil), ("Basic ", nil), ("Basic YWxpY2U=", nil),
        ] as [(String, String?)])
    func user(field: String, name: String?) {
        let found = Array(field.utf8).withUnsafeBytes { BasicUser.name(in: $0) }
        #expect(found.map { String(decoding: $0, as: UTF8.self) } == name)
    }
}

@Suite("Listings that show locks")
struct LockNameTests {
    private static let body = """
        <?xml version="1.0"?><D:multistatus xmlns:D="DAV:"><D:response><D:href>/f/</D:href><D:propstat><D:prop>\
        <D:resourcetype><D:collection/></D:resourcetype></D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat>\
        </D:response></D:multistatus>
        """

    @Test(
        "bear the names by which locks reach them; others bear none",
        arguments: [
            ("", true), (#"<propfind xmlns="DAV:"><allprop/></propfind>"#, true),
            (#"<propfind xmlns="DAV:"><prop><getetag/><lockdiscovery/></prop></propfind>"#, true),
            (#"<propfind xmlns="DAV:"><prop><getetag/></prop></propfind>"#, false),
            (#"<propfind xmlns="DAV:"><propname/></propfind>"#, false),
        ])
    func names(propfind: String, areShown: Bool) throws {
        let shape = try #require(confirm(Self.body.utf8, propfind: propfind).shape)
        #expect(shape.names.map { String(decoding: $0, as: UTF8.self) } == (areShown ? ["l/f/", "L/f/", "L/"] : []))
    }

    @Test("too deep for all names, they are not stored")
    func deep() {
        #expect(LockNames.names(of: Array(String(repeating: "/a", count: 300).utf8) + [UInt8(ascii: "/")]) == nil)
    }
}
