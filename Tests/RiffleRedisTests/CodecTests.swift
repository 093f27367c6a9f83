import NIOCore
import RiffleCache
import Testing

@testable import RiffleRedis

@Suite("RESP, targets and sealing")
struct CodecTests {
    struct Sample: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let wire: String
        let reply: Reply
    }

    static let samples = [
        Sample(testDescription: "status", wire: "+OK\r\n", reply: .status("OK")),
        Sample(testDescription: "error", wire: "-ERR no\r\n", reply: .error("ERR no")),
        Sample(testDescription: "integer", wire: ":-42\r\n", reply: .integer(-42)),
        Sample(testDescription: "null", wire: "$-1\r\n", reply: .null),
        Sample(testDescription: "null array", wire: "*-1\r\n", reply: .null),
        Sample(testDescription: "empty", wire: "$0\r\n\r\n", reply: .bytes(ByteBuffer())),
        Sample(
            testDescription: "nested", wire: "*3\r\n:1\r\n*2\r\n$3\r\na\r\n\r\n*0\r\n$-1\r\n",
            reply: .array([.integer(1), .array([.bytes(ByteBuffer(string: "a\r\n")), .array([])]), .null])),
    ]

    @Test("every reply is read, however it is cut", arguments: samples)
    func byteByByte(sample: Sample) throws {
        let decoder = try #require(ReplyDecoder())
        for _ in 0..<50 {
            var replies: [Reply] = []
            for byte in sample.wire.utf8 {
                try decoder.feed(ByteBuffer(bytes: [byte]))
                while let reply = try decoder.next() { replies.append(reply) }
            }
            #expect(replies == [sample.reply])
        }
    }

    @Test("garbage ends the stream and never more than that", arguments: [1, 2, 3, 4, 5, 6, 7, 8] as [UInt64])
    func garbage(seed: UInt64) throws {
        var state = seed
        func random(_ bound: UInt64) -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return (state >> 33) % bound
        }
        let alphabet = Array("*$+-:\r\n0123456789,#_(%~=>|ab".utf8)
        for _ in 0..<3_000 {
            let decoder = try #require(ReplyDecoder())
            let bytes = (0..<random(40)).map { _ in alphabet[Int(random(UInt64(alphabet.count)))] }
            do {
                try decoder.feed(ByteBuffer(bytes: bytes))
                while try decoder.next() != nil {}
            } catch {
                #expect(throws: ReplyStreamError.self) { try decoder.next() }
            }
        }
    }

    @Test(
        "a reply beyond its limits is refused",
        arguments: ["*100000\r\n", "*9\r\n*9\r\n", "$64\r\n0123456789abcdef0123"])
    func limits(wire: String) throws {
        let decoder = try #require(ReplyDecoder(limits: .init(unfinished: 16, bytes: 32, elements: 10)))
        #expect(throws: ReplyStreamError.self) {
            try decoder.feed(ByteBuffer(string: wire))
            _ = try decoder.next()
        }
    }

    @Test("commands are written as arrays of byte strings")
    func encode() {
        var command = Command("SET", "")
        command.append([0, 13, 10] as [UInt8])
        var output = ByteBuffer()
        let encoded = command.encode(into: &output)
        #expect(encoded)
        #expect(output == ByteBuffer(string: "*3\r\n$3\r\nSET\r\n$0\r\n\r\n$3\r\n\0\r\n\r\n"))
    }

    @Test("what was sealed opens only unchanged, under its name and key")
    func sealing() throws {
        let sealer = Sealer(key: [UInt8](repeating: 1, count: 32))
        let sealed = try #require(sealer.seal(Array("a listing".utf8), boundTo: "name"))
        #expect(sealer.open(sealed, boundTo: "name") == Array("a listing".utf8))
        #expect(sealer.open(sealed, boundTo: "other") == nil)
        #expect(Sealer(key: [UInt8](repeating: 2, count: 32)).open(sealed, boundTo: "name") == nil)
        for bit in 0..<sealed.count * 8 {
            var broken = sealed
            broken[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(sealer.open(broken, boundTo: "name") == nil)
        }
        for length in 0..<sealed.count { #expect(sealer.open(Array(sealed[..<length]), boundTo: "name") == nil) }
        let nothing = try #require(sealer.seal([], boundTo: "name"))
        #expect(sealer.open(nothing, boundTo: "name") == [])
    }

    @Test(
        "targets are understood",
        arguments: [
            ("redis://h", "redis://h:6379/0"), ("redis://u:p%40@h:1/3", "redis://h:1/3"),
            ("rediss://:a@b@[::1]:7", "rediss://[::1]:7/0"),
            ("redis+unix:///a/b.sock?db=2", "redis+unix:///a/b.sock?db=2"),
            ("none", "none"), ("embedded", "embedded"),
        ])
    func targets(text: String, description: String) throws {
        let target = try RedisTarget(parsing: text)
        #expect(target.description == description)
        var dumped = ""
        dump(target, to: &dumped)
        #expect(!dumped.contains("p@") && !dumped.contains("a@b"))
    }

    @Test(
        "targets that are none are refused",
        arguments: [
            "", "redis", "http://h", "redis://", "redis://h:0", "redis://h:99999", "redis://h/x", "redis://u@h",
            "redis+unix://a", "redis+unix:///a?x=1", "redis://%zz:a@h", "redis://[::1", "redis-cluster://h",
            "redis-sentinel://h", "redis://h?db=1",
        ])
    func wrongTargets(text: String) {
        #expect(throws: RedisTargetError.self) { try RedisTarget(parsing: text) }
    }
}
