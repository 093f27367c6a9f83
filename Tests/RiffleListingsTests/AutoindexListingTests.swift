import Testing

@testable import RiffleListings

/// Answers of nginx `autoindex_format json`, and what is wrong with damaged ones.
@Suite struct AutoindexListingTests {
    /// As nginx writes it: odd names, a broken link, an empty size.
    static let nginx = """
        [
        { "name":"a b", "type":"directory", "mtime":"Tue, 03 Mar 2026 12:00:33 GMT" },
        { "name":"é \\"q\\"", "type":"directory", "mtime":"Tue, 03 Mar 2026 12:00:33 GMT" },
        { "name":"link", "type":"other", "mtime":"Tue, 03 Mar 2026 12:00:33 GMT" },
        { "name":"z.txt", "type":"file", "mtime":"Tue, 03 Mar 2026 12:00:33 GMT", "size":12 }
        ]

        """

    static func confirm(_ body: some Collection<UInt8>) -> RiffleListings.Confirmation {
        RiffleListingsTests.confirm(body, dialect: .autoindex)
    }

    static func row(_ fields: String) -> String {
        "[{ \(fields) }]"
    }

    static let file = #""name":"a", "type":"file", "mtime":"x""#

    @Test("an answer of nginx is a listing with its child folders")
    func listing() {
        let confirmed = Self.confirm(Self.nginx.utf8)
        #expect(confirmed.childFolders == ["/f/a%20b/", "/f/%C3%A9%20%22q%22/"])
        #expect(confirmed.shape?.childCount == 4)
        #expect(Self.confirm("[\r\n]\r\n".utf8).shape?.childCount == 0)
    }

    @Test("a body cut anywhere is no listing")
    func cut() {
        let whole = Array(Self.nginx.utf8)
        for end in 0..<whole.count - 2 {
            #expect(Self.confirm(whole[..<end]) == .refused(.incomplete), "cut at \(end)")
        }
    }

    @Test("one wrong byte never crashes and never costs or adds a member")
    func damage() {
        let whole = Array(Self.nginx.utf8)
        for index in whole.indices {
            for bit in 0..<8 {
                var body = whole
                body[index] ^= 1 << UInt8(bit)
                guard let shape = Self.confirm(body).shape else { continue }
                #expect(shape.childCount == 4, "bit \(bit) of byte \(index)")
            }
        }
    }

    @Test(
        "an object that is no row of nginx refuses the answer",
        arguments: [
            "", #""name":"a""#, #""name":"a", "type":"file""#, file + #", "name":"b""#, file + #", "type":"file""#,
            file + #", "mtime":"y""#, #""name":"", "type":"file", "mtime":"x""#,
            #""name":"a/b", "type":"file", "mtime":"x""#, #""name":"a\u0000", "type":"file", "mtime":"x""#,
            #""name":1, "type":"file", "mtime":"x""#, #""name":"\ud800", "type":"file", "mtime":"x""#,
            file + #", "size":[1]"#, file + #", "size":{}"#,
        ])
    func rows(fields: String) {
        #expect(Self.confirm(Self.row(fields).utf8) == .refused(.malformed))
    }

    @Test("unknown plain fields of a row change nothing")
    func unknownFields() {
        let row = Self.row(Self.file + #", "size":1.5e3, "x":null, "y":true, "z":"\n""#)
        #expect(Self.confirm(row.utf8).shape?.childCount == 1)
    }

    @Test("another document is no listing", arguments: ["{}", "1", "null", "[1]", "[[]]", "[{}", "[] 1", ""])
    func others(body: String) {
        #expect(Self.confirm(body.utf8).shape == nil)
    }

    @Test("a name that no target can spell safely is a member, but nothing to fetch ahead")
    func oddNames() {
        let rows = ["..", "a\\\\b", "\\u0001"].map { #"{"name":"\#($0)","type":"directory","mtime":"x"}"# }
        let confirmed = Self.confirm("[\(rows.joined(separator: ","))]".utf8)
        #expect(confirmed.shape?.childCount == 3)
        #expect(confirmed.childFolders == [])
    }
}
