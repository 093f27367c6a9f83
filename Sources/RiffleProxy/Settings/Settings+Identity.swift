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
    }
}
