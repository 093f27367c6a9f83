import NIOCore
import NIOHTTP1
import Testing

@testable import RiffleProxy

/// Answers too large to gather: coded while they come, or streamed on when they turn out to be nothing to keep.
@Suite struct IntakeTests {
    static let large = CodingStage.listing(bytes: CodingRule.largestAtOnce * 4)

    /// `body` in chunks, so that nobody knows its length beforehand.
    static func chunked(_ body: String, _ fields: [(String, String)] = []) -> OriginAnswer {
        var text = ByteBuffer(string: String(body.utf8.count, radix: 16) + "\r\n" + body + "\r\n0\r\n\r\n")
        var answer = CodingStage.answer("", [("Transfer-Encoding", "chunked")] + fields)
        answer.bytes = text.readSlice(length: text.readableBytes)
        return answer
    }

    @Test("a listing larger than the limit is kept when its coded form is not", arguments: [false, true])
    func coded(isChunked: Bool) async throws {
        try await CodingStage.with {
            $0.cache.largestListing = CodingRule.largestAtOnce * 2
        } _: { stage in
            stage.origin.script("/f/", [isChunked ? Self.chunked(Self.large) : CodingStage.answer(Self.large)])
            for round in 0..<3 {
                let got = try await stage.get("/f/", taking: round == 1 ? "gzip" : nil)
                #expect(got.isHit == (round > 0))
                #expect(try got.text == Self.large)
            }
            #expect(stage.origin.requests.count == 1)
        }
    }

    @Test(
        "a large answer that proves to be no listing reaches the client whole and is not kept",
        arguments: [0.3, 0.9, 1])
    func refused(place: Double) async throws {
        try await CodingStage.with { stage in
            // Wrong in the middle of its way, or only at its end.
            let index = Self.large.utf8.index(
                Self.large.startIndex,
                offsetBy: min(Int(Double(Self.large.utf8.count) * place), Self.large.utf8.count - 3))
            let broken = String(Self.large[..<index]) + "!" + Self.large[index...]
            stage.origin.script("/f/", [Self.chunked(broken)])
            for _ in 0..<2 {
                let got = try await stage.get("/f/", taking: "gzip")
                #expect(!got.isHit && got.status == 200)
                #expect(try got.text == broken)
            }
            #expect(stage.origin.requests.count == 2)
        }
    }

    @Test("a large answer that HTTP forbids to store reaches the client as it is")
    func noStore() async throws {
        try await CodingStage.with { stage in
            stage.origin.script("/f/", [Self.chunked(Self.large, [("Set-Cookie", "a=b")])])
            for _ in 0..<2 {
                let got = try await stage.get("/f/", taking: "gzip")
                #expect(try !got.isHit && got.text == Self.large)
            }
        }
    }

    @Test("everyone who waits for a large fill gets it, in his coding, from one call")
    func herd() async throws {
        try await CodingStage.with { stage in
            var answer = CodingStage.answer(Self.large)
            answer.waits = true
            stage.origin.script("/f/", [answer])
            try await withThrowingTaskGroup(of: CodingStage.Got.self) { group in
                for number in 0..<12 {
                    group.addTask { try await stage.get("/f/", taking: number % 2 == 0 ? "gzip" : nil) }
                }
                while stage.origin.heldCount == 0 { await Task.yield() }
                stage.origin.release()
                for try await got in group { #expect(try got.text == Self.large) }
            }
        }
    }
}
