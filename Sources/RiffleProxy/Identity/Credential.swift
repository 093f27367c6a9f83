import RiffleCache
import Synchronization

/// One credential that has been seen, and until when the origin's acceptance of it is trusted.
///
/// The credential itself is not in here: only the keyed hashes that name its principals. It has one of its own, and, when
/// it is a token that says whose it is, one it shares with that person's other tokens. The shared one counts only while
/// it is *proven*: the origin accepted this very token and refused a forged copy of it at the same target.
final class Credential: Sendable {
    /// The keyed hash of the credential: nobody else's.
    let own: PrincipalID
    /// The keyed hash of what the token says; nil when it says nothing, or nothing that counts.
    let claimed: PrincipalID?
    /// When the token says it ends, unix milliseconds.
    private let expires: Int64
    private let vouchedUntil: Atomic<Int64>
    private let provenUntil = Atomic<Int64>(0)
    private let refusalCount = Atomic<Int>(0)

    init(own: PrincipalID, claimed: PrincipalID? = nil, expires: Int64 = .max, vouchedUntil: Int64 = 0) {
        self.own = own
        self.claimed = claimed
        self.expires = expires
        self.vouchedUntil = Atomic(vouchedUntil)
    }

    /// Requests without a credential need nobody's word.
    static let anonymous = Credential(own: .anonymous, vouchedUntil: .max)

    @inline(__always)
    func isVouched(at now: Int64) -> Bool {
        vouchedUntil.load(ordering: .relaxed) > now
    }

    /// Under whose name listings are looked up and stored now.
    @inline(__always)
    func principal(at now: Int64) -> PrincipalID {
        guard let claimed, provenUntil.load(ordering: .relaxed) > now else { return own }
        return claimed
    }

    /// Whether the token would share its person's listings once the origin has proven it.
    func isUnproven(at now: Int64) -> Bool {
        claimed != nil && provenUntil.load(ordering: .relaxed) <= now
    }

    /// Whether what is stored for `principal` may be served to this credential now.
    func mayRead(_ principal: PrincipalID, at now: Int64) -> Bool {
        isVouched(at: now) && (principal == own || principal == self.principal(at: now))
    }

    /// How often the origin has refused it: noted when the origin is asked, compared when it has answered.
    var refusals: Int { refusalCount.load(ordering: .acquiring) }

    /// The origin's word for the credential, and how long it is taken for at most.
    struct Acceptance {
        /// ``Credential/refusals`` when the origin was asked: a word given before a refusal counts no more.
        var refusals: Int
        /// Monotonic milliseconds.
        var now: Int64
        /// Unix milliseconds at `now`.
        var wall: Int64
        /// `cache.vouchTTL`.
        var limit: Int64
    }

    /// The origin accepted the credential.
    func vouch(_ acceptance: Acceptance) {
        guard self !== Credential.anonymous else { return }
        trust(acceptance, vouchedUntil)
    }

    /// The origin accepted the token and refused a forged copy.
    func prove(_ acceptance: Acceptance) {
        guard claimed != nil else { return }
        trust(acceptance, provenUntil)
    }

    private func trust(_ acceptance: Acceptance, _ until: borrowing Atomic<Int64>) {
        guard acceptance.refusals == refusals else { return }
        until.store(end(acceptance), ordering: .sequentiallyConsistent)
        // A refusal that came meanwhile stands.
        if acceptance.refusals != refusalCount.load(ordering: .sequentiallyConsistent) { forgetTrust() }
    }

    /// The origin refused the credential: nothing is served on its word until it is accepted again.
    func revoke() {
        guard self !== Credential.anonymous else { return }
        refusalCount.add(1, ordering: .sequentiallyConsistent)
        forgetTrust()
    }

    private func forgetTrust() {
        vouchedUntil.store(0, ordering: .sequentiallyConsistent)
        provenUntil.store(0, ordering: .sequentiallyConsistent)
    }

    /// No longer than the limit, and no longer than the token itself says.
    private func end(_ acceptance: Acceptance) -> Int64 {
        let left = expires == .max ? Int64.max : expires - acceptance.wall
        return acceptance.now + min(acceptance.limit, left)
    }
}

/// Every credential lately seen by any event loop, bounded: past the bound those that the origin has not accepted are
/// forgotten, so that a flood of made-up ones costs nobody else anything.
final class CredentialTable: Sendable {
    static let maximum = 100_000
    private let maximum: Int
    private let naming: FolderNaming
    private let claims: Settings.Claims
    private let known = Mutex<[PrincipalID: Credential]>([:])
    /// Rises when credentials are forgotten: whoever remembers one must ask again, so that a refusal reaches everybody.
    let epoch = Atomic<Int>(0)

    init(naming: FolderNaming, claims: Settings.Claims, maximum: Int = maximum) {
        self.maximum = maximum
        self.naming = naming
        self.claims = claims
    }

    /// A credential that was seen before.
    func known(_ parts: CredentialParts) -> Credential? {
        guard !parts.isEmpty else { return nil }
        let own = naming.principal(parts.bytes)
        return known.withLock { $0[own] }
    }

    func credential(_ parts: CredentialParts, now: Int64) -> Credential {
        let own = naming.principal(parts.bytes)
        if let credential = known.withLock({ $0[own] }) { return credential }
        let made = make(parts, own)
        return known.withLock { known in
            if let credential = known[own] { return credential }
            if known.count >= maximum { forget(&known, now) }
            known[own] = made
            return made
        }
    }

    /// Amortised O(1): at least half of the table goes.
    private func forget(_ known: inout [PrincipalID: Credential], _ now: Int64) {
        known = known.filter { $0.value.isVouched(at: now) }
        if known.count > maximum / 2 { known.removeAll() }
        epoch.add(1, ordering: .releasing)
    }

    private func make(_ parts: CredentialParts, _ own: PrincipalID) -> Credential {
        guard let token = parts.bearerToken, let claims = TokenClaims(token) else { return Credential(own: own) }
        let shared = claims.identity(self.claims).map { naming.principal(parts.replacingAuthorization(with: $0)) }
        return Credential(own: own, claimed: shared, expires: claims.expires ?? .max)
    }
}
