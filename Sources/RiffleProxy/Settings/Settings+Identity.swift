extension Settings {
    /// Which claims of a token name a person.
    package enum Claims: Sendable, Equatable {
        /// None: each token is a principal of its own.
        case none
        /// `tid` and `oid` where a token has both, else `sub`.
        case automatic
        /// A token must have them all.
        case names([String])
    }

    /// Who counts as one person.
    package struct Identity: Sendable {
        package var claims = Claims.none
        /// Cookies that say who is asking; nil: every cookie does.
        package var cookies: [String]?
        /// Beginnings of paths below which people who have proven to get the same renew it for each other.
        package var shareVerified: [String] = []
    }

    package struct Canary: Sendable {
        /// The share of hits about which the origin is asked once more.
        package var rate = 0.0
    }
}
