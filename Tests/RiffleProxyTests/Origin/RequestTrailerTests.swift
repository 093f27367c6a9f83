import NIOHTTP1
import Testing

@testable import RiffleProxy

/// Fields behind the body of a request (RFC 9110 §6.5, RFC 9112 §7.1.2).
@Suite("Trailer fields of a request", .timeLimit(.minutes(2)))
struct RequestTrailerTests {
    /// What the origin gets behind a chunked body with these trailer fields.
    private func passed(
        _ trailers: String, announcing announced: String = "", method: String = "POST"
    ) async throws -> WireMessage {
        try await asked(
            "\(method) /t HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\(announced)\r\n"
                + "4\r\nbody\r\n0\r\n\(trailers)\r\n")
    }

    private func asked(_ text: String) async throws -> WireMessage {
        var request: WireMessage?
        try await CacheStage.with { stage in
            stage.origin.script("/t", [OriginAnswer(status: 204)])
            let answer = try await stage.raw(text)
            #expect(answer.hasPrefix("HTTP/1.1 204 "))
            #expect(stage.origin.requests.count == 1)
            request = stage.origin.requests.first
        }
        return try #require(request)
    }

    @Test("go on as they came", arguments: ["POST", "PUT"])
    func goOn(_ method: String) async throws {
        let request = try await passed("X-Sum: 1\r\nx-note:\t a b \r\n", method: method)
        #expect(request.body == "4\r\nbody\r\n0\r\nX-Sum: 1\r\nx-note: a b\r\n\r\n")
        #expect(request["content-length"] == nil)
    }

    /// Names that a head must have said, that belong to one connection, or that servers take a request's meaning from.
    static let forbidden = [
        "Content-Length", "Transfer-Encoding", "Host", "Authorization", "Proxy-Authorization", "Proxy-Anything",
        "Cookie",
        "Connection", "Keep-Alive", "TE", "Trailer", "Upgrade", "Content-Type", "Content-Encoding", "Content-Range",
        "Cache-Control", "Pragma", "Expect", "Max-Forwards", "Range", "If", "If-Match", "If-None-Match", "Destination",
        "Depth", "Overwrite", "Lock-Token", "Forwarded", "X-Forwarded-For", "X-Forwarded-Anything", "X-Real-IP",
        "True-Client-IP", "X-Original-URL", "X-Rewrite-URL", "X-HTTP-Method-Override", "X-HTTP-Method",
        "X-Method-Override", "Client-Cert", "X-Forwarded-Client-Cert", "Via", "Riffle-Call",
    ]

    @Test("that a head must have said are dropped, announced or not", arguments: forbidden)
    func dropped(_ name: String) async throws {
        let request = try await passed(
            "X-Sum: 1\r\n\(name): 1\r\n", announcing: "Trailer: \(name), X-Sum\r\n")
        #expect(request.body == "4\r\nbody\r\n0\r\nX-Sum: 1\r\n\r\n")
        #expect(request.values("trailer") == ["X-Sum"])
    }

    @Test("are not announced where none can follow")
    func unannounced() async throws {
        let request = try await asked(
            "POST /t HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTrailer: X-Sum\r\nContent-Length: 1\r\n\r\nx")
        #expect(request["trailer"] == nil)
    }

    @Test(
        "of the answer are asked for when the client takes them, and no other transfer coding is",
        arguments: [("trailers", true), ("gzip, Trailers", true), ("gzip", false), ("", false)])
    func accepted(_ value: String, _ isAsked: Bool) async throws {
        let request = try await asked(
            "POST /t HTTP/1.1\r\nHost: a\r\nConnection: close, TE\r\nTE: \(value)\r\nContent-Length: 1\r\n\r\nx")
        #expect(request.values("te") == (isAsked ? ["trailers"] : []))
        #expect(request.values("connection") == (isAsked ? ["TE"] : []))
    }
}
