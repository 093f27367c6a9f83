import RiffleCache
import RiffleHTTP
import Synchronization

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

    private var entries: [(hash: Int, parts: CredentialParts, credential: Credential)?]
    private let table: CredentialTable
    private let cookies: IdentityCookies
    private var epoch = 0
    private var scratch = CredentialParts(reserving: 1_024)

    init(table: CredentialTable, cookies: IdentityCookies) {
        self.table = table
        self.cookies = cookies
        entries = Array(repeating: nil, count: Self.slots)
    }

    /// The credential a request carries in `Authorization` and `Cookie`, on a connection made with `certificate`.
    ///
    /// - Parameter now: monotonic milliseconds.
    mutating func scan(
        _ head: RequestHead, _ bytes: UnsafeRawBufferPointer, certificate: ClientCertificate?, now: Int64
    ) -> CredentialScan {
        if head.isRepeated(.authorization) { return .unusable }
        for field in head.fields where field.known == nil {
            if UnknownCredential.isLikely(UnsafeRawBufferPointer(rebasing: bytes[field.name.range])) {
                return .unusable
            }
        }
        let authorization = head.value(.authorization)
        guard authorization != nil || certificate != nil || head.has(.cookie) else { return .known(.anonymous) }
        scratch.removeAll()
        if let certificate { scratch.append(.certificate, certificate.fingerprint) }
        if let authorization {
            let value = UnsafeRawBufferPointer(rebasing: bytes[authorization.range])
            guard !UnknownCredential.isConnectionBound(value) else { return .unusable }
            scratch.append(.authorization, value)
        }
        for field in head.fields where field.known == .cookie {
            cookies.append(UnsafeRawBufferPointer(rebasing: bytes[field.value.range]), to: &scratch)
        }
        guard !scratch.isEmpty else { return .known(.anonymous) }
        guard scratch.bytes.count <= CredentialParts.maximumBytes else { return .unusable }
        return .known(lookUp(now))
    }

    private mutating func lookUp(_ now: Int64) -> Credential {
        let epoch = table.epoch.load(ordering: .acquiring)
        if epoch != self.epoch {
            self.epoch = epoch
            for slot in entries.indices { entries[slot] = nil }
        }
        var hasher = Hasher()
        scratch.bytes.withUnsafeBytes { hasher.combine(bytes: $0) }
        let hash = hasher.finalize()
        let slot = hash & (Self.slots - 1)
        if let entry = entries[slot], entry.hash == hash, entry.parts == scratch { return entry.credential }
        let credential = table.credential(scratch, now: now)
        entries[slot] = (hash, scratch, credential)
        return credential
    }
}
