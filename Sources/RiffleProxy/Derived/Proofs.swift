import RiffleCache

/// Whether answers of one shape may be derived: only when the origin's own answers have shown that they are the same.
///
/// No list of servers and versions says which of them write a member alone exactly as they write it among others, so each
/// shape (how the request asks, and for what kind of member) is proved at the origin in front of which riffle stands:
/// while it is not, the origin answers and its answer is compared with what would have been derived. A proof is renewed
/// now and then, and one difference ends it.
struct Proof {
    /// Answers that must agree before any is derived.
    static let enough = 2
    /// One in so many goes to the origin all the same, so that a server that has changed is noticed.
    static let recheck = 64
    /// How long a difference stands, milliseconds: it may have come from a change behind riffle's back.
    static let refusal: Int64 = 600_000

    private enum State {
        case gathering(agreed: Int)
        case proved(uses: Int)
        case refuted(until: Int64)
    }

    private var state = State.gathering(agreed: 0)

    enum Advice: Equatable {
        case derive
        /// Ask the origin and tell ``judge(agrees:now:)`` how the answers compare.
        case compare
        /// Ask the origin; comparing is of no use.
        case ask
    }

    mutating func advise(now: Int64) -> Advice {
        switch state {
        case .gathering: return .compare
        case .proved(let uses):
            state = .proved(uses: uses + 1)
            return (uses + 1) % Self.recheck == 0 ? .compare : .derive
        case .refuted(let until):
            guard now >= until else { return .ask }
            state = .gathering(agreed: 0)
            return .compare
        }
    }

    /// Where a shape stands, for those who only look.
    enum Standing: Equatable {
        case unproved(agreed: Int)
        case proved
        case refuted(milliseconds: Int64)
    }

    /// - Returns: `.unproved` too where the next use is compared again.
    func standing(now: Int64) -> Standing {
        switch state {
        case .gathering(let agreed): .unproved(agreed: agreed)
        case .proved(let uses): (uses + 1) % Self.recheck == 0 ? .unproved(agreed: Self.enough) : .proved
        case .refuted(let until): now < until ? .refuted(milliseconds: until - now) : .unproved(agreed: 0)
        }
    }

    mutating func judge(agrees: Bool, now: Int64) {
        guard agrees else {
            state = .refuted(until: now + Self.refusal)
            return
        }
        if case .gathering(let agreed) = state {
            state = agreed + 1 >= Self.enough ? .proved(uses: 0) : .gathering(agreed: agreed + 1)
        }
    }
}

/// The proofs of one origin, bounded: past the bound all are forgotten and gathered anew.
struct Proofs {
    static let limit = 1_024

    /// What tells one shape from another, hashed under this process's seed.
    struct Shape: Hashable, Sendable {
        enum Kind: Hashable, Sendable { case itself, file, folder, absent }

        let kind: Kind
        let form: UInt64
        /// Whether a principal sees members as another does is not taken for granted.
        let principal: PrincipalID
    }

    private var proofs: [Shape: Proof] = [:]

    mutating func advise(_ shape: Shape, now: Int64) -> Proof.Advice {
        if proofs[shape] == nil, proofs.count >= Self.limit { proofs.removeAll() }
        return proofs[shape, default: Proof()].advise(now: now)
    }

    mutating func judge(_ shape: Shape, agrees: Bool, now: Int64) {
        proofs[shape]?.judge(agrees: agrees, now: now)
    }

    func standing(_ shape: Shape, now: Int64) -> Proof.Standing {
        proofs[shape]?.standing(now: now) ?? .unproved(agreed: 0)
    }
}
