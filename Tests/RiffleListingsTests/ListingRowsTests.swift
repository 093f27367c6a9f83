import Testing

@testable import RiffleListings

@Suite("Rows of a multistatus")
struct ListingRowsTests {
    private static let body = Array(
        """
        <?xml version="1.0"?>
        <D:multistatus xmlns:D="DAV:">
        <D:response><D:href>/f/</D:href><D:propstat><D:prop><D:resourcetype><D:collection/></D:resourcetype>\
        <D:getetag>"self"</D:getetag></D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response>
        <D:response><D:href>/f/a&amp;b%20c.txt</D:href><D:propstat><D:prop><D:resourcetype/><D:getetag>&quot;one&quot;\
        </D:getetag></D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response>
        <D:response><D:href>http://host/f/Sub/</D:href><D:propstat><D:prop><D:resourcetype><D:collection/>\
        </D:resourcetype></D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat><D:propstat><D:prop><D:getetag/>\
        </D:prop><D:status>HTTP/1.1 404 Not Found</D:status></D:propstat></D:response>
        </D:multistatus>

        """.utf8)

    private func rows<Result>(
        _ body: [UInt8] = Self.body, _ use: (ListingRows, UnsafeRawBufferPointer) throws -> Result
    )
        throws -> Result
    {
        try body.withUnsafeBytes { bytes in try use(#require(ListingRows(bytes)), bytes) }
    }

    @Test("are found by the canonical path of their member, however it is spelled there")
    func found() throws {
        try rows { (rows, bytes) throws in
            #expect(rows.count == 3)
            #expect(rows.row(Array("/f/a&b%20c.txt/".utf8), in: bytes)?.isFolder == false)
            #expect(rows.row(Array("/f/Sub/".utf8), in: bytes)?.isFolder == true)
            #expect(rows.row(Array("/f/sub/".utf8), in: bytes) == nil)
            #expect(rows.hasAlike(Array("/f/sub/".utf8)))
            #expect(!rows.hasAlike(Array("/f/other/".utf8)))
        }
    }

    @Test("make the document that names their member alone")
    func cut() throws {
        try rows { (rows, bytes) throws in
            let row = try #require(rows.row(Array("/f/".utf8), in: bytes))
            #expect(
                String(decoding: rows.document(row, in: bytes), as: UTF8.self) == """
                    <?xml version="1.0"?>
                    <D:multistatus xmlns:D="DAV:">
                    <D:response><D:href>/f/</D:href><D:propstat><D:prop><D:resourcetype><D:collection/></D:resourcetype>\
                    <D:getetag>"self"</D:getetag></D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response>
                    </D:multistatus>

                    """)
        }
    }

    @Test("tell a member's tag only where the property was found")
    func tags() throws {
        try rows { (rows, bytes) throws in
            func tag(_ path: String) throws -> String {
                String(
                    decoding: rows.tag(try #require(rows.row(Array(path.utf8), in: bytes)), in: bytes), as: UTF8.self)
            }
            #expect(try tag("/f/") == "\"self\"")
            #expect(try tag("/f/a&b%20c.txt/") == "&quot;one&quot;")
            #expect(try tag("/f/Sub/").isEmpty)
        }
    }

    @Test(
        "are not cut out of what says something of the whole",
        arguments: ["<D:responsedescription>half</D:responsedescription>", "<D:sync-token>x</D:sync-token>"])
    func refused(addition: String) {
        let text = String(decoding: Self.body, as: UTF8.self)
            .replacing("</D:multistatus>", with: addition + "</D:multistatus>")
        #expect(Array(text.utf8).withUnsafeBytes { ListingRows($0) } == nil)
    }
}

@Suite("Names that may be called absent")
struct NameRulesTests {
    @Test("are plain ones", arguments: ["/a/b.txt/", "/a/b%20c/", "/a/x/", "/B-1_(2)/"])
    func plain(path: String) {
        #expect(NameRules.isPlain(Array(path.utf8)))
    }

    @Test(
        "are none that a server may read in a way of its own",
        arguments: [
            "/", "/a/.hidden/", "/a/caf%C3%A9/", "/a/PROGRA~1/", "/a/b./", "/a/b%20/", "/a/b:c/", "/a/%2A/", "/a/%25/",
        ])
    func odd(path: String) {
        #expect(!NameRules.isPlain(Array(path.utf8)))
    }

    @Test(
        "are probes where file managers ask for them everywhere",
        arguments: ["/a/.DS_Store/", "/a/._one.txt/", "/desktop.ini/", "/a/Thumbs.db/", "/a/.hidden/"])
    func probes(path: String) {
        #expect(NameRules.isProbe(Array(path.utf8)))
        #expect(Array(path.dropLast().utf8).withUnsafeBytes { NameRules.mayBeProbe($0) })
    }

    @Test("are no probes otherwise", arguments: ["/a/._/", "/a/DS_Store/", "/a/one.txt/", "/a/.htaccess/", "/"])
    func noProbes(path: String) {
        #expect(!NameRules.isProbe(Array(path.utf8)))
    }
}

@Suite("Wider forms")
struct WiderFormTests {
    @Test("of Depth 0 are the folder's own listing and that of the folder above, for the same properties")
    func depthZero() {
        let asked = Asked.propfind("/a/b", ["Depth: 0"])
        let above = Asked.propfind("/a/", ["Depth: 1"])
        let wide = WiderForm.all(path: Array(asked.path.utf8), form: asked.form)
        #expect(wide.map { String(decoding: $0.path, as: UTF8.self) } == ["/a/b/", "/a/"])
        #expect(wide.allSatisfy { $0.form == above.form })
    }

    @Test("of Depth 1 are that of the folder above alone, and of infinity none")
    func depthOne() {
        let asked = Asked.propfind("/a/b", ["Depth: 1"])
        #expect(WiderForm.all(path: Array(asked.path.utf8), form: asked.form).map(\.path) == [Array("/a/".utf8)])
        let narrow = Asked.propfind("/a/", ["Depth: 1,noroot"])
        #expect(WiderForm.all(path: Array(narrow.path.utf8), form: narrow.form).isEmpty)
        #expect(!WiderForm.isWide(narrow.form))
    }
}
