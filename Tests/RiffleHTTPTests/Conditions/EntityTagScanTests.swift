import NIOHTTP1
import Testing

@testable import RiffleHTTP

@Suite("If-None-Match from bytes")
struct EntityTagScanTests {
    /// What the rules over whole fields say.
    private func full(_ list: String, _ tag: String) -> Bool {
        let decision = Validation.decide(
            method: .get, request: ["If-None-Match": list], status: 200, stored: ["ETag": tag], receivedAt: 0, now: 0)
        return decision == .notModified
    }

    private func scan(_ list: String, _ tag: String) -> Bool? {
        Array(list.utf8).withUnsafeBytes { list in
            Array(tag.utf8).withUnsafeBytes { EntityTagScan.matches(list, tag: $0) }
        }
    }

    static let understood: [(list: String, tag: String, matches: Bool)] = [
        ("\"a\"", "\"a\"", true), ("W/\"a\"", "\"a\"", true), ("\"a\"", "W/\"a\"", true), ("*", "\"a\"", true),
        ("\"b\" , \"a\"", "\"a\"", true), ("\"b\",W/\"c\"", "\"a\"", false), ("\"a,b\"", "\"a,b\"", true),
        ("\"\"", "\"\"", true), ("\"A\"", "\"a\"", false), ("\"W/\"", "\"W/\"", true),
    ]

    @Test("a sound list is judged as by the full rules", arguments: understood)
    func judges(_ row: (list: String, tag: String, matches: Bool)) {
        #expect(scan(row.list, row.tag) == row.matches)
        #expect(full(row.list, row.tag) == row.matches)
    }

    @Test(
        "what is no list of entity tags is left to the full rules",
        arguments: [
            "", "a", "\"a", "a\"", "\"a\" \"b\"", "\"a\",", ",\"a\"", "*, \"a\"", "w/\"a\"", "W/ \"a\"", "\"a b\"",
        ])
    func leaves(_ list: String) {
        #expect(scan(list, "\"a\"") == nil)
    }

    @Test("no list of any bytes is judged differently than by the full rules")
    func agrees() {
        let seed = UInt64.random(in: 1...UInt64.max)
        var state = seed
        func draw(_ count: Int) -> Int {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return Int(state % UInt64(count))
        }
        let pieces = ["\"a\"", "\"b\"", "W/\"a\"", "W/", "\"", ",", ", ", " ", "*", "a", "\\", "\"a,b\"", "\t"]
        var judged = 0
        for _ in 0..<20_000 {
            let list = (0...draw(6)).map { _ in pieces[draw(pieces.count)] }.joined()
            let trimmed = String(
                list.drop { $0 == " " || $0 == "\t" }.reversed().drop { $0 == " " || $0 == "\t" }.reversed())
            let tag = ["\"a\"", "W/\"a\"", "\"a,b\"", "\"\\\""][draw(4)]
            guard let matches = scan(trimmed, tag) else { continue }
            judged += 1
            #expect(matches == full(trimmed, tag), "\(trimmed) against \(tag), seed \(seed)")
        }
        #expect(judged > 1_000)
    }
}
