import NIOHTTP1

/// What a response says about caching it (RFC 9111 §5.2.2, RFC 5861, RFC 8246), from the field that governs here.
///
/// The first usable of `Riffle-Cache-Control` and `CDN-Cache-Control` governs alone (RFC 9213 §2.2), otherwise
/// `Cache-Control`. Of repeated directives the most restrictive value counts; a malformed lifetime counts as 0, so the
/// response is stale (RFC 9111 §4.2.1).
package struct CacheControl: Sendable, Equatable {
    /// Which field governs.
    package enum Source: Sendable, Equatable {
        case riffle
        case cdn
        case cacheControl
        /// No field said anything.
        case none
    }

    /// A directive that may be narrowed to some fields (`no-cache`, `private`).
    package enum Scope: Sendable, Equatable {
        case absent
        /// Only the named fields, in lower case.
        case fields([String])
        case whole

        /// The stricter of both.
        func merged(with other: Scope) -> Scope {
            switch (self, other) {
            case (.whole, _), (_, .whole): .whole
            case (.fields(let left), .fields(let right)): .fields(left + right)
            case (.absent, let scope), (let scope, .absent): scope
            }
        }
    }

    package var source = Source.none
    package var noStore = false
    package var noCache = Scope.absent
    package var isPrivate = Scope.absent
    package var isPublic = false
    package var mustRevalidate = false
    package var proxyRevalidate = false
    package var mustUnderstand = false
    package var noTransform = false
    package var immutable = false
    /// Seconds.
    package var maxAge: Int?
    /// Seconds.
    package var sMaxAge: Int?
    /// Seconds.
    package var staleWhileRevalidate: Int?
    /// Seconds.
    package var staleIfError: Int?

    /// Whether `Expires` counts too: a targeted field replaces it (RFC 9213 §2.2).
    package var isTargeted: Bool { source == .riffle || source == .cdn }

    package init() {}

    /// The rules of a response with these fields.
    package init(_ fields: HTTPHeaders) {
        for (name, source) in [("riffle-cache-control", Source.riffle), ("cdn-cache-control", .cdn)] {
            let lines = fields[name]
            guard !lines.isEmpty, let dictionary = StructuredDictionary(lines), !dictionary.members.isEmpty else {
                continue
            }
            self.source = source
            for (key, value) in dictionary.members { apply(targeted: key, value) }
            return
        }
        let lines = fields["cache-control"]
        guard !lines.isEmpty else { return }
        source = .cacheControl
        let directives = Directive.list(lines)
        // What stands behind the bound may be the directive that forbids storing.
        if directives.count >= FieldText.maximumMembers { noStore = true }
        for directive in directives { apply(directive) }
    }

    private mutating func apply(_ directive: Directive) {
        switch directive.name {
        case "no-cache": noCache = noCache.merged(with: directive.scope)
        case "private": isPrivate = isPrivate.merged(with: directive.scope)
        default:
            if let path = Self.lifetime(directive.name) {
                limit(path, to: directive.seconds)
            } else if let path = Self.flag(directive.name) {
                self[keyPath: path] = true
            }
        }
    }

    private mutating func apply(targeted key: String, _ value: StructuredValue) {
        if value == .boolean(false) { return }
        switch key {
        case "no-cache": noCache = noCache.merged(with: Self.scope(value))
        case "private": isPrivate = isPrivate.merged(with: Self.scope(value))
        default:
            if let path = Self.lifetime(key) {
                if case .integer(let seconds) = value, seconds >= 0 {
                    limit(path, to: min(seconds, 1 << 31))
                } else {
                    limit(path, to: nil)
                }
            } else if let path = Self.flag(key) {
                self[keyPath: path] = true
            }
        }
    }

    private static func scope(_ value: StructuredValue) -> Scope {
        guard case .string(let text) = value else { return .whole }
        return Directive.fieldNames(text)
    }

    /// A malformed lifetime is 0; of several the shortest counts.
    private mutating func limit(_ path: WritableKeyPath<CacheControl, Int?>, to seconds: Int?) {
        let value = seconds ?? 0
        self[keyPath: path] = min(self[keyPath: path] ?? value, value)
    }

    private static func flag(_ name: String) -> WritableKeyPath<CacheControl, Bool>? {
        switch name {
        case "no-store": \.noStore
        case "public": \.isPublic
        case "must-revalidate": \.mustRevalidate
        case "proxy-revalidate": \.proxyRevalidate
        case "must-understand": \.mustUnderstand
        case "no-transform": \.noTransform
        case "immutable": \.immutable
        default: nil
        }
    }

    private static func lifetime(_ name: String) -> WritableKeyPath<CacheControl, Int?>? {
        switch name {
        case "max-age": \.maxAge
        case "s-maxage": \.sMaxAge
        case "stale-while-revalidate": \.staleWhileRevalidate
        case "stale-if-error": \.staleIfError
        default: nil
        }
    }
}
