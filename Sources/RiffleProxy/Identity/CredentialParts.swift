import NIOHTTP1

/// All that says who is asking, in one run of bytes: kind, length and value of each part, always in the same order, so
/// that two different sets of credentials never share bytes. Lives in the process only.
struct CredentialParts: Equatable {
    enum Kind: UInt8 {
        case certificate = 0x54
        case authorization = 0x41
        case cookie = 0x43
        /// What a token says, in place of the token.
        case claims = 0x4A
    }

    static let maximumBytes = 8_192
    private static let prefix = 4

    private(set) var bytes: [UInt8] = []
    private var authorization = 0..<0

    init(reserving capacity: Int = 0) {
        bytes.reserveCapacity(capacity)
    }

    /// The parts of a request that was copied out of its connection.
    init(_ request: RequestMessage, cookies: IdentityCookies) {
        if let certificate = request.certificate { append(.certificate, certificate.fingerprint) }
        if let value = request.fields.first(name: "authorization") { append(.authorization, value.utf8) }
        for value in request.fields["cookie"] {
            Array(value.utf8).withUnsafeBytes { cookies.append($0, to: &self) }
        }
    }

    static func == (left: CredentialParts, right: CredentialParts) -> Bool { left.bytes == right.bytes }

    var isEmpty: Bool { bytes.isEmpty }

    mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
        authorization = 0..<0
    }

    mutating func append(_ kind: Kind, _ value: some Collection<UInt8>) {
        bytes.append(kind.rawValue)
        for shift in [0, 8, 16] { bytes.append(UInt8(truncatingIfNeeded: value.count >> shift)) }
        if kind == .authorization { authorization = bytes.count..<bytes.count + value.count }
        bytes.append(contentsOf: value)
    }

    /// The token of a `Bearer` credential (RFC 6750 §2.1).
    var bearerToken: ArraySlice<UInt8>? {
        let value = bytes[authorization]
        let scheme = "bearer ".utf8
        guard value.count > scheme.count, zip(value, scheme).allSatisfy({ $0 | 0x20 == $1 }) else { return nil }
        return value.dropFirst(scheme.count).drop { $0 == 0x20 }
    }

    /// The same with the claims of its token for the token itself.
    func replacingAuthorization(with claims: [UInt8]) -> [UInt8] {
        var other = CredentialParts(reserving: bytes.count + claims.count)
        other.bytes.append(contentsOf: bytes[..<max(0, authorization.lowerBound - Self.prefix)])
        other.append(.claims, claims)
        other.bytes.append(contentsOf: bytes[authorization.upperBound...])
        return other.bytes
    }
}
