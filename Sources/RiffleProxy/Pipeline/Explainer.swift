import Foundation
import NIOCore
import RiffleCache
import RiffleHTTP
import RiffleInspect
import RiffleListings
import RiffleRedis
import RiffleTelemetry

/// Walks the way of a request without taking it: says what would become of it and why, asks no origin, changes nothing.
struct Explainer {
    let gateway: Gateway

    func explain(_ query: ExplainQuery) async -> Explanation {
        let bytes = Self.serialise(query)
        var head = RequestHead()
        let parsed = bytes.withUnsafeBytes { RequestParser.parse($0, into: &head) }
        guard case .complete = parsed else {
            var sentence = "The request is refused because it is malformed."
            if case .rejected(let rejection) = parsed {
                sentence = "The request is refused with \(rejection.status): \(rejection.message)."
            }
            return Explanation(outcome: .error, tier: .origin, reason: .badRequest, sentences: [sentence])
        }
        var form = FormBuffer()
        let body = Array(query.body)
        let kind = bytes.withUnsafeBytes { bytes in
            body.withUnsafeBytes { body in
                var bodies = BodyForms()
                return gateway.dialects.classify(head, bytes: bytes, body: body, into: &form, bodies: &bodies)
            }
        }
        switch kind {
        case .passThrough(let reason):
            if let general = explainGeneral(head, bytes) { return general }
            if let probe = explainProbe(head, bytes, reason) { return probe }
            return Explanation(
                outcome: .bypass, tier: .origin, reason: reason,
                sentences: ["The request streams through to the origin: \(ReasonText.sentence(reason))"])
        case .write(let dialect):
            return bytes.withUnsafeBytes {
                explainWrite(dialect.effects(of: head, bytes: $0, body: body, rules: gateway.dialects.rules))
            }
        case .listing(let dialect):
            return await explainListing(head, bytes, dialect, form)
        }
    }

    private static func serialise(_ query: ExplainQuery) -> [UInt8] {
        var text = "\(query.method) \(query.target) HTTP/1.1\r\n"
        if !query.fields.contains(where: { $0.name.lowercased() == "host" }) { text += "Host: riffle\r\n" }
        for field in query.fields { text += "\(field.name): \(field.value)\r\n" }
        if !query.body.isEmpty { text += "Content-Length: \(query.body.count)\r\n" }
        return Array((text + "\r\n").utf8)
    }

    private func explainWrite(_ effects: WriteEffects) -> Explanation {
        let touched = effects.changes.map { effect -> String in
            switch effect {
            case .folder(let path): String(decoding: path, as: UTF8.self)
            case .subtree(let path): String(decoding: path, as: UTF8.self) + " and everything below it"
            case .everything: "everything"
            }
        }
        return Explanation(
            outcome: .write, tier: .origin,
            sentences: [
                "The request may change folders, so the origin answers it.",
                "Unless the origin refuses it, these listings are dropped everywhere before it is answered: "
                    + touched.joined(separator: ", ") + ".",
            ])
    }

    private func explainListing(
        _ head: RequestHead, _ bytes: [UInt8], _ dialect: Dialect, _ form: FormBuffer
    ) async -> Explanation {
        let now = gateway.clock.milliseconds()
        var memo = gateway.makeCredentialMemo()
        let scan =
            gateway.s3.map { .known($0.named(by: head, bytes)) }
            ?? bytes.withUnsafeBytes { memo.scan(head, $0, certificate: nil, now: now) }
        guard case .known(let credential) = scan else {
            return Explanation(
                outcome: .bypass, tier: .origin, reason: .connectionCredential,
                sentences: [ReasonText.sentence(.connectionCredential)])
        }
        let principal = credential.principal(at: now)
        let key = CacheKey(path: form.path, principal: principal, form: form.form)
        let hash = key.bytes.withUnsafeBytes { MemoryTier.hash($0) }
        let entry = key.bytes.withUnsafeBytes { gateway.memory.peek($0, hash: hash) }
        let directives = bytes.withUnsafeBytes { RequestDirectives(head, $0) }
        let memory = state(of: entry, in: .memory, now: now)
        let redis = await redisState(key, hash, now)
        var sentences = [
            "The request opens the folder \(String(decoding: form.path, as: UTF8.self)) as \(dialect.rawValue)."
        ]
        let decision = decide(memory, redis, credential, directives, lack: lack(entry, hash, now), now: now) { reason in
            derived(
                ListingWork(
                    key: key, hash: hash, dialect: dialect, credential: credential, reason: reason,
                    stored: reason == .invalidated ? nil : entry), now)
        }
        sentences += decision.sentences
        return Explanation(
            outcome: decision.verdict.outcome, tier: decision.verdict.tier, reason: decision.verdict.reason,
            prefetched: decision.verdict.prefetched, sentences: sentences,
            key: [
                .init("folder", gateway.naming.folder(form.path).hash.hex),
                .init("form", gateway.naming.entry(key).hash.hex),
                .init(
                    "principal",
                    principal == .anonymous ? "anonymous" : String(principal.hash.hex.prefix(8))),
            ],
            generation: entry.map { String($0.generation.value) }, tiers: [memory, redis])
    }

    /// - Parameters:
    ///   - lack: why memory can't answer; nil when it can.
    ///   - derived: what becomes of it then.
    private func decide(
        _ memory: Explanation.TierState, _ redis: Explanation.TierState, _ credential: Credential,
        _ directives: RequestDirectives, lack: Reason?, now: Int64, derived: (Reason) -> Derived
    ) -> (verdict: Verdict, sentences: [String]) {
        func miss(_ reason: Reason, _ sentences: [String] = []) -> (Verdict, [String]) {
            (Verdict(.miss, reason: reason), sentences + ["The origin is asked: \(ReasonText.sentence(reason))"])
        }
        if directives.noStore {
            return (
                Verdict(.bypass, reason: .clientNoStore),
                ["The request streams through: \(ReasonText.sentence(.clientNoStore))"]
            )
        }
        if directives.refresh { return miss(.clientNoCache) }
        guard credential.isVouched(at: now) else { return miss(.unvouched) }
        guard let reason = lack else {
            let isFresh = memory.holding == .fresh
            return (
                Verdict(isFresh ? .hit : .stale, tier: .memory, prefetched: memory.prefetched),
                [
                    isFresh
                        ? "Memory holds it fresh\(memory.prefetched ? ", brought by a prefetch" : ""): it is served from there."
                        : "Memory holds it past its freshness but within the stale ceiling: it is served and renewed."
                ]
            )
        }
        let derived = derived(reason)
        if derived.isAnswer { return (Verdict(.derived, tier: .memory), derived.sentences) }
        if redis.holding == .fresh {
            return (
                Verdict(.hit, tier: .redis, prefetched: redis.prefetched),
                derived.sentences + [
                    "Memory does not have it, Redis holds it fresh: it is served from there and kept in memory."
                ]
            )
        }
        return miss(reason, derived.sentences)
    }

    /// Why memory can't answer; nil when it can.
    private func lack(_ entry: Entry?, _ hash: UInt64, _ now: Int64) -> Reason? {
        guard let entry else { return gateway.memory.wasEvicted(hash: hash) ? .evicted : .cold }
        let naming = gateway.naming
        guard gateway.generations.holds(entry, lineage: { naming.lineage(entry.key.path) }) else { return .invalidated }
        return now < entry.life.staleWhileRevalidateUntil ? nil : .expired
    }

    private func state(of entry: Entry?, in tier: Tier, now: Int64) -> Explanation.TierState {
        guard let entry else { return Explanation.TierState(tier: tier, holding: .absent) }
        let naming = gateway.naming
        let holding: Explanation.TierState.Holding =
            if !gateway.generations.holds(entry, lineage: { naming.lineage(entry.key.path) }) {
                .outdated
            } else if now < entry.life.freshUntil {
                .fresh
            } else {
                .stale
            }
        return Explanation.TierState(
            tier: tier, holding: holding, ageSeconds: Double(entry.life.age(at: now)),
            ttlSeconds: Double(entry.life.freshUntil - now) / 1_000, bytes: entry.cost, prefetched: entry.prefetched)
    }

    private func redisState(_ key: CacheKey, _ hash: UInt64, _ now: Int64) async -> Explanation.TierState {
        guard let redis = gateway.redis else { return Explanation.TierState(tier: .redis, holding: .none) }
        let naming = gateway.naming
        let path = Array(key.path)
        let loop = gateway.loop
        let read = try? await loop.flatSubmit {
            redis.read(
                key, folder: naming.folder(path), entry: naming.entry(key), lineage: { naming.lineage(path) },
                hash: hash, localGeneration: gateway.generations.begin(), on: loop, deadline: gateway.redisDeadline())
        }.get()
        switch read {
        case .entry(let entry): return state(of: entry, in: .redis, now: now)
        case .miss, .corrupt: return Explanation.TierState(tier: .redis, holding: .absent)
        default: return Explanation.TierState(tier: .redis, holding: .unavailable)
        }
    }
}

/// Each reason as a sentence for a person.
enum ReasonText {
    static func sentence(_ reason: Reason) -> String {
        switch reason {
        case .cold: "nobody opened this form of the folder lately."
        case .expired: "what is stored is past its freshness."
        case .evicted: "it was pushed out of memory by other listings; a larger cache.memory would keep it."
        case .invalidated: "the folder, or one above it, changed after the listing was stored."
        case .generation: "a write came between the fill and its storing."
        case .vary: "the origin's Vary names a field that riffle does not key by."
        case .unvouched: "the origin has not accepted this credential lately, so nothing is served on its word."
        case .clientNoCache: "the client asks for the origin's present answer (Cache-Control: no-cache)."
        case .notAListing: "it is not a request that lists a folder."
        case .method: "its method is never answered from what is not in memory."
        case .clientNoStore: "the client forbids storing (Cache-Control: no-store)."
        case .onlyIfCached: "the client wants a stored answer only, and there is none."
        case .ambiguousPath: "its path could be read in two ways, so no listing is looked up by it."
        case .connectionCredential:
            "its credential speaks for one connection or request only, or is of an unknown kind."
        case .conditional: "it is conditional in a way only the origin can judge."
        case .range: "it asks for a part only."
        case .largeRequestBody: "its body is too large to be part of a key."
        case .disabled: "caching is switched off for it."
        case .uncacheableResponse: "the origin forbids keeping the answer."
        case .tooLarge: "the answer takes more than cache.largestListing."
        case .incomplete: "the answer did not arrive whole."
        case .unconfirmed: "the answer is not the complete listing of this folder."
        case .setCookie: "the answer sets a cookie."
        case .redisTimeout: "Redis did not answer within its budget."
        case .redisDown: "Redis can't be reached."
        case .redisCorrupt: "what Redis held under this name was not what was stored."
        case .originUnreachable: "the origin can't be reached."
        case .originTimeout: "the origin did not answer in time."
        case .originBroken: "the origin's answer broke off."
        case .badRequest: "the request is malformed."
        case .overload: "too much is in progress."
        }
    }
}
