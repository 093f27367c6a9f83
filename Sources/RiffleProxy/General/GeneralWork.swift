import RiffleCache
import RiffleHTTP
import RiffleTelemetry

/// A GET or HEAD that no dialect claims, under `cache.scope: all`, that memory could not answer at once.
struct GeneralWork: Sendable {
    /// The key without variant.
    let key: CacheKey
    let hash: UInt64
    let credential: Credential

    var isKeyed: Bool { key.principal != .anonymous }

    /// The same under the name the credential has now.
    func placed(at now: Int64) -> GeneralWork {
        let principal = credential.principal(at: now)
        guard principal != key.principal else { return self }
        let key = key.moved(to: principal)
        return GeneralWork(key: key, hash: GeneralKey.hash(key), credential: credential)
    }
}

/// Answers plain requests for fresh responses that are no listings; everything else becomes ``GeneralWork``.
///
/// Confined to its event loop.
final class GeneralFront {
    private let gateway: Gateway
    private var credentials: CredentialMemo
    private var key: [UInt8] = []

    /// nil unless every GET and HEAD is cached.
    init?(gateway: Gateway) {
        guard gateway.settings.cache.scope == .all else { return nil }
        self.gateway = gateway
        credentials = gateway.makeCredentialMemo()
    }

    /// Whether the dialect's claim on a GET or HEAD is disregarded: its last answer was no listing.
    func disclaims(_ head: RequestHead, bytes: UnsafeRawBufferPointer, now: Int64) -> Bool {
        guard head.method == .get || head.method == .head else { return false }
        return gateway.notListings.holds(
            MemoryTier.hash(UnsafeRawBufferPointer(rebasing: bytes[head.path.range])), now: now)
    }

    /// The request as work; nil when it is not the cache's business.
    func work(_ head: RequestHead, bytes: UnsafeRawBufferPointer, now: Int64) -> GeneralWork? {
        writeKey(head, bytes, nil, now).map { work($0, hash: key.withUnsafeBytes { MemoryTier.hash($0) }) }
    }

    private func work(_ credential: Credential, hash: UInt64) -> GeneralWork {
        GeneralWork(key: key.withUnsafeBytes { CacheKey(copying: $0) }, hash: hash, credential: credential)
    }

    /// nil when the request is not the cache's business. A hit copies nothing and allocates nothing.
    func answer(
        _ head: RequestHead, bytes: UnsafeRawBufferPointer, certificate: ClientCertificate?, now: Int64
    ) -> Front.Answer? {
        guard let credential = writeKey(head, bytes, certificate, now) else { return nil }
        let (hash, found) = key.withUnsafeBytes { key -> (UInt64, Entry?) in
            let hash = MemoryTier.hash(key)
            return (hash, head.has(anyOf: Self.asking) ? nil : gateway.memory.find(key, hash: hash))
        }
        guard let found, found.status != VariantIndex.status, now < found.life.freshUntil,
            credential.isVouched(at: now), gateway.generations.holds(general: found, naming: gateway.naming)
        else { return .pipeline(.general(work(credential, hash: hash))) }
        var hit = Hit(entry: found, verdict: Verdict(.hit, tier: .memory), now: now)
        if head.has(.ifNoneMatch), found.status == 200 {
            guard found.hasEntityTag, let isNotModified = Front.noneMatchFails(head, bytes, found)
            else { return .pipeline(.general(work(credential, hash: hash))) }
            hit.isNotModified = isNotModified
        }
        return .hit(hit)
    }

    /// Writes the key without variant into ``key``; nil when the request is not the cache's business.
    private func writeKey(
        _ head: RequestHead, _ bytes: UnsafeRawBufferPointer, _ certificate: ClientCertificate?, _ now: Int64
    ) -> Credential? {
        guard head.method == .get || head.method == .head,
            head.framing == .none || head.framing == .length(0), !head.has(anyOf: Self.strange),
            case .known(let credential) = credentials.scan(head, bytes, certificate: certificate, now: now),
            GeneralKey.write(head, bytes, credential.principal(at: now), into: &key)
        else { return nil }
        return credential
    }

    /// With one of these a request may not be what its first line says.
    private static let strange: KnownFields = [
        .xHTTPMethodOverride, .xHTTPMethod, .xOriginalURL, .xRewriteURL, .upgrade,
    ]

    /// With one of these freshness and the entity tag alone don't decide. `If-Modified-Since` is void beside
    /// `If-None-Match`, but without it the full rules compare dates.
    private static let asking: KnownFields = [
        .cacheControl, .pragma, .range, .ifRange, .ifMatch, .ifModifiedSince, .ifUnmodifiedSince,
    ]
}
