import NIOHTTP1
import RiffleCache
import RiffleHTTP
import RiffleInspect
import RiffleTelemetry

extension Explainer {
    /// What would become of a GET or HEAD that is no listing; nil when it is not the cache's business.
    func explainGeneral(_ head: RequestHead, _ bytes: [UInt8]) -> Explanation? {
        let now = gateway.clock.milliseconds()
        guard let front = GeneralFront(gateway: gateway),
            let work = bytes.withUnsafeBytes({ front.work(head, bytes: $0, now: now) })
        else { return nil }
        let request = bytes.withUnsafeBytes { RequestMessage(head, bytes: $0, body: nil) }
        let control = RequestCacheControl(request.fields)
        let selection = GeneralLookup(gateway: gateway).select(
            work.key, hash: work.hash, fields: request.fields, now: now)
        let verdict = verdict(work, selection, control, now)
        var sentences = ["The request is for \(request.target), which is no listing: HTTP's own caching rules apply."]
        switch verdict.outcome {
        case .hit: sentences.append("Memory holds it fresh: it is served from there.")
        case .stale: sentences.append("Memory holds it past its freshness, and it may be served so.")
        case .error: sentences.append("The client wants nothing but what is stored, and that can't be served: 504.")
        default:
            if let reason = verdict.reason {
                sentences.append("The origin is asked: \(ReasonText.sentence(reason))")
            }
        }
        let principal = work.key.principal
        return Explanation(
            outcome: verdict.outcome, tier: verdict.tier, reason: verdict.reason, sentences: sentences,
            key: [
                .init("form", gateway.naming.entry(selection.key).hash.hex),
                .init("principal", principal == .anonymous ? "anonymous" : String(principal.hash.hex.prefix(8))),
            ])
    }

    private func verdict(
        _ work: GeneralWork, _ selection: GeneralSelection, _ control: RequestCacheControl, _ now: Int64
    ) -> Verdict {
        if control.noStore { return Verdict(.bypass, reason: .clientNoStore) }
        guard let stored = selection.selected else {
            return control.onlyIfCached
                ? Verdict(.error, reason: .onlyIfCached) : Verdict(.miss, reason: selection.reason)
        }
        guard work.credential.isVouched(at: now) else { return Verdict(.miss, reason: .unvouched) }
        return switch Reuse.decide(control, stored.lifetime, elapsed: stored.elapsed(at: now)) {
        case .fresh: Verdict(.hit, tier: .memory)
        case .staleAllowed, .staleWhileRevalidate: Verdict(.stale, tier: .memory)
        case .revalidate(.client): Verdict(.miss, reason: .clientNoCache)
        case .revalidate(.expired): Verdict(.miss, reason: .expired)
        case .gatewayTimeout: Verdict(.error, reason: .onlyIfCached)
        }
    }
}
