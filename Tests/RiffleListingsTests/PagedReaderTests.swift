import Testing

@testable import RiffleListings

/// Answers with a link to the next page, read as they come.
@Suite struct PagedReaderTests {
    struct Sample: CustomTestStringConvertible, Sendable {
        var name: String
        var dialect: Dialect
        var body: String
        /// As it stands in the body.
        var link: String?
        var target = "/v1.0/me/drive/root:/a:/children"
        var testDescription: String { name }

        static let graph = #""@odata.nextLink":"https:\/\/graph.test\/v1.0\/next?a=1""#
        static let row =
            #"{"id":"1","name":"x \u00fc","folder":{"childCount":7},"size":12,"parentReference":{"driveId":"B"}}"#
        static let file = #"{"Name":"a \u00fc","ServerRelativeUrl":"\/Docs\/a b","Length":12,"x":{"y":[1]}}"#
        static let all = [
            Sample(
                name: "graph, link first", dialect: .graph,
                body: #"{"@odata.count":123,\#(graph), "value":[\#(row) , \#(row)],"n":-1.5e3, "t":true }"#,
                link: #"https:\/\/graph.test\/v1.0\/next?a=1"#),
            Sample(
                name: "graph, link last", dialect: .graph, body: #"{"value":[\#(row)],\#(graph)}"# + " \n",
                link: #"https:\/\/graph.test\/v1.0\/next?a=1"#),
            Sample(
                name: "s3, token first", dialect: .s3,
                body: S3ListingTests.answer(
                    "<NextContinuationToken>a/&amp;b==</NextContinuationToken><IsTruncated>true</IsTruncated>"
                        + S3ListingTests.object("a/x") + S3ListingTests.folder("a/b/")),
                link: "a/&amp;b=="),
            Sample(
                name: "s3, token last", dialect: .s3,
                body: S3ListingTests.answer(
                    S3ListingTests.object("a/x") + "<IsTruncated>true</IsTruncated>"
                        + "<NextContinuationToken>token</NextContinuationToken>"), link: "token"),
            Sample(
                name: "sharepoint, verbose", dialect: .graph,
                body: #"{"d":{"results":[\#(file),\#(file)], "__next":"https://o/p?a=1","n":12}}"#,
                link: "https://o/p?a=1",
                target: "/_api/web/lists/getbytitle('Docs')/items"),
            Sample(
                name: "sharepoint, light", dialect: .graph,
                body: #"{"odata.count":12,"odata.nextLink":"https:\/\/o\/p","value":[\#(file),\#(file)]}"#,
                link: #"https:\/\/o\/p"#, target: "/_api/web/lists/getbytitle('Docs')/items"),
            Sample(
                name: "sharepoint, expanded", dialect: .graph,
                body: #"{"d":{"Folders":{"results":[\#(file)],"n":1},"Files":{"results":[]},"ItemCount":12}}"#,
                target: "/_api/web/GetFolderByServerRelativeUrl('/Docs')?$expand=Files,Folders"),
            Sample(
                name: "sharepoint, folders", dialect: .graph, body: #"{"d":[\#(file), \#(file)]}"#,
                target: "/_api/web/GetFolderByServerRelativeUrl('/Docs')/Folders"),
            Sample(
                name: "json", dialect: .json,
                body: #"""
                    {"n":12,"data":{"total":3.5,"entries":[{"name":"one","type":"file"},{"type":"dir","name":"b\u0020c"},
                    {"name":7,"x":[1,{"y":2}]}],"z":null},"links":{"next":"https://api.test/p?c=2"} , "last":1}
                    """#, link: "https://api.test/p?c=2"),
            Sample(
                name: "json without a link", dialect: .json, body: #"{"data":{"entries":[]},"links":{"next":null}}"#),
        ]

        func reader() throws -> ListingReader {
            var rules = S3Asking.rules
            rules.operator.listings = [try OperatorRuleTests.listing(next: "/links/next")]
            switch dialect {
            case .s3:
                let asked = S3Asking.ask("GET /docs?list-type=2&prefix=a%2F&delimiter=%2F")
                return ListingReader(
                    .s3, status: 200, contentType: "application/xml", path: Array(asked.path.utf8), form: asked.form,
                    rules: rules)
            case .graph:
                let asked = Asked("GET \(target)", [], dialect: .graph)
                return ListingReader(
                    .graph, status: 200, contentType: "application/json", path: Array(asked.path.utf8),
                    form: asked.form)
            default:
                return ListingReader(
                    .json, status: 200, contentType: "application/hal+json", path: Array("/f/".utf8),
                    form: [FormTag.json, FormTag.none, FormTag.withSlash, 0], rules: rules)
            }
        }

        /// Reads it in pieces, and looks at what is settled on the way.
        func read(_ sizes: (Int) -> Int) throws -> RiffleListings.Confirmation {
            let body = Array(body.utf8)
            var reader = try reader()
            var start = 0
            var settled = 0
            while start < body.count {
                let end = min(body.count, start + max(1, sizes(start)))
                body[start..<end].withUnsafeBytes { reader.take($0) }
                start = end
                let link = reader.next?.range
                #expect(reader.settled >= settled && reader.settled <= end)
                // Until it is known, nothing of it is settled.
                if let place = body.firstRange(of: Array((self.link ?? "").utf8)), link == nil, self.link != nil {
                    #expect(reader.settled <= place.lowerBound)
                }
                if let link { #expect(reader.settled >= link.upperBound && settled <= end) }
                settled = reader.settled
            }
            return reader.finish()
        }
    }

    @Test("the link is found where it stands", arguments: Sample.all)
    func links(sample: Sample) throws {
        let shape = try #require(try sample.read { _ in 1 << 20 }.shape)
        let place = sample.link.flatMap { Array(sample.body.utf8).firstRange(of: Array($0.utf8)) }
        #expect(shape.next?.range == place)
    }

    @Test("pieces make the same listing as the whole, wherever they are cut", arguments: Sample.all)
    func pieces(sample: Sample) throws {
        let whole = try sample.read { _ in 1 << 20 }
        #expect(whole.shape != nil)
        for size in [1, 2, 3, 7, 31] { #expect(try sample.read { _ in size } == whole, "pieces of \(size)") }
        for cut in 1..<sample.body.utf8.count {
            #expect(try sample.read { $0 == 0 ? cut : 1 << 20 } == whole, "cut at \(cut)")
        }
    }

    @Test("what ends early is no listing", arguments: Sample.all)
    func early(sample: Sample) throws {
        let body = Array(sample.body.utf8)
        let end = sample.body.last?.isWhitespace == true ? body.count - 2 : body.count
        for count in 0..<end {
            var reader = try sample.reader()
            body[..<count].withUnsafeBytes { reader.take($0) }
            #expect(reader.finish().shape == nil, "\(count) bytes")
        }
    }

    @Test("a member without end is refused, not gathered", arguments: [Dialect.graph, .json, .s3])
    func endless(dialect: Dialect) throws {
        let sample = try #require(Sample.all.first { $0.dialect == dialect })
        var reader = try sample.reader()
        let start = dialect == .s3 ? "<ListBucketResult><Name " : #"{"value":[{"name":""#
        Array(start.utf8).withUnsafeBytes { reader.take($0) }
        for _ in 0..<64 where !reader.isRefused {
            [UInt8](repeating: 97, count: 16 << 10).withUnsafeBytes { reader.take($0) }
        }
        #expect(reader.isRefused)
        #expect(reader.unread == 0)
    }
}
