import Synchronization
import Testing

@testable import RiffleProxy

/// Many users at once over few URLs, with every kind of answer: nobody ever gets a byte made for somebody else.
struct IdentityStoryTests {
    /// SplitMix64: the same numbers for the same seed.
    private struct Numbers: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var value = state
            value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
            value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
            return value ^ (value >> 31)
        }
    }

    private static let controls = [
        "max-age=60", "private, max-age=60", "no-store", "no-cache", "max-age=0, stale-while-revalidate=60",
        "max-age=60, must-revalidate", "max-age=1, stale-if-error=60", "",
    ]
    private static let credentials: [[(String, String)]] = [
        [], [("Authorization", "Basic YQ==")], [("Authorization", "Bearer b")], [("Cookie", "id=c")],
        [("Authorization", "Basic YQ=="), ("Cookie", "id=c")],
    ]

    private static func name(_ request: WireMessage) -> String {
        "<\(request["authorization"] ?? "")|\(request["cookie"] ?? "")|\(request["foo"] ?? "")|\(request.target)>"
    }

    @Test("no answer reaches anybody but the one it was made for")
    func crowd() async throws {
        let seed = UInt64.random(in: 0 ... .max)
        let chance = Mutex(Numbers(state: seed))
        try await CacheStage.with { stage in
            stage.origin.answer { request in
                let number = chance.withLock { Int.random(in: 0..<1_000, using: &$0) }
                let tag = "\"\(abs(Self.name(request).hashValue))\""
                if request["if-none-match"]?.contains(tag) == true, number.isMultiple(of: 2) {
                    return OriginAnswer(status: 304, fields: [("ETag", tag)])
                }
                let varies = [("Vary", "Foo")]
                if number.isMultiple(of: 13) {
                    return OriginAnswer(status: 503, fields: varies, body: Self.name(request))
                }
                if number.isMultiple(of: 17) {
                    return OriginAnswer(status: 404, fields: varies, body: Self.name(request))
                }
                let fields = [
                    ("Cache-Control", Self.controls[number % Self.controls.count]), ("Vary", "Foo"), ("ETag", tag),
                ]
                return OriginAnswer(fields: fields, body: Self.name(request))
            }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for worker in 0..<8 {
                    group.addTask {
                        var numbers = Numbers(state: seed &+ UInt64(worker))
                        for _ in 0..<150 {
                            let target = "/shared/\(Int.random(in: 0..<4, using: &numbers))"
                            let index = Int.random(in: 0..<Self.credentials.count, using: &numbers)
                            var fields = Self.credentials[index]
                            if Bool.random(using: &numbers) { fields.append(("Foo", "1")) }
                            let wishes = ["no-cache", "max-stale", "max-age=0"]
                            if let wish = wishes.randomElement(using: &numbers), Bool.random(using: &numbers) {
                                fields.append(("Cache-Control", wish))
                            }
                            let answer = try await stage.send("GET", target, fields)
                            let own = fields.reduce(into: [:]) { $0[$1.0] = $1.1 }
                            let expected =
                                "<\(own["Authorization"] ?? "")|\(own["Cookie"] ?? "")|\(own["Foo"] ?? "")|\(target)>"
                            #expect(answer.body == expected, "seed \(seed), \(answer.start)")
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
    }
}
