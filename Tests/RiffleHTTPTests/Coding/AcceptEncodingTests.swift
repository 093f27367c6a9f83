import Testing

@testable import RiffleHTTP

/// Which clients get gzip (RFC 9110 §12.5.3).
@Suite struct AcceptEncodingTests {
    static func read(_ lines: String...) -> AcceptEncoding {
        let head = (["GET / HTTP/1.1", "Host: a"] + lines.map { "Accept-Encoding: \($0)" }).map { $0 + "\r\n" }.joined()
        return Array((head + "\r\n").utf8).withUnsafeBytes { bytes in
            var head = RequestHead()
            #expect(RequestParser.parse(bytes, into: &head) == .complete)
            return AcceptEncoding(head, bytes)
        }
    }

    @Test(
        "gzip is for those who want it no less than plain bodies",
        arguments: [
            ("gzip", true), ("gzip, deflate, br", true), ("deflate, GZip", true), ("x-gzip", true), ("*", true),
            ("gzip;q=0.5", true), ("gzip ; q=0.001", true), ("br;q=1.0, gzip;q=0.8, *;q=0.1", true),
            ("identity;q=0.5, gzip", true), ("identity, gzip", true), ("identity;q=0, gzip;q=0.1", true),
            ("", false), ("br", false), ("identity", false), ("gzip;q=0", false), ("gzip;q=0.000", false),
            ("*;q=0", false), ("*, gzip;q=0", false), ("identity;q=1, gzip;q=0.5", false),
            ("gzip;q=x", false), ("gzip;x=1", false), ("gzipped", false), ("gzip;q", false), ("gzip;q=1 1", false),
            (",,gzip,", true), ("gzip;q=1.000", true),
        ])
    func gzip(line: String, welcome: Bool) {
        #expect(Self.read(line).prefersGzip == welcome)
    }

    @Test("without the field bodies are plain")
    func absent() {
        #expect(!Self.read().prefersGzip)
        #expect(!Self.read().refusesPlain)
    }

    @Test("lines of the field are one list")
    func lines() {
        #expect(Self.read("br", "gzip").prefersGzip)
        #expect(!Self.read("gzip;q=0.2", "identity").prefersGzip)
    }

    @Test(
        "a plain body is ruled out only by a weight of zero, and only when gzip is left",
        arguments: [
            ("identity;q=0, gzip", true), ("gzip, *;q=0", true), ("identity;q=0, *", true), ("identity;q=0", false),
            ("*;q=0", false), ("gzip", false), ("identity;q=0.1, gzip", false), ("", false),
            ("gzip, identity, *;q=0", false),
        ])
    func plain(line: String, ruledOut: Bool) {
        #expect(Self.read(line).refusesPlain == ruledOut)
    }
}
