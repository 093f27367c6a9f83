import RiffleCache
import RiffleHTTP
import RiffleTelemetry

/// A GET or HEAD that no dialect claims, under `cache.scope: all`, that memory could not answer at once.
struct GeneralWork: Sendable {
    /// The key without variant.
    let key: CacheKey
    let hash: UInt64
    let credential: Credential

    init(key: CacheKey, credential: Credential) {
        self.key = key
        hash = GeneralKey.hash(key)
        self.credential = credential
    }

    var isKeyed: Bool { key.principal != .anonymous }

    /// The same under the name the credential has now.
    func placed(at now: Int64) -> GeneralWork {
        let principal = credential.principal(at: now)
        guard principal != key.principal else { return self }
        return GeneralWork(key: key.moved(to: principal), credential: credential)
    }
}

/// Answers plain requests for fresh responses that are no listings; everything else becomes ``GeneralWork``.
///
/// Confined to its event loop.
final class GeneralFront {
    private let gateway: Gateway
    private var credentials: CredentialMemo
    private var target: [UInt8] = []

    /// nil unless every GET and HEAD is cached.
    init?(gateway: Gateway) {
        guard gateway.settings.cache.scope == .all else { return nil }
        self.gateway = gateway
        credentials = gateway.makeCredentialMemo()
    }

    /// Whether the dialect's claim on a GET or HEAD is disregarded: its last answer was no listing.
    func disclaims(_ head: RequestHead, bytes: UnsafeRawBufferPointer) -> Bool {
        guard head.method == .get || head.method == .head else { return false }
        return gateway.notListings.holds(
            MemoryTier.hash(UnsafeRawBufferPointer(rebasing: bytes[head.path.range])),
            now: gateway.clock.milliseconds())
    }

    /// The request as work; nil when it is not the cache's business.
    func work(
        _ head: RequestHead, bytes: UnsafeRawBufferPointer, certificate: ClientCertificate? = nil
    ) -> GeneralWork? {
        guard head.method == .get || head.method == .head, Self.isPlain(head) else { return nil }
        let now = gateway.clock.milliseconds()
        guard case .known(let credential) = credentials.scan(head, bytes, certificate: certificate, now: now) else {
            return nil
        }
        let host = head.value(.host).map { UnsafeRawBufferPointer(rebasing: bytes[$0.range]) }
        readTarget(head, bytes)
        guard target.count <= GeneralKey.maximumTarget, (host?.count ?? 0) <= GeneralKey.maximumHost else { return nil }
        let key = GeneralKey.primary(
            target: target, host: host ?? UnsafeRawBufferPointer(start: nil, count: 0),
            principal: credential.principal(at: now))
        return GeneralWork(key: key, credential: credential)
    }

    /// nil when the request is not the cache's business.
    func answer(
        _ head: RequestHead, bytes: UnsafeRawBufferPointer, certificate: ClientCertificate?
    ) -> Front.Answer? {
        guard let work = work(head, bytes: bytes, certificate: certificate) else { return nil }
        let key = work.key
        let credential = work.credential
        guard Self.asksPlainly(head) else { return .pipeline(.general(work)) }
        let now = gateway.clock.milliseconds()
        let found = key.bytes.withUnsafeBytes { gateway.memory.find($0, hash: work.hash) }
        guard let found, found.status != VariantIndex.status, now < found.life.freshUntil,
            credential.isVouched(at: now), gateway.generations.holds(general: found, naming: gateway.naming)
        else { return .pipeline(.general(work)) }
        return .hit(Hit(entry: found, verdict: Verdict(.hit, tier: .memory), now: now))
    }

    private func readTarget(_ head: RequestHead, _ bytes: UnsafeRawBufferPointer) {
        target.removeAll(keepingCapacity: true)
        if head.path.isEmpty { target.append(UInt8(ascii: "/")) }
        target.append(contentsOf: bytes[head.path.range])
        guard head.hasQuery else { return }
        target.append(UInt8(ascii: "?"))
        target.append(contentsOf: bytes[head.query.range])
    }

    /// Whether the request is what its first line says, and nothing comes with it.
    private static func isPlain(_ head: RequestHead) -> Bool {
        guard head.framing == .none || head.framing == .length(0) else { return false }
        let strange: [KnownField] = [.xHTTPMethodOverride, .xHTTPMethod, .xOriginalURL, .xRewriteURL, .upgrade]
        return !strange.contains { head.has($0) }
    }

    /// Whether freshness alone decides: no directives, conditions or ranges.
    private static func asksPlainly(_ head: RequestHead) -> Bool {
        let asking: [KnownField] = [
            .cacheControl, .pragma, .range, .ifRange, .ifMatch, .ifNoneMatch, .ifModifiedSince, .ifUnmodifiedSince,
        ]
        return !asking.contains { head.has($0) }
    }
}
