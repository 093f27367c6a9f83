import RiffleInspect
import Testing

@Suite("What an operator names")
struct TargetTests {
    @Test(
        "an admin address is http or a unix socket",
        arguments: [
            ("http://127.0.0.1:8081/", "http://127.0.0.1:8081"), ("127.0.0.1:9", "http://127.0.0.1:9"),
            ("unix:/run/r.sock", "unix:/run/r.sock"), ("unix:r.sock", nil), ("ftp://x", nil), ("http://u:p@x", nil),
            ("", nil), ("http://", nil), ("a b", nil),
        ] as [(String, String?)])
    func admin(text: String, shown: String?) {
        #expect(InspectTarget(text)?.description == shown)
    }

    @Test(
        "a pasted URL becomes host and target without user information",
        arguments: [
            ("/a/b?c=d#e", nil, "/a/b?c=d"), ("https://x.example", "x.example", "/"),
            ("http://u:p@x.example:8/a", "x.example:8", "/a"), ("http://x?q", "x", "/?q"),
        ] as [(String, String?, String)])
    func url(text: String, host: String?, target: String) {
        #expect(ExplainTarget(text)?.host == host)
        #expect(ExplainTarget(text)?.target == target)
    }

    @Test(
        "what is neither path nor URL is refused", arguments: ["", "a/b", "ftp://x/", "http://", "/a b", "http://u@/"])
    func refused(text: String) {
        #expect(ExplainTarget(text) == nil)
    }

    @Test("a query's description never shows a field's value")
    func redacted() {
        let query = ExplainQuery(target: "/", fields: [.init("Authorization", "Bearer secret")])
        #expect(!"\(query)".contains("secret"))
    }
}
