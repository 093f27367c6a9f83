import Testing

@testable import RiffleListings

/// Answers of real servers, and what is wrong with damaged ones.
@Suite struct MultistatusTests {
    /// Apache mod_dav, `resourcetype`, `getetag` and a property that it does not have; bare `;` and `+` in an href.
    static let apache = """
        <?xml version="1.0" encoding="utf-8"?>
        <D:multistatus xmlns:D="DAV:" xmlns:ns0="DAV:">
        <D:response xmlns:lp1="DAV:" xmlns:lp2="http://apache.org/dav/props/" xmlns:g0="DAV:">
        <D:href>/f/</D:href>
        <D:propstat>
        <D:prop>
        <lp1:resourcetype><D:collection/></lp1:resourcetype>
        <lp1:getetag>"1000-6611d6066bd62"</lp1:getetag>
        </D:prop>
        <D:status>HTTP/1.1 200 OK</D:status>
        </D:propstat>
        <D:propstat>
        <D:prop>
        <g0:quota-used-bytes/>
        </D:prop>
        <D:status>HTTP/1.1 404 Not Found</D:status>
        </D:propstat>
        </D:response>
        """ + row("/f/a%20b/", "<D:collection/>") + row("/f/%c3%a9/", "<D:collection/>")
        + row("/f/q&amp;a's.txt", "") + row("/f/a;b+c/", "<D:collection/>") + row("/f/50%25/", "<D:collection/>")
        + "</D:multistatus>\n"

    /// As sabre/dav servers write: one line, references in tags, an empty property set, a comment and a CDATA section.
    static let sabre =
        #"<?xml version="1.0"?><d:multistatus xmlns:d="DAV:" xmlns:s="http://sabredav.org/ns" xmlns:oc="http://owncloud.org/ns">"#
        + sabreRow("/f/", "<d:collection/>") + "<!-- rows -->" + sabreRow("/f/a%20&amp;%20b/", "<d:collection/>")
        + sabreRow("<![CDATA[/f/c&d.txt]]>", "") + "</d:multistatus>\n"

    /// As wsgidav writes: made-up prefixes, spaces in empty tags, a tag without quotes, no tag for folders.
    static let wsgidav =
        "<?xml version=\"1.0\" encoding=\"utf-8\" ?>\n<ns0:multistatus xmlns:ns0=\"DAV:\">"
        + wsgidavRow("/f/", "<ns0:resourcetype><ns0:collection /></ns0:resourcetype>")
        + wsgidavRow("/f/a%20b/", "<ns0:resourcetype><ns0:collection /></ns0:resourcetype>")
        + wsgidavRow(
            "/f/x%20%26%20y.txt",
            "<ns0:resourcetype /><ns0:displayname>x &amp; y.txt</ns0:displayname><ns0:getetag>16771422-1795637879-3</ns0:getetag>"
        ) + "</ns0:multistatus>"

    private static func wsgidavRow(_ href: String, _ properties: String) -> String {
        "<ns0:response><ns0:href>\(href)</ns0:href><ns0:propstat><ns0:prop>\(properties)<ns0:lockdiscovery />"
            + "<ns0:supportedlock><ns0:lockentry><ns0:lockscope><ns0:exclusive /></ns0:lockscope><ns0:locktype><ns0:write />"
            + "</ns0:locktype></ns0:lockentry></ns0:supportedlock></ns0:prop><ns0:status>HTTP/1.1 200 OK</ns0:status>"
            + "</ns0:propstat></ns0:response>"
    }

    private static func sabreRow(_ href: String, _ type: String) -> String {
        "<d:response><d:href>\(href)</d:href><d:propstat><d:prop><d:getetag>&quot;6613&#x61;&quot;</d:getetag>"
            + "<d:resourcetype>\(type)</d:resourcetype><oc:id xmlns:x='urn:x'>00000\(href.count)oc</oc:id>"
            + "<oc:share-types/></d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat><d:propstat><d:prop>"
            + "<oc:checksums></oc:checksums></d:prop><d:status>HTTP/1.1 404 Not Found</d:status></d:propstat></d:response>"
    }

    static func row(_ href: String, _ type: String) -> String {
        """
        <D:response xmlns:lp1="DAV:" xmlns:lp2="http://apache.org/dav/props/" xmlns:g0="DAV:">
        <D:href>\(href)</D:href>
        <D:propstat>
        <D:prop>
        <lp1:resourcetype>\(type)</lp1:resourcetype>
        <lp1:getetag>"3-6611d6066bd62"</lp1:getetag>
        </D:prop>
        <D:status>HTTP/1.1 200 OK</D:status>
        </D:propstat>
        </D:response>

        """
    }

    static func listing(_ rows: String...) -> String {
        "<D:multistatus xmlns:D=\"DAV:\">" + row("/f/", "<D:collection/>") + rows.joined() + "</D:multistatus>"
    }

    @Test("an answer of mod_dav is a listing with its child folders")
    func modDAV() {
        let confirmed = confirm(Self.apache.utf8)
        #expect(confirmed.childFolders == ["/f/a%20b/", "/f/%C3%A9/", "/f/50%25/"])
        #expect(confirmed.shape?.childCount == 5)
        #expect(confirmed.shape?.selfEntityTag == Array("\"1000-6611d6066bd62\"".utf8))
    }

    @Test("answers of wsgidav and of servers on sabre/dav are listings too")
    func others() {
        #expect(confirm(Self.wsgidav.utf8).childFolders == ["/f/a%20b/"])
        #expect(confirm(Self.wsgidav.utf8).shape?.childCount == 2)
        #expect(confirm(Self.sabre.utf8).childFolders == ["/f/a%20&%20b/"])
        #expect(confirm(Self.sabre.utf8).shape?.selfEntityTag == Array("\"6613a\"".utf8))
    }

    @Test("a body cut anywhere is no listing")
    func cut() {
        let whole = Array(Self.apache.utf8)
        // The last byte is the line end behind the root element.
        for end in 0..<whole.count - 1 {
            #expect(confirm(whole[..<end]).shape == nil, "cut at \(end)")
        }
    }

    @Test(
        "a row outside the folder refuses the answer",
        arguments: ["/g/", "/", "/f/a/b", "/f/..", "/f/%2e%2e/", "/f/./", "/f//", "http://files.test/g/a", "/F/a"])
    func foreign(href: String) {
        #expect(confirm(Self.listing(Self.row(href, "")).utf8) == .refused(.foreignPath))
    }

    @Test(
        "absolute hrefs are read by their path",
        arguments: ["http://files.test/f/a/", "https://x:8443/f/%61", " /f/a/\n"])
    func absolute(href: String) {
        #expect(confirm(Self.listing(Self.row(href, "<D:collection/>")).utf8).childFolders == ["/f/a/"])
    }

    @Test("an answer to propname says nothing about types")
    func propname() {
        let body = "<D:multistatus xmlns:D=\"DAV:\">" + Self.row("/f/", "") + Self.row("/f/a/", "") + "</D:multistatus>"
        let asked = "<propfind xmlns='DAV:'><propname/></propfind>"
        #expect(confirm(body.utf8, propfind: asked).childFolders == ["/f/a/"])
        #expect(confirm(body.utf8) == .refused(.notACollection))
    }

    @Test(
        "document types and entities are refused",
        arguments: [
            "<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]>", "<!ENTITY a 'b'>", "<!DOCTYPE multistatus>",
        ])
    func doctype(declaration: String) {
        #expect(confirm((declaration + Self.apache.dropFirst(38)).utf8) == .refused(.doctype))
    }

    @Test("an unknown entity is malformed")
    func entity() {
        #expect(confirm(Self.listing(Self.row("/f/&x;", "")).utf8) == .refused(.malformed))
    }

    @Test("a failed member, a missing self, a wrong status or type and an encoded body are refused")
    func otherwise() {
        let failed = Self.listing(Self.row("/f/a", "")).replacing("200 OK", with: "500 No")
        #expect(confirm(failed.utf8) == .refused(.memberFailed))
        let orphan = "<D:multistatus xmlns:D=\"DAV:\">" + Self.row("/f/a", "") + "</D:multistatus>"
        #expect(confirm(orphan.utf8) == .refused(.noSelf))
        #expect(confirm(Self.apache.utf8, status: 200) == .refused(.wrongStatus))
        #expect(confirm(Self.apache.utf8, type: "text/html") == .refused(.wrongType))
        #expect(confirm(Self.apache.utf8, encoding: "gzip") == .refused(.encoded))
    }
}
