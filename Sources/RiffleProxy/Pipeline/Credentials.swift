import RiffleCache
import RiffleHTTP
import Synchronization

/// One credential that has been seen, and until when the origin's acceptance of it is trusted.
///
/// The credential itself is not in here: only the keyed hash that names its principal.
final class Credential: Sendable {
    let principal: PrincipalID
    private let vouchedUntil: Atomic<Int64>

    init(principal: PrincipalID, vouchedUntil: Int64) {
        self.principal = principal
        self.vouchedUntil = Atomic(vouchedUntil)
    }

    /// Requests without a credential need nobody's word.
    static let anonymous = Credential(principal: .anonymous, vouchedUntil: .max)

    @inline(__always)
    func isVouched(at now: Int64) -> Bool {
        vouchedUntil.load(ordering: .relaxed) > now
    }

    /// The origin accepted the credential.
    func vouch(until time: Int64) {
        guard self !== Credential.anonymous else { return }
        vouchedUntil.store(time, ordering: .relaxed)
    }

    /// The origin refused the credential: nothing is served on its word until it is accepted again.
    func revoke() {
        guard self !== Credential.anonymous else { return }
        vouchedUntil.store(0, ordering: .relaxed)
    }
}

/// Every credential lately seen by any event loop, bounded: past the bound all are forgotten, which only costs each its
/// next request a word from the origin.
final class CredentialTable: Sendable {
    static let maximum = 100_000
    private let naming: FolderNaming
    private let known = Mutex<[PrincipalID: Credential]>([:])

    init(naming: FolderNaming) {
        self.naming = naming
    }

    func credential(_ bytes: [UInt8]) -> Credential {
        let principal = naming.principal(bytes)
        return known.withLock { known in
            if let credential = known[principal] { return credential }
            if known.count >= Self.maximum { known.removeAll() }
            let credential = Credential(principal: principal, vouchedUntil: 0)
            known[principal] = credential
            return credential
        }
    }
}

/// What the front found out about the credential of a request.
enum CredentialScan {
    case known(Credential)
    /// Bound to one connection or one request (Digest, NTLM, Negotiate), or in a field riffle does not know: such a
    /// request is never answered from the cache.
    case unusable
}

/// The credentials of one event loop, by their raw bytes, so that a hit needs no keyed hash. Loop-confined; raw bytes
/// stay in the process. Direct-mapped: a collision only costs the hash again.
struct CredentialMemo {
    private static let slots = 512
    private static let maximumBytes = 8_192

    private var entries: [(hash: Int, bytes: [UInt8], credential: Credential)?]
    private let table: CredentialTable
    private var scratch: [UInt8] = []

    init(table: CredentialTable) {
        self.table = table
        entries = Array(repeating: nil, count: Self.slots)
        scratch.reserveCapacity(1_024)
    }

    /// The credential a request carries in `Authorization` and `Cookie`.
    mutating func scan(_ head: RequestHead, _ bytes: UnsafeRawBufferPointer) -> CredentialScan {
        if head.isRepeated(.authorization) { return .unusable }
        for field in head.fields where field.known == nil {
            if UnknownCredential.isLikely(UnsafeRawBufferPointer(rebasing: bytes[field.name.range])) {
                return .unusable
            }
        }
        let authorization = head.value(.authorization)
        guard authorization != nil || head.has(.cookie) else { return .known(.anonymous) }
        scratch.removeAll(keepingCapacity: true)
        if let authorization {
            let value = UnsafeRawBufferPointer(rebasing: bytes[authorization.range])
            guard !UnknownCredential.isConnectionBound(value) else { return .unusable }
            append(UInt8(ascii: "A"), value)
        }
        for field in head.fields where field.known == .cookie {
            append(UInt8(ascii: "C"), UnsafeRawBufferPointer(rebasing: bytes[field.value.range]))
        }
        guard scratch.count <= Self.maximumBytes else { return .unusable }
        return .known(lookUp())
    }

    private mutating func append(_ kind: UInt8, _ value: UnsafeRawBufferPointer) {
        scratch.append(kind)
        for shift in [0, 8, 16] { scratch.append(UInt8(truncatingIfNeeded: value.count >> shift)) }
        scratch.append(contentsOf: value)
    }

    private mutating func lookUp() -> Credential {
        var hasher = Hasher()
        scratch.withUnsafeBytes { hasher.combine(bytes: $0) }
        let hash = hasher.finalize()
        let slot = hash & (Self.slots - 1)
        if let entry = entries[slot], entry.hash == hash, entry.bytes == scratch { return entry.credential }
        let credential = table.credential(scratch)
        entries[slot] = (hash, Array(scratch), credential)
        return credential
    }
}

/// Credentials that come in ways riffle can't key by.
enum UnknownCredential {
    /// Digest, NTLM and Negotiate speak for one request or one connection (RFC 7616, RFC 4559).
    static func isConnectionBound(_ authorization: UnsafeRawBufferPointer) -> Bool {
        for scheme in ["digest", "ntlm", "negotiate", "hoba", "mutual"] as [StaticString]
        where authorization.count >= scheme.utf8CodeUnitCount {
            var matches = true
            for index in 0..<scheme.utf8CodeUnitCount where authorization[index] | 0x20 != scheme.utf8Start[index] {
                matches = false
                break
            }
            if matches { return true }
        }
        return false
    }

    /// Whether an unknown field is named as one that says who is asking (`X-Auth-Token`, `X-Api-Key`, `X-Remote-User`).
    static func isLikely(_ name: UnsafeRawBufferPointer) -> Bool {
        guard name.count >= 5 else { return false }
        for start in 0...(name.count - 4) {
            switch name[start] | 0x20 {
            case UInt8(ascii: "a"):
                if has("auth", name, start) || has("apik", name, start) || has("api-k", name, start) { return true }
            case UInt8(ascii: "t"): if has("token", name, start) { return true }
            case UInt8(ascii: "s"): if has("secret", name, start) || has("session", name, start) { return true }
            case UInt8(ascii: "p"): if has("passw", name, start) { return true }
            case UInt8(ascii: "-"): if has("-user", name, start) { return true }
            default: continue
            }
        }
        return false
    }

    @inline(__always)
    private static func has(_ part: StaticString, _ name: UnsafeRawBufferPointer, _ start: Int) -> Bool {
        guard start + part.utf8CodeUnitCount <= name.count else { return false }
        for index in 0..<part.utf8CodeUnitCount where name[start + index] | 0x20 != part.utf8Start[index] {
            return false
        }
        return true
    }
}
