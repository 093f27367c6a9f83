import NIOCore
import NIOHTTP1
import RiffleCache

/// Finds out whether the origin looked at a token before it said yes: it is asked the same once more with a copy whose
/// signature is damaged. Only when that copy is refused does what the token says count.
///
/// Without this a folder open to everybody would vouch for any token, and a forged one that names somebody else would
/// open that person's listings. One such request per token and vouching time; targets that turn out to be open to
/// everybody are not asked again for a while. Shared by all loops; what it asks runs on the loop that asks.
final class TokenProof: Sendable {
    /// Questions under way at once; beyond it tokens simply stay principals of their own a little longer.
    static let maximumInFlight = 32

    private let origin: OriginClient
    private let clock: MonotonicClock
    /// Targets that accept anything.
    private let open = HitForMiss(life: 60_000)
    private let inFlight: InFlight

    init(origin: OriginClient, clock: MonotonicClock) {
        self.origin = origin
        self.clock = clock
        inFlight = InFlight(maximum: Self.maximumInFlight)
    }

    /// Proves the token of a request that the origin has just accepted; `proven` is called on `loop` when it is.
    ///
    /// - Parameter target: what was asked, whoever asked it.
    func prove(
        _ credential: Credential, _ request: OriginRequest, target: UInt64, _ acceptance: Credential.Acceptance,
        on loop: any EventLoop, proven: @escaping () -> Void
    ) {
        guard credential.isUnproven(at: acceptance.now), !open.holds(target, now: acceptance.now),
            let forged = Self.forged(request.fields), inFlight.begin(credential.own)
        else { return }
        var question = request
        question.fields = forged
        let answer = HeadReader { [open, inFlight, clock] status in
            inFlight.end(credential.own)
            switch status {
            case 400, 401, 403:
                var acceptance = acceptance
                let now = clock.milliseconds()
                // What happened while the copy was judged took from the time the vouching lasts.
                acceptance.limit -= now - acceptance.now
                acceptance.wall += now - acceptance.now
                acceptance.now = now
                credential.prove(acceptance)
                if !credential.isUnproven(at: now) { proven() }
            case .some: open.remember(target, now: clock.milliseconds())
            case nil: break
            }
        }
        answer.call = origin.send(question, to: answer, on: loop)
    }

    /// The same fields with a token whose signature can't be right; nil without a token.
    static func forged(_ fields: HTTPHeaders) -> HTTPHeaders? {
        guard let value = fields.first(name: "authorization"), let dot = value.lastIndex(of: ".") else { return nil }
        let signature = value[value.index(after: dot)...]
        guard signature.count >= 2 else { return nil }
        // The first character holds six whole bits of the signature, whatever its kind; so do the others but the last.
        let damaged = signature.dropLast().map { $0 == "A" ? "B" : "A" }.joined() + signature.suffix(1)
        guard damaged != signature else { return nil }
        var fields = fields
        fields.replaceOrAdd(name: "Authorization", value: value[...dot] + damaged)
        return fields
    }
}
