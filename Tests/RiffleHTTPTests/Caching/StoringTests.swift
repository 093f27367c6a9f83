import NIOHTTP1
import Testing

@testable import RiffleHTTP

/// An input that would be kept for an hour, to be changed in one respect.
private func input(_ lines: [String], _ change: (inout StorePolicyInput) -> Void = { _ in }) -> StorePolicyInput {
    var input = StorePolicyInput(
        method: .get, scope: .general, request: RequestCacheControl(), hasAuthorization: false, principalKeyed: false,
        status: 200, response: fields(lines), responseTime: example, requestDelay: 0,
        policy: FreshnessPolicy(staleWhileRevalidate: 60_000, staleIfError: 600_000))
    change(&input)
    return input
}

private func refusal(_ decision: StoreDecision) -> StoreRefusal? {
    guard case .refuse(let refusal, _) = decision else { return nil }
    return refusal
}

private func kept(_ decision: StoreDecision) -> Lifetime? {
    guard case .keep(let lifetime) = decision else { return nil }
    return lifetime
}

private let hour = "Cache-Control: max-age=3600"

@Suite("RFC 9111 §3: storing")
struct StoringTests {
    static let refused: [([String], StoreRefusal)] = [
        (["Cache-Control: no-store, max-age=3600"], .noStore),
        (["Cache-Control: private, max-age=3600"], .privateResponse),
        ([hour, "Set-Cookie: a=b"], .setCookie), ([hour, "Vary: *"], .vary), ([hour, "Vary: a, *"], .vary),
        ([hour, "Vary: a", "Vary: *, b"], .vary), ([hour, "Vary: a b"], .vary), ([], .noFreshness),
        (["Cache-Control: no-cache"], .noFreshness), (["Cache-Control: max-age=0"], .noFreshness),
        (["Expires: 0"], .noFreshness),
        ([hour, "CDN-Cache-Control: no-store"], .noStore), ([hour, "CDN-Cache-Control: private"], .privateResponse),
        ([hour, "CDN-Cache-Control: no-cache"], .noFreshness),
        (["Last-Modified: Sat, 05 Nov 1994 08:49:37 GMT", "Cache-Control: no-store"], .noStore),
    ]

    @Test("what a response forbids is not stored", arguments: refused)
    func refuses(_ lines: [String], _ expected: StoreRefusal) {
        #expect(refusal(Storing.decide(input(lines))) == expected)
    }

    @Test(
        "with explicit freshness any final status of its own is stored",
        arguments: [200, 203, 204, 299, 301, 302, 303, 307, 308, 400, 404, 410, 499, 500, 502, 503, 504, 599])
    func explicitStatus(_ status: Int) {
        #expect(kept(Storing.decide(input([hour]) { $0.status = status }))?.freshFor == 3_600_000)
    }

    @Test(
        "answers to one request, credential or moment are never stored",
        arguments: [100, 103, 199, 206, 304, 401, 403, 407, 412, 416, 421, 428, 429, 431, 511, 600, 0])
    func neverStored(_ status: Int) {
        #expect(kept(Storing.decide(input([hour, "ETag: \"a\""]) { $0.status = status })) == nil)
    }

    @Test("only GET has rules outside of listings", arguments: Method.allCases)
    func methods(_ method: Method) {
        #expect((kept(Storing.decide(input([hour]) { $0.method = method })) != nil) == (method == .get))
    }

    @Test(
        "a status without heuristics needs a word of the response, validator or not", arguments: [201, 302, 500, 599])
    func markedCacheable(_ status: Int) {
        #expect(refusal(Storing.decide(input(["ETag: \"a\""]) { $0.status = status })) == .noFreshness)
    }

    @Test("a request's no-store is kept to (§5.2.1.5)")
    func requestNoStore() {
        #expect(refusal(Storing.decide(input([hour]) { $0.request.noStore = true })) == .requestNoStore)
    }

    static let understanding: [(Int, String, StoreRefusal?)] = [
        (200, "must-understand, no-store, max-age=9", nil), (200, "must-understand, max-age=9", nil),
        (299, "must-understand, no-store, max-age=9", .notUnderstood),
        (299, "must-understand, max-age=9", .notUnderstood),
    ]

    @Test("must-understand replaces no-store for a known status only (§5.2.2.3)", arguments: understanding)
    func mustUnderstand(_ status: Int, _ value: String, _ expected: StoreRefusal?) {
        #expect(refusal(Storing.decide(input(["Cache-Control: \(value)"]) { $0.status = status })) == expected)
    }

    static let authorized: [(String, Bool)] = [
        ("max-age=9", false), ("public, max-age=9", true), ("must-revalidate, max-age=9", true), ("s-maxage=9", true),
        ("proxy-revalidate, max-age=9", false), ("private=\"a\", max-age=9", false),
    ]

    @Test("an authorized answer needs consent in a shared partition (§3.5)", arguments: authorized)
    func authorization(_ value: String, _ stored: Bool) {
        let lines = ["Cache-Control: \(value)"]
        let shared = Storing.decide(input(lines) { $0.hasAuthorization = true })
        #expect((kept(shared) != nil) == stored)
        if !stored { #expect(shared == .refuse(.authorization, shareable: false)) }
        let own = Storing.decide(
            input(lines) {
                $0.hasAuthorization = true
                $0.principalKeyed = true
            })
        #expect(kept(own) != nil)
    }

    @Test("private is kept in the credential's own partition, unless the operator honours it")
    func ownPartition() {
        let lines = ["Cache-Control: private, max-age=3600"]
        #expect(kept(Storing.decide(input(lines) { $0.principalKeyed = true })) != nil)
        let honoured = Storing.decide(
            input(lines) {
                $0.principalKeyed = true
                $0.policy.honourPrivate = true
            })
        #expect(honoured == .refuse(.privateResponse, shareable: false))
    }

    @Test("a field named in no-cache or private is left out, and a named cookie is no obstacle")
    func omitted() {
        let decision = Storing.decide(
            input(["Cache-Control: max-age=9, no-cache=\"Set-Cookie\", private=\"X-User\"", "Set-Cookie: a=b"]))
        #expect(kept(decision)?.omittedFields == ["set-cookie", "x-user"])
        #expect(kept(decision)?.freshFor == 9_000)
    }

    @Test("what is stale at once is kept when it can be revalidated")
    func revalidatable() {
        let lifetime = kept(Storing.decide(input(["Cache-Control: no-cache, max-age=9", "ETag: \"a\""])))
        #expect(lifetime?.freshFor == 0)
        #expect(lifetime?.mustRevalidate == true)
        #expect(lifetime?.usableFor == 0)
    }

    @Test("waiters share an error of the origin, never a verdict on a credential")
    func shareable() {
        func shares(_ status: Int, _ lines: [String] = []) -> Bool {
            guard case .refuse(_, let shareable) = Storing.decide(input(lines) { $0.status = status }) else {
                return false
            }
            return shareable
        }
        #expect(shares(200) && shares(503) && shares(429))
        #expect(!shares(401) && !shares(403) && !shares(206) && !shares(304))
        #expect(!shares(200, ["Cache-Control: no-cache"]) && !shares(200, ["Cache-Control: no-store"]))
        #expect(!shares(200, ["Set-Cookie: a=b", hour]))
    }

    @Test("any combination of fields is decided, and what forbids storing is never outvoted")
    func properties() {
        let seed = UInt64.random(in: 0 ... .max)
        var generator = SeededGenerator(seed: seed)
        let pool = [
            hour, "Cache-Control: public", "Cache-Control: s-maxage=5", "Cache-Control: no-store", "Vary: *", "Vary: a",
            "Set-Cookie: a=b", "Cache-Control: private", "Age: 5", "Age: x", "Expires: 0", "ETag: \"a\"",
            "Date: Sun, 06 Nov 1994 08:49:37 GMT", "Cache-Control: stale-while-revalidate=99999999999",
            "CDN-Cache-Control: max-age=5", "Age: 99999999999999999999", "Cache-Control: max-age=99999999999999999999",
        ]
        for _ in 0..<3_000 {
            let lines = pool.filter { _ in Bool.random(using: &generator) }
            let decision = Storing.decide(input(lines))
            guard let lifetime = kept(decision) else { continue }
            let isTargeted = lines.contains("CDN-Cache-Control: max-age=5")
            #expect(!lines.contains("Vary: *") && !lines.contains("Set-Cookie: a=b"), "seed \(seed)")
            #expect(isTargeted || !lines.contains("Cache-Control: no-store"), "seed \(seed)")
            #expect(isTargeted || !lines.contains("Cache-Control: private"), "seed \(seed)")
            #expect(lifetime.freshFor >= 0 && lifetime.staleWhileRevalidate <= 60_000, "seed \(seed)")
            #expect(lifetime.staleIfError <= 600_000 && lifetime.usableFor >= lifetime.freshFor, "seed \(seed)")
        }
    }
}

@Suite("RFC 9111 §4.2: freshness and age")
struct FreshnessTests {
    private static let date = "Date: Sun, 06 Nov 1994 08:49:37 GMT"
    static let lifetimes: [([String], Int)] = [
        ([hour], 3600), (["Cache-Control: max-age=9, s-maxage=5"], 5), (["Cache-Control: max-age=5, s-maxage=9"], 9),
        ([hour, "Expires: 0"], 3600), (["Expires: Sun, 06 Nov 1994 09:49:37 GMT", date], 3600),
        (["Expires: Sun, 06 Nov 1994 09:49:37 GMT"], 3600),
        (["Expires: sun, 06 nov 1994 09:49:37 gmt", date], 3600),
        // A clock an hour ahead, and one an hour behind.
        (["Expires: Sun, 06 Nov 1994 10:49:37 GMT", "Date: Sun, 06 Nov 1994 09:49:37 GMT"], 3600),
        (["Expires: Sun, 06 Nov 1994 09:49:37 GMT", "Date: Sun, 06 Nov 1994 07:49:37 GMT"], 3600),
        (["Expires: Sun, 06 Nov 1994 09:49:37 GMT", "Expires: Sun, 06 Nov 1994 09:49:37 GMT", date], 0),
        (["Expires: Sun, 06 Nov 1994 09:49:37 UTC", date], 0), (["Expires: 3600"], 0), (["Expires: -1"], 0),
        (["Expires: Sun, 06 Nov 1994 08:49:37 GMT", date], 0),
        (["CDN-Cache-Control: foo", "Expires: Sun, 06 Nov 1994 09:49:37 GMT"], 0),
        ([hour, "Age: 600"], 3000), ([hour, "Age: 4000"], 0), ([hour, "Age: 99999999999999999999"], 0),
        ([hour, "Age: abc"], 3600), ([hour, "Age: -600"], 3600), ([hour, "Age: 600.0"], 3600),
        ([hour, "Age: 600;x=y"], 3600),
        ([hour, "Age: 600, 0"], 3000), ([hour, "Age: 0, 600"], 3600), ([hour, "Age: 600", "Age: 0"], 3000),
        ([hour, "Age: x, 600"], 3600), ([hour, "Age: \"600\""], 3600),
        ([hour, "Date: Sun, 06 Nov 1994 08:39:37 GMT"], 3000), ([hour, "Date: Sun, 06 Nov 1994 09:49:37 GMT"], 3600),
        ([hour, "Date: yesterday"], 3600), ([hour, "Date: Sun, 06 Nov 1994 08:39:37 GMT", "Age: 900"], 2700),
    ]

    @Test("freshness left on receipt", arguments: lifetimes)
    func remaining(_ lines: [String], _ seconds: Int) {
        let decision = Storing.decide(input(lines + ["ETag: \"a\""]))
        #expect(kept(decision)?.freshFor == seconds * 1000)
    }

    @Test("the delay of the request counts as age (§4.2.3)")
    func delay() {
        let lifetime = kept(Storing.decide(input([hour, "Age: 10"]) { $0.requestDelay = 2_500 }))
        #expect(lifetime?.freshFor == 3_587_500)
        #expect(lifetime?.initialAge == 12)
        #expect(lifetime?.age(elapsed: 1_999) == 13)
    }

    @Test("heuristics need the operator, and a status that allows them (§4.2.2)")
    func heuristics() {
        let lines = ["Last-Modified: Sun, 06 Nov 1994 07:49:37 GMT"]
        func fresh(_ status: Int, _ lines: [String], _ ceiling: Int?) -> Int? {
            kept(
                Storing.decide(
                    input(lines) {
                        $0.status = status
                        $0.policy.heuristicTTL = ceiling
                    }))?.freshFor
        }
        #expect(fresh(200, lines, nil) == 0)
        #expect(fresh(200, lines, 3_600_000) == 360_000)
        #expect(fresh(200, lines, 60_000) == 60_000)
        #expect(fresh(200, [], 60_000) == 60_000)
        for status in [203, 204, 300, 301, 308, 404, 405, 410, 414, 501] { #expect(fresh(status, [], 1000) == 1000) }
        for status in [201, 202, 302, 303, 307, 400, 500, 502, 599] { #expect(fresh(status, [], 1000) == nil) }
        #expect(fresh(599, ["Cache-Control: public"], 1000) == 1000)
    }

    @Test("a listing that says nothing has the default lifetime, whatever the origin's clock shows")
    func listings() {
        func decide(_ lines: [String], _ status: Int = 207, authorized: Bool = true, keyed: Bool = true) -> Lifetime? {
            kept(
                Storing.decide(
                    input(lines) {
                        $0.method = .propfind
                        $0.scope = .listing
                        $0.status = status
                        $0.hasAuthorization = authorized
                        $0.principalKeyed = keyed
                    }))
        }
        #expect(decide([])?.freshFor == 60_000)
        #expect(decide([])?.staleWhileRevalidate == 60_000)
        #expect(decide(["Date: Sun, 06 Nov 1994 07:49:37 GMT"])?.freshFor == 60_000)
        #expect(decide(["Age: 20"])?.freshFor == 40_000)
        #expect(decide(["Cache-Control: private"])?.freshFor == 60_000)
        #expect(decide([], authorized: false, keyed: false)?.freshFor == 60_000)
        #expect(decide([], keyed: false) == nil)
        #expect(decide([], 404) == nil)
        #expect(decide(["Cache-Control: no-store"]) == nil)
        #expect(decide(["Cache-Control: max-age=5"])?.freshFor == 5_000)
        #expect(decide(["Cache-Control: no-cache"]) == nil)
        #expect(decide(["Expires: Thu, 19 Nov 1981 08:52:00 GMT"]) == nil)
        #expect(decide(["Cache-Control: max-age=0", "ETag: \"a\""])?.usableFor == 0)
    }

    @Test("no policy, however large, overflows")
    func extremes() {
        let policy = FreshnessPolicy(
            defaultTTL: .max, heuristicTTL: .max, staleWhileRevalidate: .max, staleIfError: .max, maximumTTL: .max,
            staleUnasked: true)
        for lines in [[], [hour], ["Cache-Control: max-age=99999999999"], ["Age: 99999999999"]] {
            let lifetime = kept(Storing.decide(input(lines + ["ETag: \"a\""]) { $0.policy = policy }))
            #expect(lifetime.map { $0.usableFor <= 2 * Lifetime.ceiling && $0.remaining(elapsed: .max) < 0 } == true)
            #expect(lifetime.map { $0.age(elapsed: .max) <= 1 << 31 } == true)
        }
    }

    @Test("no lifetime exceeds the operator's maximum")
    func maximum() {
        #expect(kept(Storing.decide(input([hour]) { $0.policy.maximumTTL = 5 }))?.freshFor == 5)
    }
}

@Suite("RFC 5861: stale windows")
struct StaleWindowTests {
    static let windows: [(String, Int, Int)] = [
        ("max-age=9", 0, 0), ("max-age=9, stale-while-revalidate=5", 5, 0), ("max-age=9, stale-if-error=5", 0, 5),
        ("max-age=9, stale-while-revalidate=5, stale-if-error=7", 5, 7),
        ("max-age=9, stale-while-revalidate=999, stale-if-error=9999", 60, 600),
        ("max-age=9, stale-while-revalidate=x", 0, 0),
        ("max-age=9, must-revalidate, stale-while-revalidate=5, stale-if-error=5", 0, 0),
        ("max-age=9, proxy-revalidate, stale-while-revalidate=5, stale-if-error=5", 0, 0),
        ("s-maxage=9, stale-if-error=5", 0, 0), ("s-maxage=9, stale-while-revalidate=5, stale-if-error=5", 5, 5),
    ]

    @Test("windows are capped, and excluded where the response forbids staleness", arguments: windows)
    func window(_ value: String, _ revalidating: Int, _ failing: Int) {
        let lifetime = kept(Storing.decide(input(["Cache-Control: \(value)"])))
        #expect(lifetime?.staleWhileRevalidate == revalidating * 1000)
        #expect(lifetime?.staleIfError == failing * 1000)
    }

    @Test("what a response or client asks for itself has a ceiling of its own, which gives nothing unasked")
    func declared() {
        func lifetime(_ value: String) -> Lifetime? {
            kept(
                Storing.decide(
                    input(["Cache-Control: \(value)"]) { $0.policy = FreshnessPolicy(declaredStale: 30_000) }))
        }
        #expect(lifetime("max-age=9, stale-while-revalidate=20")?.staleWhileRevalidate == 20_000)
        #expect(lifetime("max-age=9, stale-if-error=99")?.staleIfError == 30_000)
        #expect(lifetime("max-age=9")?.staleIfError == 0)
        #expect(lifetime("max-age=9")?.staleOnRequest == 30_000)
        #expect(lifetime("max-age=9, must-revalidate")?.staleOnRequest == 0)
    }

    @Test("a response that arrives stale has used up part of its windows")
    func overdue() {
        let lifetime = kept(
            Storing.decide(input(["Cache-Control: max-age=10, stale-while-revalidate=20", "Age: 15"])))
        #expect(lifetime?.freshFor == 0)
        #expect(lifetime?.staleWhileRevalidate == 15_000)
    }
}
