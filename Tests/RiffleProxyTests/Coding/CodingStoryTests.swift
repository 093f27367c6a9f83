import NIOCore
import NIOHTTP1
import Testing

@testable import RiffleProxy

/// Listings stored once, as gzip where they are large, and given in the coding that each client takes.
@Suite struct CodingStoryTests {
    static let sizes = [CodingRule.largestPlain * 2, CodingRule.largestPlainCopy + 100_000]

    @Test("a large listing is gzip for those who take it and plain for all others, from one fill", arguments: sizes)
    func large(size: Int) async throws {
        try await CodingStage.with { stage in
            let body = CodingStage.listing(bytes: size)
            stage.origin.script("/f/", [CodingStage.answer(body)])
            #expect(try await stage.get("/f/").text == body)
            for round in 0..<3 {
                let coded = try await stage.get("/f/", taking: "gzip, deflate")
                #expect(coded.isHit && coded.coding == "gzip", "round \(round)")
                #expect(coded.fields.first(name: "content-length") == "\(coded.body.readableBytes)")
                #expect(coded.fields["vary"] == ["accept-encoding"])
                #expect(coded.body.readableBytes < size / 3)
                #expect(try coded.text == body)
                let plain = try await stage.get("/f/", taking: round == 0 ? nil : "gzip;q=0")
                #expect(plain.isHit && plain.coding == nil, "round \(round)")
                #expect(plain.fields.first(name: "content-length") == "\(body.utf8.count)")
                #expect(plain.fields["vary"] == ["accept-encoding"])
                #expect(try plain.text == body)
            }
            #expect(stage.origin.requests.count == 1)
        }
    }

    @Test("the one who fills gets the coding it takes")
    func filler() async throws {
        try await CodingStage.with { stage in
            let body = CodingStage.listing(bytes: Self.sizes[0])
            stage.origin.script("/f/", [CodingStage.answer(body)])
            let first = try await stage.get("/f/", taking: "gzip")
            #expect(!first.isHit && first.coding == "gzip")
            #expect(try first.text == body)
        }
    }

    @Test("a small listing stays plain, but for a client that refuses plain bodies")
    func small() async throws {
        try await CodingStage.with { stage in
            let body = CodingStage.listing(bytes: CodingRule.largestPlain / 2)
            stage.origin.script("/f/", [CodingStage.answer(body, [("ETag", "\"v\"")])])
            for coding in [nil, "gzip", "identity;q=0"] {
                let plain = try await stage.get("/f/", taking: coding)
                #expect(plain.coding == nil && plain.tag == "\"v\"")
                #expect(try plain.text == body)
            }
            let coded = try await stage.get("/f/", taking: "gzip, identity;q=0")
            #expect(coded.isHit && coded.coding == "gzip" && coded.tag == "W/\"v\"")
            #expect(try coded.text == body)
            #expect(stage.origin.requests.count == 1)
        }
    }

    @Test("a small listing that a client with gzip filled is gzip, but a tiny one is not")
    func smallForGzip() async throws {
        try await CodingStage.with { stage in
            for (size, coding) in [(CodingRule.smallest * 2, "gzip"), (CodingRule.smallest / 2, nil)] {
                let body = CodingStage.listing(bytes: size)
                stage.origin.script("/\(size)/", [CodingStage.answer(body)])
                for _ in 0..<2 {
                    let got = try await stage.get("/\(size)/", taking: "gzip")
                    #expect(try got.coding == coding && got.text == body)
                    let plain = try await stage.get("/\(size)/")
                    #expect(try plain.isHit && plain.coding == nil && plain.text == body)
                }
            }
            #expect(stage.origin.requests.count == 2)
        }
    }

    @Test("HEAD says what GET would give, in either coding", arguments: sizes)
    func head(size: Int) async throws {
        try await CodingStage.with { stage in
            stage.origin.script("/f/", [CodingStage.answer(CodingStage.listing(bytes: size))])
            for coding in [nil, "gzip"] {
                let get = try await stage.get("/f/", taking: coding)
                let head = try await stage.get("/f/", taking: coding, method: .HEAD)
                #expect(head.isHit && head.body.readableBytes == 0)
                for name in ["content-length", "content-encoding", "etag", "vary"] {
                    #expect(head.fields[name] == get.fields[name])
                }
            }
            #expect(stage.origin.requests.count == 1)
        }
    }

    @Test("the codings share no strong tag, and either tag revalidates", arguments: sizes)
    func tags(size: Int) async throws {
        try await CodingStage.with { stage in
            let body = CodingStage.listing(bytes: size)
            stage.origin.script("/f/", [CodingStage.answer(body, [("ETag", "\"v\""), ("Content-MD5", "x")])])
            #expect(try await stage.get("/f/").tag == "\"v\"")
            let coded = try await stage.get("/f/", taking: "gzip")
            #expect(coded.tag == "W/\"v\"")
            #expect(!coded.fields.contains(name: "content-md5"))
            for coding in [nil, "gzip"] {
                for tag in ["\"v\"", "W/\"v\"", "\"a\", W/\"v\"", "*"] {
                    let answer = try await stage.get("/f/", taking: coding, [("If-None-Match", tag)])
                    #expect(answer.status == 304 && answer.body.readableBytes == 0, "\(coding ?? "plain") \(tag)")
                    #expect(answer.tag == (coding == nil ? "\"v\"" : "W/\"v\""))
                    #expect(!answer.fields.contains(name: "content-encoding"))
                }
                let other = try await stage.get("/f/", taking: coding, [("If-None-Match", "\"w\"")])
                #expect(try other.status == 200 && other.text == body)
            }
            #expect(stage.origin.requests.count == 1)
        }
    }

    @Test("a listing that the origin confirms keeps its coding and the origin's own tag")
    func revalidation() async throws {
        try await CodingStage.with {
            $0.cache.staleWhileRevalidate = 0
        } _: { stage in
            let body = CodingStage.listing(bytes: Self.sizes[0])
            let fields = [("ETag", "\"v\""), ("Cache-Control", "max-age=0")]
            let first = OriginAnswer(fields: [("Content-Type", "application/json")] + fields, body: body)
            stage.origin.script("/f/", [first, OriginAnswer(status: 304, fields: fields)])
            #expect(try await stage.get("/f/").text == body)
            for coding in ["gzip", nil, "gzip"] {
                let answer = try await stage.get("/f/", taking: coding)
                #expect(answer.coding == coding)
                #expect(answer.tag == (coding == nil ? "\"v\"" : "W/\"v\""))
                #expect(try answer.text == body)
            }
            #expect(stage.origin.requests.dropFirst().allSatisfy { $0["if-none-match"] == "\"v\"" })
        }
    }

    @Test("what the origin forbids to transform stays as it is")
    func noTransform() async throws {
        try await CodingStage.with { stage in
            let body = CodingStage.listing(bytes: Self.sizes[0])
            stage.origin.script("/f/", [CodingStage.answer(body, [("Cache-Control", "no-transform")])])
            for coding in [nil, "gzip", "gzip, identity;q=0"] {
                let answer = try await stage.get("/f/", taking: coding)
                #expect(try answer.coding == nil && answer.text == body)
            }
            #expect(stage.origin.requests.count == 1)
        }
    }

    @Test("ranges go to the origin, whose bytes they count")
    func ranges() async throws {
        try await CodingStage.with { stage in
            stage.origin.script("/f/", [CodingStage.answer(CodingStage.listing(bytes: Self.sizes[0]))])
            _ = try await stage.get("/f/")
            _ = try await stage.get("/f/", taking: "gzip", [("Range", "bytes=0-9")])
            #expect(stage.origin.requests.last?["range"] == "bytes=0-9")
        }
    }
}
