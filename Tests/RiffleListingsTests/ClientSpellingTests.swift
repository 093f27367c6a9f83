import Testing

@testable import RiffleListings

/// The PROPFIND bodies of real clients: all are understood, and only what they ask for tells them apart.
@Suite struct ClientSpellingTests {
    struct Client: Sendable, CustomTestStringConvertible {
        var name: String
        var fields = ["Depth: 1"]
        var body = ""
        var testDescription: String { name }
    }

    static let xml = "Content-Type: application/xml"

    /// neon, on which cadaver and davfs2 stand: every property says its namespace itself.
    static func neon(_ names: [(String, String)]) -> String {
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<propfind xmlns=\"DAV:\"><prop>\n"
            + names.map { "<\($0.0) xmlns=\"\($0.1)\"/>\n" }.joined() + "</prop></propfind>\n"
    }

    static let apache = "http://apache.org/dav/props/"

    static let clients: [Client] = [
        Client(
            name: "cadaver", fields: ["Depth: 1", xml],
            body: neon([
                ("getcontentlength", "DAV:"), ("getlastmodified", "DAV:"), ("executable", apache),
                ("resourcetype", "DAV:"), ("checked-in", "DAV:"), ("checked-out", "DAV:"),
            ])),
        Client(
            name: "davfs2", fields: ["Depth: 1", xml],
            body: neon([
                ("resourcetype", "DAV:"), ("getcontentlength", "DAV:"), ("getetag", "DAV:"),
                ("getlastmodified", "DAV:"), ("executable", apache),
            ])),
        Client(
            name: "davfs2, for quotas", fields: ["Depth: 0", xml],
            body: neon([("quota-available-bytes", "DAV:"), ("quota-used-bytes", "DAV:")])),
        Client(name: "rclone", fields: ["Depth: 1", "Accept-Encoding: gzip"]),
        Client(
            name: "rclone for ownCloud and Nextcloud", fields: ["Depth: 1", "Accept-Encoding: gzip"],
            body: """
                <?xml version="1.0"?>
                <d:propfind  xmlns:d="DAV:" xmlns:oc="http://owncloud.org/ns" xmlns:nc="http://nextcloud.org/ns">
                 <d:prop>
                  <d:displayname />
                  <d:getlastmodified />
                  <d:getcontentlength />
                  <d:resourcetype />
                  <d:getcontenttype />
                  <oc:checksums />
                 </d:prop>
                </d:propfind>

                """),
        Client(
            name: "Finder", fields: ["Depth: 1", "Content-Type: text/xml"],
            body: """
                <?xml version="1.0" encoding="utf-8"?>
                <D:propfind xmlns:D="DAV:">
                <D:prop>
                <D:getlastmodified/>
                <D:getcontentlength/>
                <D:creationdate/>
                <D:resourcetype/>
                </D:prop>
                </D:propfind>

                """),
        Client(name: "Windows' redirector", fields: ["Depth: 1", "translate: f", "Content-Length: 0"]),
        Client(
            name: "Office", fields: ["Depth: 0", "Content-Type: text/xml; charset=\"utf-8\""],
            body: #"<?xml version="1.0" encoding="UTF-8" ?><a:propfind xmlns:a="DAV:" "#
                + #"xmlns:Office="urn:schemas-microsoft-com:office:office" xmlns:Repl="http://schemas.microsoft.com/repl/">"#
                + "<a:prop><a:displayname/><Office:modifiedby/><Repl:repl-uid/><a:getlastmodified/></a:prop></a:propfind>"
        ),
        Client(
            name: "the Nextcloud desktop client", fields: ["Depth: 1", "Content-Type: text/xml; charset=utf-8"],
            body: "<?xml version=\"1.0\" ?>\n<d:propfind xmlns:d=\"DAV:\">\n  <d:prop>\n"
                + ["resourcetype", "getlastmodified", "getcontentlength", "getetag", "quota-available-bytes"]
                .map { "    <d:\($0) />\n" }.joined()
                + ["id", "fileid", "downloadURL", "dDC", "permissions", "checksums", "share-types", "size"]
                .map { "    <\($0) xmlns=\"http://owncloud.org/ns\" />\n" }.joined()
                + "    <is-encrypted xmlns=\"http://nextcloud.org/ns\" />\n  </d:prop>\n</d:propfind>\n"),
        Client(
            name: "Nextcloud's files in a browser", fields: ["Depth: 1", "Content-Type: text/plain;charset=UTF-8"],
            body: """
                <?xml version="1.0"?>
                \t\t<d:propfind  xmlns:d="DAV:"
                \t\t\txmlns:nc="http://nextcloud.org/ns"
                \t\t\txmlns:oc="http://owncloud.org/ns" xmlns:ocs="http://open-collaboration-services.org/ns">
                \t\t<d:prop>
                \t\t\t<d:getetag /><d:resourcetype /><nc:has-preview /><oc:favorite /><ocs:share-permissions />
                \t\t</d:prop>
                \t</d:propfind>
                """),
    ]

    @Test("every client's way of asking is understood", arguments: clients)
    func understood(client: Client) {
        #expect(Asked.propfind("/f/", body: client.body, client.fields).kind == .listing)
    }

    @Test("clients that ask for other things never share a form")
    func distinct() {
        let empty: Set = ["rclone", "Windows' redirector"]
        let forms = Self.clients.map { Asked.propfind("/f/", body: $0.body, $0.fields).form }
        #expect(Set(forms).count == Self.clients.count - empty.count + 1)
    }

    @Test("the same properties in every client's spelling and any order are one form, said once or twice")
    func same() throws {
        let names = [
            ("getetag", "DAV:"), ("id", "http://owncloud.org/ns"), ("resourcetype", "DAV:"),
            ("executable", Self.apache),
        ]
        let prefixes = ["DAV:": "D", "http://owncloud.org/ns": "oc", Self.apache: "lp2"]
        let root = "xmlns:D='DAV:' xmlns:oc=\"http://owncloud.org/ns\" xmlns:lp2='\(Self.apache)'"
        func prefixed(_ names: [(String, String)], gap: String = "") -> String {
            "<D:propfind \(root)><D:prop>\(gap)"
                + names.map { "<\(prefixes[$0.1] ?? ""):\($0.0)/>\(gap)" }.joined() + "</D:prop></D:propfind>"
        }
        let bodies = [
            Self.neon(names), Self.neon(names.reversed()), Self.neon(names + names), prefixed(names),
            prefixed(names.reversed(), gap: "\r\n\t"), "\u{FEFF}" + prefixed(names, gap: "<!-- x -->"),
            "<?xml version='1.0' encoding='UTF-8' standalone='yes'?>\n" + prefixed(names),
            Self.neon(names).replacing("/>", with: "></x>").replacing("></x>", with: " />"),
        ]
        let forms = bodies.map { Asked.propfind("/f/", body: $0, ["Depth: 1", Self.xml]) }
        #expect(forms.allSatisfy { $0.isListing })
        #expect(Set(forms.map(\.form)).count == 1)
    }
}
