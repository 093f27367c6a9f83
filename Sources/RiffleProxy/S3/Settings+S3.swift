extension Settings {
    /// How riffle stands in front of an S3 origin.
    package struct S3: Sendable {
        package enum Mode: String, Sendable, CaseIterable {
            /// Requests pass with the client's own signature: writes are seen, nothing is answered from the cache.
            case transparent
            /// Riffle checks signatures and signs for the origin: listings are answered from the cache.
            case terminate
        }

        package var mode = Mode.transparent
        /// A file, or `env:NAME` for a variable of the environment.
        package var credentials: String?
        package var region = "us-east-1"
        package var domains: [String] = []
    }

    /// Settings that can't all be meant.
    var s3Contradictions: [ConfigurationError] {
        guard origin.dialect == .s3 else { return [] }
        var errors: [ConfigurationError] = []
        if cache.scope == .all {
            errors.append(ConfigurationError(place: "cache.scope", "`origin.dialect: s3` caches listings only"))
        }
        if s3.mode == .terminate, s3.credentials == nil {
            errors.append(
                ConfigurationError(
                    place: "s3.credentials", "`s3.mode: terminate` needs access keys to check and to sign"))
        }
        return errors
    }

    /// The Host field sent to the origin: where signatures only pass by it must stay, because they cover it; where riffle
    /// signs, it is the origin's.
    var originHost: OriginHost {
        guard origin.dialect == .s3 else { return origin.host }
        return s3.mode == .transparent ? .preserve : origin.host == .preserve ? .origin : origin.host
    }
}
