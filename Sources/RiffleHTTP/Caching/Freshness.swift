import NIOHTTP1

/// The freshness lifetime of a response that is stored (RFC 9111 §4.2) and its stale windows (RFC 5861).
enum Freshness {
    /// What a lifetime was derived from.
    private enum Basis {
        /// Said by the response, seconds.
        case explicit(Int)
        /// Guessed, milliseconds.
        case heuristic(Int)
        /// The operator's word for listings, milliseconds.
        case configured(Int)
        case none
    }

    static func lifetime(_ input: StorePolicyInput, _ control: CacheControl, varyNames: [String]) -> Lifetime {
        let age = Age(input.response, responseTime: input.responseTime, requestDelay: input.requestDelay)
        let policy = input.policy
        let basis = basis(input, control)
        let remaining: Int =
            switch basis {
            case .explicit(let seconds): min(seconds * 1000, policy.maximumTTL) - age.initial
            case .heuristic(let milliseconds): min(milliseconds, policy.maximumTTL) - age.initial
            // Counted from receipt, so that an origin whose clock is behind does not lose every listing.
            case .configured(let milliseconds): min(milliseconds, policy.maximumTTL) - age.corrected
            case .none: 0
            }
        let needsConsent = control.noCache == .whole
        let forbidsStale = forbidsStale(control) || isDeclaredStale(basis, control)
        let unasked = policy.staleUnasked || input.scope == .listing
        func window(_ seconds: Int?, _ ceiling: Int) -> Int {
            if forbidsStale { return 0 }
            guard let seconds else { return unasked ? max(0, ceiling) : 0 }
            return max(0, min(seconds * 1000, max(ceiling, policy.declaredStale)))
        }
        let overdue = max(0, -remaining)
        let revalidating = max(0, window(control.staleWhileRevalidate, policy.staleWhileRevalidate) - overdue)
        let failing = max(0, window(control.staleIfError, policy.staleIfError) - overdue)
        let ceiling = max(policy.staleWhileRevalidate, policy.staleIfError, policy.declaredStale)
        let asked = forbidsStale ? 0 : max(0, ceiling - overdue)
        return Lifetime(
            freshFor: needsConsent ? 0 : max(0, remaining), initialAge: age.initial / 1000,
            staleWhileRevalidate: revalidating, staleIfError: failing, staleOnRequest: asked,
            mustRevalidate: forbidsStale, varyNames: varyNames, omittedFields: omittedFields(control))
    }

    /// Fields `no-cache` and `private` name: the rest of the response may be kept without them.
    static func omittedFields(_ control: CacheControl) -> [String] {
        var names: [String] = []
        if case .fields(let fields) = control.noCache { names += fields }
        if case .fields(let fields) = control.isPrivate { names += fields }
        return names
    }

    /// Whether staleness is excluded whatever windows are configured or said (RFC 9111 §4.2.4). `s-maxage` implies
    /// `proxy-revalidate` (§5.2.2.10) unless the response asks for `stale-while-revalidate` beside it.
    private static func forbidsStale(_ control: CacheControl) -> Bool {
        control.mustRevalidate || control.proxyRevalidate || control.noCache == .whole
            || (control.sMaxAge != nil && control.staleWhileRevalidate == nil)
    }

    /// A response that gives itself no freshness and no stale window is to be revalidated each time; the operator's
    /// windows, meant for what has been fresh, would turn that into its opposite.
    private static func isDeclaredStale(_ basis: Basis, _ control: CacheControl) -> Bool {
        guard case .explicit(0) = basis else { return false }
        return control.staleWhileRevalidate == nil && control.staleIfError == nil
    }

    /// The first that applies: `s-maxage`, `max-age`, `Expires`, the operator's default for listings, a guess.
    private static func basis(_ input: StorePolicyInput, _ control: CacheControl) -> Basis {
        if let seconds = control.sMaxAge ?? control.maxAge { return .explicit(seconds) }
        if !control.isTargeted, input.response.contains(name: "expires") {
            return .explicit(expires(input.response, now: input.responseTime))
        }
        if control.noCache == .whole { return .none }
        switch input.scope {
        case .listing:
            let keyed = input.principalKeyed || !input.hasAuthorization
            return keyed ? .configured(input.policy.defaultTTL) : .none
        case .general:
            guard StatusRules.isHeuristic(input.status) || control.isPublic else { return .none }
            return heuristic(input)
        }
    }

    /// `Expires` against the response's own `Date`, so that the origin's clock cancels out; malformed or repeated
    /// means already expired (RFC 9111 §4.2, §5.3).
    private static func expires(_ fields: HTTPHeaders, now: Int) -> Int {
        guard let expires = DateField.value(fields, "expires", now: now) else { return 0 }
        let date = DateField.value(fields, "date", now: now) ?? now
        return max(0, min(expires - date, 1 << 31))
    }

    /// A tenth of the time since the last modification, up to the configured ceiling (RFC 9111 §4.2.2); without a
    /// `Last-Modified` the ceiling itself, which the operator chose.
    private static func heuristic(_ input: StorePolicyInput) -> Basis {
        guard let ceiling = input.policy.heuristicTTL else { return .none }
        let now = input.responseTime
        guard let modified = DateField.value(input.response, "last-modified", now: now) else {
            return .heuristic(ceiling)
        }
        let date = DateField.value(input.response, "date", now: now) ?? now
        return .heuristic(min(ceiling, max(0, date - modified) * 100))
    }
}
