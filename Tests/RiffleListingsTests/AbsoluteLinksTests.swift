import Testing

@testable import RiffleListings

@Suite("Absolute URLs in a multistatus")
struct AbsoluteLinksTests {
    private func relative(_ body: String) -> String? {
        let bases = ["http://origin.test:8080", "https://origin.test"].map { Array($0.utf8) }
        return Array(body.utf8).withUnsafeBytes { AbsoluteLinks.relative($0, bases: bases) }
            .map { String(decoding: $0, as: UTF8.self) }
    }

    @Test("of the origin become paths, wherever an href stands, and all else stays")
    func ownLinks() {
        let body = """
            <m xmlns="DAV:" xmlns:x="urn:x"><response><href>http://origin.test:8080/a/</href><p><lockroot>\
            <href> HTTPS://Origin.test/b?c=1</href></lockroot><x:href>https://origin.test/x</x:href></p></response>\
            <response><href>/c/</href></response><response><href>https://other.test/d</href></response></m>
            """
        #expect(
            relative(body) == """
                <m xmlns="DAV:" xmlns:x="urn:x"><response><href>/a/</href><p><lockroot><href> /b?c=1</href></lockroot>\
                <x:href>https://origin.test/x</x:href></p></response><response><href>/c/</href></response>\
                <response><href>https://other.test/d</href></response></m>
                """)
    }

    @Test(
        "of a host that merely begins alike, or none at all, change nothing",
        arguments: ["https://origin.test.evil/a", "https://origin.test", "https://origin.tes/a", "/a/"])
    func others(link: String) {
        #expect(relative("<m xmlns=\"DAV:\"><href>\(link)</href></m>") == nil)
    }

    @Test("are noticed when a listing is confirmed")
    func noticed() throws {
        func body(_ link: String) -> String {
            """
            <m:multistatus xmlns:m="DAV:"><m:response><m:href>\(link)</m:href><m:propstat><m:prop/>\
            <m:status>HTTP/1.1 200 OK</m:status></m:propstat></m:response></m:multistatus>
            """
        }
        #expect(try #require(confirm(body("http://h/f/").utf8).shape).hasAbsoluteLinks)
        #expect(try #require(confirm(body("/f/").utf8).shape).hasAbsoluteLinks == false)
    }
}
