import NIOCore
import NIOHTTP1
import RiffleCache
import RiffleHTTP
import RiffleListings
import RiffleTelemetry

/// Whether a complete answer is kept: it must be the whole listing of the folder asked for (the dialect confirms it), and
/// HTTP must allow it (RFC 9111 §3).
struct StoringPolicy: Sendable {
    enum Verdict {
        case keep(EntryLife, ListingShape)
        /// With the shape where the answer is a listing all the same.
        case refuse(Reason, shareable: Bool, ListingShape?)
    }

    /// Fields that every form of a dialect already tells apart, or that fills ask for in one way only.
    private static let keyedFields: Set<String> = [
        "authorization", "cookie", "depth", "brief", "prefer", "accept", "accept-encoding", "host", "origin",
    ]

    private let policy: FreshnessPolicy
    /// While a healthy change feed covers the folder.
    private let covered: FreshnessPolicy
    private let disregarded: DisregardedDirectives

    init(_ settings: Settings) {
        disregarded = settings.listings.override
        let ceiling = settings.cache.staleCeiling
        var policy = FreshnessPolicy(
            defaultTTL: Int(settings.cache.defaultTTL),
            staleWhileRevalidate: Int(min(settings.cache.staleWhileRevalidate, ceiling)),
            staleIfError: Int(min(settings.cache.staleIfError, ceiling)), staleUnasked: true)
        self.policy = policy
        policy.defaultTTL = Int(max(settings.cache.defaultTTL, settings.feed.ttl))
        covered = policy
    }

    /// Whether an answer with this head may be stored if it is a listing.
    func mayKeep(_ head: FillResponse, for work: ListingWork, request: RequestMessage) -> Bool {
        guard case .keep(let lifetime) = Storing.decide(input(head, work, request, 0, false)) else { return false }
        return lifetime.omittedFields.isEmpty && lifetime.varyNames.allSatisfy(Self.keyedFields.contains)
    }

    /// - Parameters:
    ///   - confirmation: what the dialect said while the answer came; nil for one in a coding that it does not read.
    ///   - delay: milliseconds between asking the origin and its head.
    ///   - isCovered: whether a healthy change feed tells of changes to the folder.
    func decide(
        _ response: FillResponse, _ confirmation: Confirmation?, for work: ListingWork, request: RequestMessage,
        delay: Int64, now: Int64, isCovered: Bool
    ) -> Verdict {
        var shape: ListingShape?
        if case .listing(let confirmed)? = confirmation { shape = confirmed }
        switch Storing.decide(input(response, work, request, delay, isCovered)) {
        case .refuse(let refusal, let shareable):
            let mayShare = shareable && !response.fields.contains(name: "set-cookie")
            return .refuse(refusal.reason, shareable: mayShare, shape)
        case .keep(let lifetime):
            guard let shape else { return .refuse(.unconfirmed, shareable: false, nil) }
            guard lifetime.omittedFields.isEmpty else {
                return .refuse(.uncacheableResponse, shareable: false, shape)
            }
            guard lifetime.varyNames.allSatisfy(Self.keyedFields.contains) else {
                return .refuse(.vary, shareable: false, shape)
            }
            return .keep(EntryLife(lifetime, receivedAt: now), shape)
        }
    }

    /// The new life of a stored listing whose fields a 304 has renewed; nil when it may not be kept any longer.
    func renewedLife(
        _ fields: HTTPHeaders, of stored: Entry, for work: ListingWork, request: RequestMessage, delay: Int64,
        now: Int64, isCovered: Bool
    ) -> EntryLife? {
        let response = FillResponse(status: stored.status, reason: "", fields: fields, body: ByteBuffer())
        guard case .keep(let lifetime) = Storing.decide(input(response, work, request, delay, isCovered)),
            lifetime.omittedFields.isEmpty, lifetime.varyNames.allSatisfy(Self.keyedFields.contains)
        else { return nil }
        return EntryLife(lifetime, receivedAt: now)
    }

    private func input(
        _ response: FillResponse, _ work: ListingWork, _ request: RequestMessage, _ delay: Int64,
        _ isCovered: Bool
    ) -> StorePolicyInput {
        StorePolicyInput(
            method: request.method, scope: .listing, request: RequestCacheControl(request.fields),
            hasAuthorization: request.fields.contains(name: "authorization"),
            principalKeyed: work.key.principal != .anonymous, status: response.status,
            response: disregarded.apply(to: response.fields), responseTime: Int(WallTime.now().milliseconds / 1_000),
            requestDelay: Int(delay), policy: isCovered ? covered : policy)
    }
}

extension EntryLife {
    init(_ lifetime: Lifetime, receivedAt: Int64) {
        let freshUntil = receivedAt + Int64(lifetime.freshFor)
        self.init(
            receivedAt: receivedAt, initialAge: Int64(lifetime.initialAge), freshUntil: freshUntil,
            staleWhileRevalidateUntil: freshUntil + Int64(lifetime.staleWhileRevalidate),
            staleIfErrorUntil: freshUntil + Int64(lifetime.staleIfError))
    }
}

extension StoreRefusal {
    var reason: Reason {
        switch self {
        case .setCookie: .setCookie
        case .vary: .vary
        case .requestNoStore: .clientNoStore
        case .partial: .incomplete
        default: .uncacheableResponse
        }
    }
}
