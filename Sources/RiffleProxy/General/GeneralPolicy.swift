import NIOHTTP1
import RiffleCache
import RiffleHTTP

/// Whether and how long responses that are no listings are stored: RFC 9111 with what the operator allows beyond it.
struct GeneralPolicy: Sendable {
    private let policy: FreshnessPolicy

    init(_ settings: Settings.Cache) {
        let ceiling = settings.staleCeiling
        policy = FreshnessPolicy(
            defaultTTL: 0, heuristicTTL: settings.heuristicTTL.map(Int.init),
            staleWhileRevalidate: Int(min(settings.staleWhileRevalidate, ceiling)),
            staleIfError: Int(min(settings.staleIfError, ceiling)), declaredStale: Int(ceiling), staleUnasked: true)
    }

    /// - Parameters:
    ///   - delay: milliseconds between asking the origin and its head.
    ///   - wall: when the head was received, unix seconds.
    func decide(
        status: Int, _ fields: HTTPHeaders, request: RequestMessage, isKeyed: Bool, delay: Int, wall: Int
    ) -> StoreDecision {
        Storing.decide(
            StorePolicyInput(
                method: request.method == .head ? .get : request.method, scope: .general,
                request: RequestCacheControl(request.fields),
                hasAuthorization: request.fields.contains(name: "authorization"), principalKeyed: isKeyed,
                status: status, response: fields, responseTime: wall, requestDelay: delay, policy: policy))
    }

    /// The lifetime of a stored response as it was when it was stored; never longer than what its entry says.
    func restored(_ fields: HTTPHeaders, of entry: Entry, receivedAt: Int) -> Lifetime {
        var fields = fields
        let life = entry.life
        fields.replaceOrAdd(name: "Age", value: String(life.initialAge))
        let decision = Storing.decide(
            StorePolicyInput(
                method: .get, scope: .general, request: RequestCacheControl(), hasAuthorization: false,
                principalKeyed: entry.key.principal != .anonymous, status: entry.status, response: fields,
                responseTime: receivedAt, requestDelay: 0, policy: policy))
        guard case .keep(var lifetime) = decision else { return Lifetime(freshFor: 0, mustRevalidate: true) }
        lifetime.freshFor = min(lifetime.freshFor, Int(max(0, life.freshUntil - life.receivedAt)))
        return lifetime
    }
}
