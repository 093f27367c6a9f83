import RiffleHTTP

/// Fields that let a request be another one than its first line says: such a request is never answered from the cache.
enum OverrideRules {
    /// What a request with such a field is; nil for one without.
    static func kind(of head: RequestHead, _ bytes: UnsafeRawBufferPointer) -> RequestKind? {
        guard isOverridden(head) else { return nil }
        guard head.method.isSafe else { return .write }
        for field in head.fields where field.known == .xHTTPMethodOverride || field.known == .xHTTPMethod {
            let value = UnsafeRawBufferPointer(rebasing: bytes[field.value.range])
            // Names a method that changes nothing, or else it may well be a write in disguise.
            let isHarmless = ["get", "head", "options", "propfind", "report", "search"].contains {
                (safe: StaticString) in
                ASCII.matches(value, safe)
            }
            if !isHarmless { return .write }
        }
        return .passThrough(.notAListing)
    }

    static func isOverridden(_ head: RequestHead) -> Bool {
        head.has(anyOf: overriding)
    }

    static func namesOtherPath(_ head: RequestHead) -> Bool {
        head.has(.xOriginalURL) || head.has(.xRewriteURL)
    }

    private static let overriding: KnownFields = [.xHTTPMethodOverride, .xHTTPMethod, .xOriginalURL, .xRewriteURL]
}
