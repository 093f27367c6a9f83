import NIOCore
import NIOHTTP1
import RiffleHTTP
import Testing

@testable import RiffleProxy

/// Listings that the origin sends as gzip: kept as they came, read all the same.
@Suite struct OriginGzipTests {
    static let body = CodingStage.listing(bytes: CodingRule.largestPlainCopy + 200_000)
    static let small = CodingStage.listing(bytes: 2_000)

    static func coded(_ body: String) throws -> ByteBuffer {
        try #require(GzipWriter()).coded(ByteBuffer(string: body))
    }

    static func answer(_ coded: ByteBuffer, _ fields: [(String, String)] = []) -> OriginAnswer {
        var answer = CodingStage.answer("", [("Content-Encoding", "gzip"), ("ETag", "\"v-gzip\"")] + fields)
        answer.bytes = coded
        return answer
    }

    @Test("who takes gzip gets the origin's, who does not gets it inflated under a weak tag", arguments: [body, small])
    func kept(body: String) async throws {
        try await CodingStage.with { stage in
            let coded = try Self.coded(body)
            stage.origin.script("/f/", [Self.answer(coded)])
            for round in 0..<3 {
                let got = try await stage.get("/f/", taking: "gzip")
                #expect(got.isHit == (round > 0))
                #expect(got.body == coded && got.coding == "gzip" && got.tag == "\"v-gzip\"")
                let plain = try await stage.get("/f/")
                #expect(plain.isHit && plain.coding == nil && plain.tag == "W/\"v-gzip\"")
                #expect(try plain.text == body)
            }
            #expect(stage.origin.requests.count == 1)
            #expect(stage.origin.requests[0]["accept-encoding"] == "gzip")
        }
    }

    @Test("the origin is asked for gzip only on behalf of those who take it")
    func asked() async throws {
        try await CodingStage.with { stage in
            stage.origin.script("/f/", [CodingStage.answer(Self.small)])
            _ = try await stage.get("/f/", taking: "br, gzip;q=0")
            #expect(stage.origin.requests[0]["accept-encoding"] == nil)
        }
    }

    @Test("gzip that is cut, damaged, followed by bytes or no listing passes through and is not kept")
    func broken() async throws {
        try await CodingStage.with { stage in
            let coded = try Self.coded(Self.body)
            var damaged = coded
            damaged.setInteger(UInt32(0), at: coded.readableBytes - 8)
            var longer = coded
            longer.writeInteger(UInt8(0))
            let cut = try #require(coded.getSlice(at: 0, length: coded.readableBytes - 9))
            for body in [cut, damaged, longer, try Self.coded("[1]"), try Self.coded(String(Self.body.dropLast(5)))] {
                stage.origin.script("/f/", [Self.answer(body)])
                for _ in 0..<2 {
                    let got = try await stage.get("/f/", taking: "gzip")
                    #expect(!got.isHit && got.body == body && got.coding == "gzip")
                }
            }
            #expect(stage.origin.requests.count == 10)
        }
    }

    @Test("what stands for far more bytes than may be stored passes through, read no further than that")
    func bomb() async throws {
        try await CodingStage.with {
            $0.cache.largestListing = 64 << 10
        } _: { stage in
            let coded = try Self.coded("[" + String(repeating: " ", count: 8 << 20) + "]")
            #expect(coded.readableBytes < 64 << 10)
            stage.origin.script("/f/", [Self.answer(coded)])
            for _ in 0..<2 {
                let got = try await stage.get("/f/", taking: "gzip")
                #expect(got.fields.first(name: "cache-status")?.contains("too-large") ?? false)
                #expect(got.body == coded)
            }
        }
    }

    @Test("a coding that riffle can't read, or one that must stay as it is, passes through")
    func others() async throws {
        try await CodingStage.with { stage in
            for fields in [("Content-Encoding", "br"), ("Cache-Control", "no-transform")] {
                var answer = Self.answer(try Self.coded(Self.small), [fields])
                answer.fields.removeAll { $0.0 == "Content-Encoding" && fields.0 == $0.0 && $0.1 == "gzip" }
                stage.origin.script("/f/", [answer])
                for _ in 0..<2 { #expect(try await !stage.get("/f/", taking: "gzip, br").isHit) }
            }
        }
    }
}
