import NIOHTTP1

/// Everything the decision to store rests on.
package struct StorePolicyInput: Sendable {
    /// Which promises apply to the response.
    package enum Scope: Sendable, Equatable {
        /// A folder's listing of a known dialect.
        case listing
        /// Any other response: plain RFC 9111.
        case general
    }

    package var method: Method
    package var scope: Scope
    package var request: RequestCacheControl
    package var hasAuthorization: Bool
    /// The entry is keyed by the request's credential: a partition that nobody else reads. Never true for a request
    /// without a credential.
    package var principalKeyed: Bool
    package var status: Int
    package var response: HTTPHeaders
    /// When the head was received, unix seconds.
    package var responseTime: Int
    /// Milliseconds between asking the origin and the head.
    package var requestDelay: Int
    package var policy: FreshnessPolicy

    package init(
        method: Method, scope: Scope, request: RequestCacheControl, hasAuthorization: Bool, principalKeyed: Bool,
        status: Int, response: HTTPHeaders, responseTime: Int, requestDelay: Int, policy: FreshnessPolicy
    ) {
        self.method = method
        self.scope = scope
        self.request = request
        self.hasAuthorization = hasAuthorization
        self.principalKeyed = principalKeyed
        self.status = status
        self.response = response
        self.responseTime = responseTime
        self.requestDelay = requestDelay
        self.policy = policy
    }
}

/// Why a response is not stored.
package enum StoreRefusal: String, Sendable, CaseIterable {
    case method
    case requestNoStore = "request-no-store"
    case noStore = "no-store"
    case privateResponse = "private"
    case setCookie = "set-cookie"
    case vary
    case status
    /// A status that `must-understand` wants understood.
    case notUnderstood = "not-understood"
    case authorization
    case noFreshness = "no-freshness"
    case partial
}

package enum StoreDecision: Sendable, Equatable {
    case keep(Lifetime)
    /// Not stored. `shareable`: requests that waited for this very answer, under the same key, may still have it.
    case refuse(StoreRefusal, shareable: Bool)
}

/// Whether and for how long a response is stored (RFC 9111 §3, §4.2, RFC 5861, RFC 9213).
package enum Storing {
    package static func decide(_ input: StorePolicyInput) -> StoreDecision {
        let control = CacheControl(input.response)
        if let refusal = refusal(input, control) {
            return .refuse(refusal, shareable: isShareable(refusal, input))
        }
        guard case .names(let names) = Vary.names(input.response) else {
            return .refuse(.vary, shareable: false)
        }
        let lifetime = Freshness.lifetime(input, control, varyNames: names)
        // What is stale at once earns its place only as something to revalidate or to fall back on; that some client
        // may accept it with max-stale is not enough.
        let isUseful =
            lifetime.freshFor > 0 || lifetime.staleWhileRevalidate > 0 || lifetime.staleIfError > 0
            || Validators(input.response).isUsable
        guard isUseful, isMarkedCacheable(input, control) else {
            let shareable = control.noCache != .whole && isShareable(.noFreshness, input)
            return .refuse(.noFreshness, shareable: shareable)
        }
        return .keep(lifetime)
    }

    private static func refusal(_ input: StorePolicyInput, _ control: CacheControl) -> StoreRefusal? {
        if let refusal = methodOrStatus(input) { return refusal }
        if input.request.noStore { return .requestNoStore }
        if control.mustUnderstand {
            // Understood, it takes the place of no-store (RFC 9111 §5.2.2.3).
            guard StatusRules.isUnderstood(input.status) else { return .notUnderstood }
        } else if control.noStore {
            return .noStore
        }
        if control.isPrivate == .whole, !isOwnPartition(input) { return .privateResponse }
        if setsCookie(input.response, control) { return .setCookie }
        // Only 206 and 416 give it a meaning (RFC 9110 §14.4); a listing that carries it is not taken at its word.
        if input.scope == .listing, input.response.contains(name: "content-range") { return .partial }
        if input.hasAuthorization, !input.principalKeyed, !allowsAuthorized(control) { return .authorization }
        return nil
    }

    /// `private` forbids *shared* caches to store (RFC 9111 §5.2.2.7). An entry keyed by the credential is read under
    /// that very credential only, so towards that user riffle is the private cache the directive allows.
    private static func isOwnPartition(_ input: StorePolicyInput) -> Bool {
        input.principalKeyed && !input.policy.honourPrivate
    }

    private static func methodOrStatus(_ input: StorePolicyInput) -> StoreRefusal? {
        switch input.scope {
        case .general:
            // An answer to HEAD is no representation; other methods have no rules here (RFC 9110 §9.3).
            guard input.method == .get else { return .method }
            if input.status == 206 { return .partial }
            return StatusRules.isNeverStored(input.status) ? .status : nil
        case .listing:
            guard input.method.isSafe || input.method == .post, input.method != .head else { return .method }
            if input.status == 206 { return .partial }
            return input.status == 200 || input.status == 207 ? nil : .status
        }
    }

    /// A cookie is for one user. Only a response that itself names `Set-Cookie` in `no-cache` or `private` may be kept
    /// without it. `Set-Cookie2` is a field like any other: no client has heeded it since RFC 6265.
    private static func setsCookie(_ response: HTTPHeaders, _ control: CacheControl) -> Bool {
        response.contains(name: "set-cookie") && !Freshness.omittedFields(control).contains("set-cookie")
    }

    /// RFC 9111 §3.5: a shared cache keeps the answer to an authorized request only when the response says so.
    private static func allowsAuthorized(_ control: CacheControl) -> Bool {
        control.isPublic || control.mustRevalidate || control.sMaxAge != nil
    }

    /// The last condition of RFC 9111 §3: the response says something that makes it cacheable, or its status does.
    private static func isMarkedCacheable(_ input: StorePolicyInput, _ control: CacheControl) -> Bool {
        input.scope == .listing || control.isPublic || control.isPrivate == .whole || control.maxAge != nil
            || control.sMaxAge != nil || input.response.contains(name: "expires")
            || StatusRules.isHeuristic(input.status)
    }

    private static func isShareable(_ refusal: StoreRefusal, _ input: StorePolicyInput) -> Bool {
        guard !input.hasAuthorization || input.principalKeyed else { return false }
        switch refusal {
        case .noFreshness: return true
        case .status: return !(401...403).contains(input.status) && input.status != 407 && input.status >= 400
        case .method, .requestNoStore, .noStore, .privateResponse, .setCookie, .vary, .notUnderstood, .authorization,
            .partial:
            return false
        }
    }
}
