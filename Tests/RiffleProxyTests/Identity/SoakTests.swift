import Dispatch
import Foundation
import Synchronization
import Testing

@testable import RiffleProxy

/// Two people with several credentials each hammer the same few URLs over shared connections, and leave at every point:
/// in the middle of a request, of an answer, of a queue of both. Nobody may ever get a byte made for the other.
///
/// `RIFFLE_SOAK=1000000` makes it a long run; `RIFFLE_SEED` repeats one.
@Suite("Two users, cancelling everywhere", .serialized)
struct SoakTests {
    private struct Numbers: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var value = state
            value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
            value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
            return value ^ (value >> 31)
        }
        mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &self) }
        mutating func chance(_ one: Int) -> Bool { below(one) == 0 }
    }

    private static let people = ["anne", "bert"]

    /// Ways in which one person is known.
    private static func credential(_ person: String, _ number: Int) -> String {
        switch number {
        case 0, 1: "Authorization: Bearer \(Tokens.token(person, number))"
        case 2: "Authorization: Basic \(Tokens.encode("\(person):secret"))"
        case 3: "Cookie: sid=\(person)"
        default: "Authorization: Bearer \(Tokens.token(person, 9))\r\nCookie: sid=\(person)"
        }
    }

    /// Who asks, by what the origin can see; nil when it is nobody it knows.
    private static func person(_ request: WireMessage) -> String? {
        if let value = request["authorization"] {
            if value.hasPrefix("Bearer "), value.hasSuffix(".\(Tokens.genuine)") {
                return Tokens.subject(String(value.dropFirst(7)))
            }
            return people.first { value == "Basic \(Tokens.encode("\($0):secret"))" }
        }
        return request["cookie"].flatMap { value in people.first { value == "sid=\($0)" } }
    }

    private static let controls = [
        "max-age=60", "max-age=1, stale-while-revalidate=5", "private, max-age=60", "no-store",
        "no-cache", "max-age=0, stale-if-error=30", "",
    ]

    private static func answer(_ request: WireMessage, _ number: Int) -> OriginAnswer {
        guard let person = person(request) else { return OriginAnswer(status: 401, body: "who?") }
        let mark = "<of-\(person)-\(request.target)>"
        let padding = request.target.contains("large") ? String(repeating: "x", count: 40_000) : ""
        let tag = "\"\(person)-\(request.target.utf8.count)\""
        var answer = OriginAnswer()
        switch number % 97 {
        case 0: return OriginAnswer(status: 503, body: mark)
        case 1: return OriginAnswer(status: 403, body: mark)
        case 2: answer.hangsUp = true
        case 3:
            answer.fields.append(("Content-Length", "100000"))
            answer.closes = true
        case 4...30 where request["if-none-match"]?.contains(tag) == true:
            return OriginAnswer(status: 304, fields: [("ETag", tag)])
        default: break
        }
        answer.fields.append(("ETag", tag))
        if request.method == "PROPFIND" {
            answer.status = 207
            answer.fields.append(("Content-Type", "application/xml"))
            let rows = ["", "of-\(person)"].map {
                "<D:response><D:href>\(request.target)\($0)</D:href><D:propstat><D:prop/>"
                    + "<D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response>"
            }
            answer.body =
                "<D:multistatus xmlns:D=\"DAV:\">\(rows.joined())<!--\(mark)\(padding)--></D:multistatus>"
        } else {
            answer.fields.append(("Cache-Control", controls[number % controls.count]))
            answer.fields.append(("Vary", number.isMultiple(of: 5) ? "Accept" : "Accept-Language"))
            answer.body = mark + padding + mark
        }
        return answer
    }

    private struct Tally: Sendable {
        var requests = 0
        var answers = 0
        var hits = 0
        var cuts = 0
        var foreign: [String] = []
        var unmarked: [String] = []
    }

    private final class Counts: Sendable {
        private let tally = Mutex(Tally())
        func withLock<Result: Sendable>(_ body: (inout Tally) -> Result) -> Result { tally.withLock { body(&$0) } }
    }

    @Test("no answer is anybody else's")
    func soak() async throws {
        let environment = ProcessInfo.processInfo.environment
        let total = environment["RIFFLE_SOAK"].flatMap { Int($0) } ?? 4_000
        let seed = environment["RIFFLE_SEED"].flatMap { UInt64($0) } ?? .random(in: 0 ... .max)
        print("soak: \(total) requests, seed \(seed)")
        let chance = Mutex(Numbers(state: seed))
        let tally = Counts()
        let began = ContinuousClock.now
        try await CacheStage.with({ settings in
            settings.origin.dialect = .webdav
            settings.identity.claims = .automatic
            settings.cache.memory = 1 << 20
            settings.cache.defaultTTL = 200
            settings.cache.staleWhileRevalidate = 300
            settings.cache.staleIfError = 2_000
            settings.cache.vouchTTL = 1_000
            settings.prefetch.enabled = true
            settings.loops = .count(2)
            settings.redis.url = "embedded"
        }) { stage in
            stage.origin.forgets = true
            stage.origin.answer { request in Self.answer(request, chance.withLock { $0.below(1 << 20) }) }
            let port = stage.port
            await withTaskGroup(of: Void.self) { group in
                let workers = 4
                for worker in 0..<workers {
                    group.addTask {
                        await withCheckedContinuation { done in
                            // Blocking sockets: not on a thread of the tests' own pool.
                            Thread.detachNewThread {
                                var numbers = Numbers(state: seed &+ UInt64(worker) &* 7_919)
                                Self.work(port, total / workers, &numbers, tally)
                                done.resume()
                            }
                        }
                    }
                }
            }
        }
        let result = tally.withLock { $0 }
        print(
            "soak: \(result.requests) requests, \(result.answers) whole answers, \(result.hits) hits, "
                + "\(result.cuts) cut, \(result.foreign.count) foreign, in \(ContinuousClock.now - began)")
        #expect(result.foreign.isEmpty, "seed \(seed): \(result.foreign.prefix(3))")
        #expect(result.unmarked.isEmpty, "seed \(seed): \(result.unmarked.prefix(3))")
        #expect(result.answers > result.requests / 4 && result.hits > 0 && result.cuts > 0)
    }

    private struct Question {
        let person: String
        let target: String
        let text: String
        let isHead: Bool
    }

    private static func question(_ numbers: inout Numbers) -> Question {
        let person = people[numbers.below(2)]
        let folder = ["/a/", "/b/", "/large/", "/a/sub/", "/b/large/"][numbers.below(5)]
        let method = ["PROPFIND", "PROPFIND", "GET", "GET", "HEAD"][numbers.below(5)]
        let target = method == "PROPFIND" ? folder : folder + "file-\(numbers.below(3))"
        var text = "\(method) \(target) HTTP/1.1\r\nHost: soak.test\r\n\(credential(person, numbers.below(5)))\r\n"
        if method == "PROPFIND" { text += "Depth: 1\r\n" }
        if numbers.chance(6) { text += "Accept-Language: \(numbers.below(3))\r\n" }
        if numbers.chance(8) { text += "If-None-Match: \"\(person)-\(target.utf8.count)\"\r\n" }
        if numbers.chance(12) {
            text += "Cache-Control: \(["no-cache", "max-age=0", "no-store"][numbers.below(3)])\r\n"
        }
        if numbers.chance(12), method == "GET" { text += "Range: bytes=0-\(numbers.below(90))\r\n" }
        if numbers.chance(6) { text += "Accept-Encoding: gzip;q=0\r\n" }
        return Question(person: person, target: target, text: text + "\r\n", isHead: method == "HEAD")
    }

    private static func work(_ port: Int, _ count: Int, _ numbers: inout Numbers, _ tally: Counts) {
        var asked = 0
        while asked < count {
            guard var client = BlockingClient(port: port) else { continue }
            for _ in 0..<(1 + numbers.below(12)) where asked < count {
                let questions = (0..<(numbers.chance(4) ? 2 + numbers.below(3) : 1)).map { _ in question(&numbers) }
                asked += questions.count
                tally.withLock { $0.requests += questions.count }
                let bytes = Array(questions.map(\.text).joined().utf8)
                if numbers.chance(10) {
                    // Leaves in the middle of asking.
                    _ = client.send(bytes.prefix(numbers.below(bytes.count)))
                    if numbers.chance(2) { client.reset() }
                    tally.withLock { $0.cuts += 1 }
                    break
                }
                guard client.send(bytes) else { break }
                if numbers.chance(8) {
                    // Leaves in the middle of the answer, or before its first byte.
                    if numbers.chance(2) { _ = client.receive() }
                    check(client.pending, questions, isWhole: false, tally)
                    if numbers.chance(2) { client.reset() }
                    tally.withLock { $0.cuts += 1 }
                    break
                }
                var isOpen = true
                for question in questions {
                    guard let answer = client.answer(toHead: question.isHead) else {
                        isOpen = false
                        check(client.pending, [question], isWhole: false, tally)
                        break
                    }
                    let isHit = answer.head.contains("riffle; hit")
                    tally.withLock { tally in
                        tally.answers += 1
                        if isHit { tally.hits += 1 }
                    }
                    check(Array(answer.head.utf8) + answer.body, [question], isWhole: true, tally)
                    // What is whole and no error bears the mark of the one who asked.
                    if [200, 207].contains(answer.status), !question.isHead,
                        answer.body.firstRange(of: Array("<of-\(question.person)-\(question.target)>".utf8)) == nil
                    {
                        tally.withLock { $0.unmarked.append("\(question.text) -> \(answer.head)") }
                    }
                }
                guard isOpen else { break }
            }
        }
    }

    /// Notes bytes that bear the mark of somebody who did not ask.
    private static func check(
        _ bytes: [UInt8], _ questions: [Question], isWhole: Bool, _ tally: Counts
    ) {
        for person in people where !questions.contains(where: { $0.person == person }) {
            // Entity tags bear it too.
            if bytes.firstRange(of: Array(person.utf8)) != nil {
                tally.withLock {
                    $0.foreign.append("\(questions[0].text) -> \(String(decoding: bytes.prefix(600), as: UTF8.self))")
                }
            }
        }
    }
}
