import RiffleListings
import Testing

@testable import RiffleProxy

@Suite("Rules in the configuration file")
struct RulesFileTests {
    private static let base = "origin:\n  url: http://a\n  dialect: json\n"
    private static let listing =
        "  - listing: /api/{p*}\n    folder: /{p*}/\n    items: /entries\n    name: /name\n"

    private func load(_ yaml: String) throws(ConfigurationErrors) -> Settings {
        var loader = SettingsLoader()
        loader.file = ("riffle.yaml", yaml)
        return try loader.load()
    }

    private func mistakes(_ yaml: String) -> [String] {
        do {
            _ = try load(yaml)
            return []
        } catch {
            return error.errors.map(\.description)
        }
    }

    @Test("are read with all their fields")
    func read() throws {
        let settings = try load(
            Self.base + "rules:\n" + Self.listing
                + "    query: sort, limit\n    isFolder: /type=dir\n    next: /links/next\n"
                + "  - write: POST|PUT /api/{p*}/upload\n    voids: /{p*}/, /recent/**\n"
                + "  - bypass: /live/{r*}\n")
        #expect(settings.rules.listings.count == 1)
        #expect(settings.rules.listings[0].query == [Array("sort".utf8), Array("limit".utf8)])
        #expect(settings.rules.listings[0].isFolder != nil && settings.rules.listings[0].next != nil)
        #expect(settings.rules.writes[0].methods == ["POST", "PUT"])
        #expect(settings.rules.writes[0].voids.map(\.isDeep) == [false, true])
        #expect(settings.rules.bypasses[0].methods == nil)
    }

    struct Mistake: Sendable, CustomTestStringConvertible {
        let rules: String
        let place: String
        let words: String
        var testDescription: String { words }
    }

    @Test(
        "with a mistake are told with line and column",
        arguments: [
            Mistake(rules: "rules: 3\n", place: "4:8", words: "takes a list"),
            Mistake(rules: "rules:\n  - 3\n", place: "5:5", words: "begins with"),
            Mistake(rules: "rules:\n  - path: /a\n", place: "5:5", words: "begins with one of"),
            Mistake(
                rules: "rules:\n  - bypass: /a\n    voids: /b/\n", place: "6:5", words: "no field `voids` in a `bypass`"
            ),
            Mistake(
                rules: "rules:\n  - write: POST /a\n", place: "5:12", words: "needs `voids`"),
            Mistake(
                rules: "rules:\n  - write: POST /a\n    voids: /{x}/\n", place: "6:12", words: "name in braces"),
            Mistake(
                rules: "rules:\n  - write: POST /a\n    voids: /b\n", place: "6:12", words: "`/{path}/`"),
            Mistake(rules: "rules:\n  - bypass: get /a\n", place: "5:13", words: "no method"),
            Mistake(rules: "rules:\n  - bypass: GET /a b\n", place: "5:13", words: "expected a path"),
            Mistake(rules: "rules:\n  - bypass: GET a\n", place: "5:13", words: "begins with a slash"),
            Mistake(rules: "rules:\n  - bypass: /{a*}/{b*}\n", place: "5:13", words: "once only"),
            Mistake(
                rules: "rules:\n  - listing: /api/{p*}\n    folder: /{p*}/\n    items: /e\n", place: "5:14",
                words: "needs `folder`, `items` and `name`"),
            Mistake(
                rules: "rules:\n  - listing: /api/{p}\n    folder: /x/\n    items: /e\n    name: /n\n", place: "6:13",
                words: "same names in braces"),
            Mistake(
                rules: "rules:\n  - listing: /api/{p}\n    folder: /{p}/\n    items: e\n    name: /n\n", place: "7:12",
                words: "no JSON pointer"),
            Mistake(
                rules: "rules:\n" + listing + "    isFolder: type\n", place: "9:15", words: "isFolder"),
        ])
    func mistake(mistake: Mistake) {
        let found = mistakes(Self.base + mistake.rules)
        #expect(
            found.contains { $0.hasPrefix("riffle.yaml:\(mistake.place): ") && $0.contains(mistake.words) }, "\(found)")
    }

    @Test("for listings and the dialect json need each other")
    func together() {
        #expect(mistakes(Self.base).contains { $0.contains("needs `rules`") })
        let other = "origin:\n  url: http://a\n  dialect: webdav\nrules:\n" + Self.listing
        #expect(mistakes(other).contains { $0.contains("origin.dialect: json") })
    }
}

@Suite("What an origin shows of itself")
struct DialectSenseTests {
    @Test("reads are given up after enough answers that were no listing, and tried again now and then")
    func refuted() {
        let sense = DialectSense()
        for _ in 0..<DialectSense.patience {
            #expect(sense.mayClaimRead())
            sense.learned(.autoindex, isListing: false)
        }
        let tries = (0..<DialectSense.retry * 2).count { _ in sense.mayClaimRead() }
        #expect(tries == 2)
        sense.learned(.autoindex, isListing: true)
        #expect(sense.mayClaimRead())
        #expect(sense.seen == [.autoindex])
    }

    @Test("one listing is enough to keep reads, whatever else comes")
    func confirmed() {
        let sense = DialectSense()
        sense.learned(.autoindex, isListing: true)
        for _ in 0..<100 { sense.learned(.autoindex, isListing: false) }
        #expect(sense.mayClaimRead())
    }

    @Test("WebDAV is seen by its own method and says nothing of reads")
    func webdav() {
        let sense = DialectSense()
        sense.learned(.webdav, isListing: true)
        #expect(sense.seen == [.webdav])
    }
}
