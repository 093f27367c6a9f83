import RiffleCache
import RiffleHTTP
import RiffleInspect
import RiffleTelemetry

extension Explainer {
    /// Whether an answer would be derived, from which listing, or why not.
    struct Derived {
        var isAnswer = false
        var sentences: [String] = []
    }

    /// - Parameter work: a request for a listing that memory could not answer.
    func derived(_ work: ListingWork, _ now: Int64) -> Derived {
        var derived = Derived()
        if work.reason == .expired, let stored = work.stored {
            switch gateway.derivation.renewal(of: stored, work, now) {
            case .success(let above):
                derived.isAnswer = true
                derived.sentences = [
                    "The listing of \(Self.text(above.key.path)), younger and fresh, shows the same tag for this folder: "
                        + "what is stored is renewed by it and served (derived.rowTags)."
                ]
                return derived
            case .failure(let silence):
                derived.sentences.append("No listing renews what is stored: \(silence.sentence)")
            }
        }
        let found = self.derived(gateway.derivation.ground(of: work, now), now)
        return Derived(isAnswer: found.isAnswer, sentences: derived.sentences + found.sentences)
    }

    private func derived(_ ground: Result<Ground, Silence>, _ now: Int64) -> Derived {
        switch ground {
        case .failure(let silence): return Derived(sentences: ["Nothing is derived: \(silence.sentence)"])
        case .success(let ground):
            let folder = Self.text(ground.source.key.path)
            let saying =
                switch ground.saying {
                case .row: "The fresh listing of \(folder) in memory has the row that is asked for"
                case .absence: "The fresh listing of \(folder) in memory is whole and lacks the name"
                }
            switch gateway.derivation.standing(of: ground.shape, now: now) {
            case .proved:
                return Derived(
                    isAnswer: true,
                    sentences: [saying + ", and the origin has confirmed such answers: the answer is derived from it."])
            case .unproved(let agreed):
                return Derived(sentences: [
                    saying
                        + ", but nothing is derived: the origin has confirmed \(agreed) of \(Proof.enough) such answers"
                        + (agreed < Proof.enough ? ". Its next one is compared." : ", and this one is compared again.")
                ])
            case .refuted(let milliseconds):
                return Derived(sentences: [
                    saying + ", but nothing is derived: an answer of the origin to such a request was another. "
                        + "It is tried again in \(milliseconds / 1_000) s."
                ])
            }
        }
    }

    /// What would become of a read of a name that file managers ask for everywhere; nil for any other request.
    func explainProbe(_ head: RequestHead, _ bytes: [UInt8], _ reason: Reason) -> Explanation? {
        guard gateway.s3 == nil else { return nil }
        let now = gateway.clock.milliseconds()
        var memo = gateway.makeCredentialMemo()
        guard let work = bytes.withUnsafeBytes({ ProbeWork(head, $0, reason, &memo, nil, now: now) }) else {
            return nil
        }
        let derived = derived(gateway.derivation.ground(of: work, now), now)
        let opening = ["The request is for a name that file managers ask for everywhere."]
        guard derived.isAnswer else {
            return Explanation(
                outcome: .bypass, tier: .origin, reason: reason,
                sentences: opening + derived.sentences + ["It streams through to the origin."])
        }
        return Explanation(outcome: .derived, tier: .memory, sentences: opening + derived.sentences)
    }

    private static func text(_ path: some Collection<UInt8>) -> String { String(decoding: path, as: UTF8.self) }
}

extension Silence {
    /// For a person.
    var sentence: String {
        func text(_ path: [UInt8]) -> String { String(decoding: path, as: UTF8.self) }
        return switch self {
        case .switchedOff(let setting): "\(setting) is false."
        case .otherKind: "riffle derives no answers of this kind."
        case .clientWantsOrigin: "only the origin's own answer will do for this client now."
        case .noListing(of: let path): "no fresh listing of \(text(path)) in this form is in memory for this client."
        case .unreadable(of: let path): "the listing of \(text(path)) has no row that could be cut out for it."
        case .wantsMembers: "it is a folder, and the listing above does not show what is in it."
        case .oddName: "its name is one that servers read in ways of their own."
        case .shown(in: let path): "the listing of \(text(path)) shows this name, but not in this form."
        case .shallowTags: "tags of folders here say nothing about what is below them (webdav.deepTags)."
        case .olderListing(of: let path): "the listing of \(text(path)) is no younger."
        case .otherTag(in: let path): "the listing of \(text(path)) shows another tag for it, or none that is strong."
        }
    }
}
