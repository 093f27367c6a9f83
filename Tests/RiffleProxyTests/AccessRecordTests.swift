import RiffleHTTP
import RiffleTelemetry
import Testing

@testable import RiffleProxy

@Suite("Access log")
struct AccessRecordTests {
    private func record(_ request: String) throws -> AccessRecord {
        let bytes = Array(request.utf8)
        var head = RequestHead()
        var record = try bytes.withUnsafeBytes { bytes in
            try #require(RequestParser.parse(bytes, into: &head) == .complete)
            return AccessRecord(head, bytes: bytes, client: "127.0.0.1")
        }
        record.status = 207
        record.bytes = 1_234
        record.nanoseconds = 56_000
        record.verdict = Verdict(.hit, tier: .memory, prefetched: true)
        return record
    }

    private let time = WallTime(milliseconds: 1_764_086_457_123)

    @Test("a line of JSON says what became of the request")
    func json() throws {
        let record = try record("PROPFIND /a%20b/ HTTP/1.1\r\nHost: x\r\nUser-Agent: rclone/1.60\r\n\r\n")
        #expect(
            record.json(at: time)
                == #"{"time":"2025-11-25T16:00:57.123Z","client":"127.0.0.1","method":"PROPFIND","path":"/a%20b/","status":207,"bytes":1234,"duration_us":56,"outcome":"hit","tier":"memory","prefetched":true,"agent":"rclone/1.60"}"#
                + "\n")
    }

    @Test("the combined format ends with outcome, tier and reason")
    func combined() throws {
        let record = try record("GET / HTTP/1.0\r\n\r\n")
        #expect(
            record.combined(at: time)
                == "127.0.0.1 - - [25/Nov/2025:16:00:57 +0000] \"GET / HTTP/1.0\" 207 1234 \"-\" \"\" hit/memory/- 56\n"
        )
    }

    @Test("a request that came as HTTP/2 is logged as such")
    func http2() throws {
        let bytes = Array("GET / HTTP/1.1\r\nhost: x\r\n\r\n".utf8)
        var head = RequestHead()
        let lines = try bytes.withUnsafeBytes { bytes in
            try #require(RequestParser.parse(bytes, into: &head) == .complete)
            var message = RequestMessage(head, bytes: bytes, body: nil)
            message.isHTTP2 = true
            return [
                AccessRecord(head, bytes: bytes, client: "::1", isHTTP2: true), AccessRecord(message, client: "::1"),
            ].map { $0.combined(at: time) }
        }
        for line in lines { #expect(line.contains("\"GET / HTTP/2.0\"")) }
    }

    @Test(
        "a sound traceparent names the trace, a malformed one nothing",
        arguments: [
            ("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", true),
            ("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-what-the-future-brings", true),
            ("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-x", false),
            ("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01.x", false),
            ("ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", false),
            ("00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01", false),
            ("00-00000000000000000000000000000000-00f067aa0ba902b7-01", false),
            ("00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01", false),
            ("00-4bf92f3577b34da6a3ce929d0e0e4736", false),
            ("", false),
        ])
    func trace(_ field: String, _ isSound: Bool) throws {
        let line = try record("GET / HTTP/1.1\r\nHost: x\r\ntraceparent: \(field)\r\n\r\n").json(at: time)
        #expect(line.contains(#","trace":"4bf92f3577b34da6a3ce929d0e0e4736","#) == isSound)
        #expect(line.contains("trace") == isSound)
    }

    @Test("neither query nor credential is logged")
    func secrets() throws {
        let record = try record(
            "GET /a/?X-Amz-Signature=s3cret HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer t0ken\r\nCookie: sid=c00kie\r\n\r\n"
        )
        for line in [record.json(at: time), record.combined(at: time)] {
            for secret in ["s3cret", "t0ken", "c00kie"] { #expect(!line.contains(secret)) }
        }
    }

    @Test("a client can't forge a line")
    func forging() throws {
        let record = try record("GET /%22 HTTP/1.1\r\nHost: x\r\nUser-Agent: a\"b\\c\u{e9}\r\n\r\n")
        #expect(record.json(at: time).contains(#""agent":"a\"b\\c\u00e9""#))
        #expect(record.json(at: time).filter { $0 == "\n" }.count == 1)
    }
}
