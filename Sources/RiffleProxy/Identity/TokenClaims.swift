/// What a JSON Web Token says of itself (RFC 7519), read without verifying anything: whether any of it is true is for the
/// origin to say; see ``TokenProof``.
///
/// Pure. Only a plain signed token is read; one that is unsigned, encrypted, nested, malformed, or says a thing twice is
/// no more than the bytes it consists of.
struct TokenClaims: Equatable {
    /// Claims that mark one token among many of the same person, who may do the same with each. All other claims enter
    /// the principal: tokens that differ in issuer, audience, scope, roles or anything unknown are different principals.
    private static let perToken: Set<String> = [
        "exp", "iat", "nbf", "jti", "auth_time", "nonce", "at_hash", "c_hash", "s_hash", "sid", "session_state", "aio",
        "rh", "uti", "xms_ftd",
    ]
    private static let longestToken = 8_192

    /// Unix milliseconds.
    let expires: Int64?
    /// Names and values as they are spelled, without those of ``perToken``, in the order of names.
    private let claims: [FlatJSON.Member]

    init?(_ token: ArraySlice<UInt8>) {
        guard token.count <= Self.longestToken else { return nil }
        let parts = token.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 3, parts.allSatisfy({ !$0.isEmpty }), Base64URL.decode(parts[2]) != nil,
            let header = Base64URL.decode(parts[0]).flatMap({ FlatJSON.members($0) }), Self.isSigned(header),
            let payload = Base64URL.decode(parts[1]).flatMap({ FlatJSON.members($0) })
        else { return nil }
        claims = payload.filter { !Self.perToken.contains($0.name) }.sorted { $0.name < $1.name }
        guard let end = payload.first(where: { $0.name == "exp" }) else {
            expires = nil
            return
        }
        guard let seconds = Double(String(decoding: end.value, as: UTF8.self)), seconds > 0, seconds < 1e12 else {
            return nil
        }
        expires = Int64(seconds) * 1_000
    }

    /// A signature the header names, over a payload that is no token itself, without extensions that must be understood.
    private static func isSigned(_ header: [FlatJSON.Member]) -> Bool {
        func value(_ name: String) -> [UInt8]? { header.first { $0.name == name }?.value }
        guard let algorithm = value("alg"), FlatJSON.isText(algorithm) else { return false }
        let isNone = String(decoding: algorithm, as: UTF8.self).lowercased() == "\"none\""
        return !isNone && value("crit") == nil && value("cty") == nil && value("enc") == nil && value("b64") == nil
    }

    /// What two tokens of one person have in common; nil when the token does not say whose it is.
    func identity(_ policy: Settings.Claims) -> [UInt8]? {
        guard policy != .none, has("iss"), names(policy).allSatisfy(has) else { return nil }
        var identity: [UInt8] = []
        for claim in claims {
            for part in [Array(claim.name.utf8), claim.value] {
                for shift in [0, 8, 16] { identity.append(UInt8(truncatingIfNeeded: part.count >> shift)) }
                identity += part
            }
        }
        return identity
    }

    private func names(_ policy: Settings.Claims) -> [String] {
        switch policy {
        case .none: []
        case .automatic: has("tid") && has("oid") ? ["tid", "oid"] : ["sub"]
        case .names(let names): names
        }
    }

    /// Whether the token has that claim as text that is not empty.
    private func has(_ name: String) -> Bool {
        claims.contains { $0.name == name && FlatJSON.isText($0.value) && $0.value.count > 2 }
    }
}

/// Base64 for URLs without padding (RFC 7515 §2), strictly.
enum Base64URL {
    static func decode(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        guard text.count % 4 != 1 else { return nil }
        var out: [UInt8] = []
        out.reserveCapacity(text.count * 3 / 4)
        var bits: UInt32 = 0
        var count = 0
        for byte in text {
            guard let value = value(byte) else { return nil }
            bits = bits << 6 | value
            count += 6
            if count >= 8 {
                count -= 8
                out.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
            }
        }
        return out
    }

    private static func value(_ byte: UInt8) -> UInt32? {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(byte - UInt8(ascii: "A"))
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(byte - UInt8(ascii: "a") + 26)
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte - UInt8(ascii: "0") + 52)
        case UInt8(ascii: "-"): 62
        case UInt8(ascii: "_"): 63
        default: nil
        }
    }
}
