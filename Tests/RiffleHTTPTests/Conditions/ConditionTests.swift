import NIOHTTP1
import Testing

@testable import RiffleHTTP

private let old = "Sat, 05 Nov 1994 08:49:37 GMT"
private let later = "Sun, 06 Nov 1994 08:49:37 GMT"

@Suite("RFC 9110 §13: conditions answered from a stored response")
struct ValidationTests {
    static let cases: [([String], Validation)] = [
        ([], .proceed), (["If-None-Match: \"a\""], .notModified), (["If-None-Match: W/\"a\""], .notModified),
        (["If-None-Match: \"b\", \"a\""], .notModified),
        (["If-None-Match: \"b\"", "If-None-Match: \"a\""], .notModified),
        (["If-None-Match: *"], .notModified), (["If-None-Match: \"b\""], .proceed), (["If-None-Match: a"], .proceed),
        (["If-None-Match: \"x,\\\", \"a\""], .notModified), (["If-None-Match: \"b\", *"], .proceed),
        (["If-None-Match: \"A\""], .proceed), (["If-None-Match:"], .proceed),
        (["If-Modified-Since: \(later)"], .notModified), (["If-Modified-Since: \(old)"], .notModified),
        (["If-Modified-Since: Fri, 04 Nov 1994 08:49:37 GMT"], .proceed), (["If-Modified-Since: x"], .proceed),
        (["If-None-Match: \"b\"", "If-Modified-Since: \(later)"], .proceed),
        (["If-None-Match: \"a\"", "If-Modified-Since: Fri, 04 Nov 1994 08:49:37 GMT"], .notModified),
        (["If-Match: \"a\""], .originDecides),
        (["If-Unmodified-Since: \(later)", "If-None-Match: \"a\""], .originDecides),
    ]

    @Test("conditions are decided in the order of §13.2.2", arguments: cases)
    func decides(_ lines: [String], _ expected: Validation) {
        let stored = fields("ETag: \"a\"", "Last-Modified: \(old)", "Date: \(later)")
        for method in [Method.get, .head] {
            let decision = Validation.decide(
                method: method, request: fields(lines), status: 200, stored: stored, receivedAt: example, now: example)
            #expect(decision == expected)
        }
    }

    @Test("only a representation is compared, and other methods go to the origin")
    func bounds() {
        func decide(_ method: Method, _ status: Int, _ stored: HTTPHeaders) -> Validation {
            Validation.decide(
                method: method, request: ["If-Modified-Since": later], status: status, stored: stored,
                receivedAt: example, now: example)
        }
        #expect(decide(.get, 404, [:]) == .proceed)
        #expect(decide(.propfind, 207, [:]) == .originDecides)
        #expect(decide(.get, 200, [:]) == .notModified)
        #expect(decide(.get, 200, ["Date": "Mon, 07 Nov 1994 08:49:37 GMT"]) == .proceed)
    }

    @Test("a 304 carries what it must and nothing of the body (§15.4.5)")
    func fields304() {
        let answer = Validation.notModifiedFields(
            fields(
                "ETag: \"a\"", "Content-Type: x", "Content-Length: 3", "Vary: a", "Date: \(later)",
                "Last-Modified: \(old)"))
        #expect(answer.map(\.name) == ["ETag", "Vary", "Date"])
    }

    @Test("riffle asks with its own validators in place of the client's (RFC 9111 §4.3.1)")
    func asks() {
        var request = fields(
            "If-None-Match: \"mine\"", "Range: bytes=0-1", "If-Range: \"x\"", "If-Match: *", "Accept: a")
        #expect(ConditionalRequest.apply(stored: [fields("ETag: W/\"a\"", "Last-Modified: \(old)")], to: &request))
        #expect(request["if-none-match"] == ["W/\"a\""] && request["if-modified-since"] == [old])
        #expect(request.count == 3)
        let several = [fields("ETag: \"a\""), fields("ETag: \"b\""), fields("ETag: \"a\"", "Last-Modified: \(old)")]
        #expect(ConditionalRequest.apply(stored: several, to: &request))
        #expect(request["if-none-match"] == ["\"a\", \"b\""] && !request.contains(name: "if-modified-since"))
        #expect(ConditionalRequest.confirmed(by: ["ETag": "\"b\""], among: several) == 1)
        #expect(ConditionalRequest.confirmed(by: ["ETag": "\"c\""], among: several) == nil)
        #expect(ConditionalRequest.confirmed(by: [:], among: several) == nil)
        #expect(!ConditionalRequest.apply(stored: [[:]], to: &request))
    }
}

@Suite("RFC 9110 §14: ranges")
struct RangeTests {
    private func decide(_ value: String, _ more: [String] = [], length: Int = 1_000, method: Method = .get)
        -> RangeAnswer
    {
        var request = fields(more)
        request.add(name: "Range", value: value)
        let stored = fields("ETag: \"a\"", "Last-Modified: \(old)", "Date: \(later)")
        return Ranges.decide(method: method, request: request, status: 200, stored: stored, length: length)
    }

    static let single: [(String, RangeAnswer)] = [
        ("bytes=0-0", .single(0..<1)), ("bytes=0-", .single(0..<1_000)), ("BYTES=5-9", .single(5..<10)),
        ("bytes=-1", .single(999..<1_000)), ("bytes=-9999", .single(0..<1_000)),
        ("bytes=990-9999", .single(990..<1_000)),
        ("bytes=1000-", .unsatisfiable), ("bytes=-0", .unsatisfiable), ("bytes=99999999999999999999-", .unsatisfiable),
        ("bytes=5-4", .whole), ("bytes=", .whole), ("bytes=a-b", .whole), ("bytes=1", .whole), ("bytes=--1", .whole),
        ("items=0-1", .whole), ("bytes 0-1", .whole), ("bytes=0-1;2-3", .whole), ("bytes=+1-2", .whole), ("", .whole),
        ("bytes=0-0, 500-500", .several([0..<1, 500..<501])), ("bytes=500-500,0-0", .several([500..<501, 0..<1])),
        ("bytes=0-9,5-20", .single(0..<21)), ("bytes=0-9,40-49", .single(0..<50)), ("bytes=0-0,2000-", .single(0..<1)),
        ("bytes=0-400,500-999", .whole), ("bytes=0-0,200-200,80-199", .single(0..<201)),
    ]

    @Test("a set is answered as one range, several, none, or ignored", arguments: single)
    func sets(_ value: String, _ expected: RangeAnswer) { #expect(decide(value) == expected) }

    @Test("too many ranges, another method, or an empty body are answered with the whole")
    func ignored() {
        let many = (0...Ranges.maximumRanges).map { "\($0 * 1_000)-\($0 * 1_000)" }.joined(separator: ",")
        #expect(decide("bytes=\(many)", length: 1_000_000) == .whole)
        #expect(decide("bytes=0-0", method: .head) == .whole)
        #expect(decide("bytes=0-", length: 0) == .whole)
        #expect(decide("bytes=0-0", ["Range: bytes=0-0"]) == .whole)
    }

    static let conditions: [(String, Bool)] = [
        ("\"a\"", true), ("W/\"a\"", false), ("\"b\"", false), (old, true), (later, false), ("x", false), ("", false),
    ]

    @Test("If-Range takes a strong validator that still holds (§13.1.5)", arguments: conditions)
    func ifRange(_ value: String, _ holds: Bool) {
        #expect(decide("bytes=0-0", ["If-Range: \(value)"]) == (holds ? .single(0..<1) : .whole))
    }

    @Test("several ranges stay in bounds, apart, and cost less than the whole")
    func properties() {
        let seed = UInt64.random(in: 0 ... .max)
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<3_000 {
            let length = Int.random(in: 1...5_000, using: &generator)
            let specs = (0..<Int.random(in: 1...16, using: &generator)).map { _ in
                let start = Int.random(in: 0...6_000, using: &generator)
                switch Int.random(in: 0..<3, using: &generator) {
                case 0: return "\(start)-"
                case 1: return "-\(start)"
                default: return "\(start)-\(start + Int.random(in: 0...500, using: &generator))"
                }
            }
            guard case .several(let ranges) = decide("bytes=" + specs.joined(separator: ", "), length: length) else {
                continue
            }
            #expect(ranges.allSatisfy { !$0.isEmpty && $0.lowerBound >= 0 && $0.upperBound <= length }, "seed \(seed)")
            #expect(ranges.reduce(0) { $0 + $1.count } < length, "seed \(seed)")
            let sorted = ranges.sorted { $0.lowerBound < $1.lowerBound }
            #expect(zip(sorted, sorted.dropFirst()).allSatisfy { $0.upperBound < $1.lowerBound }, "seed \(seed)")
        }
    }

    @Test("the multipart frame counts its own bytes (§14.6)")
    func multipart() {
        let frame = MultipartRanges([0..<1, 5..<7], length: 9, contentType: "text/xml", boundary: "b")
        let body = frame.heads[0] + "A" + frame.heads[1] + "FG" + frame.closing
        #expect(body.utf8.count == frame.contentLength)
        #expect(
            body == "--b\r\nContent-Type: text/xml\r\nContent-Range: bytes 0-0/9\r\n\r\nA"
                + "\r\n--b\r\nContent-Type: text/xml\r\nContent-Range: bytes 5-6/9\r\n\r\nFG\r\n--b--\r\n")
        #expect(Ranges.contentRange(nil, length: 9) == "bytes */9")
    }
}
