import Glibc

/// How a candidate stands to the folder just opened; the nearest one that fits.
enum Relation: Int, Sendable, CaseIterable {
    case firstChild, earlyChild, openedChild, nextSibling, previousSibling, parent, grandparent, recent, learned, hot

    /// How often such a folder is opened next, before anything was learned here.
    var prior: Float {
        switch self {
        case .firstChild: 0.08
        case .earlyChild: 0.04
        case .openedChild: 0.08
        case .nextSibling: 0.1
        case .previousSibling: 0.02
        case .parent: 0.04
        case .grandparent: 0.02
        case .recent: 0.03
        case .learned: 0.1
        case .hot: 0.03
        }
    }
}

/// What the probability of a candidate is read from, in coarse steps.
struct Features: Sendable {
    var relation: Relation
    /// The blended chance of the move by Markov counts, 0 when it was never made.
    var markov: Float
    /// Visits the Markov figure rests on.
    var evidence: Float
    /// Expected opens by anyone within the lifetime of a listing.
    var popularity: Float
    var move: Move
    var run: Int
    var fanOut: Int

    static let markovSteps = 12
    static let evidenceSteps = 3
    static let popularitySteps = 8
    static let runSteps = 4
    static let fanOutSteps = 3
    static let middleCells = Relation.allCases.count * markovSteps * evidenceSteps * popularitySteps
    static let fineCells = middleCells * Move.allCases.count * runSteps * fanOutSteps

    private var markovStep: Int {
        guard markov > 0 else { return 0 }
        // Half powers of two from 1 down to 1/32.
        return 1 + max(0, min(Self.markovSteps - 2, Int(-2 * log2f(markov))))
    }

    private var evidenceStep: Int { evidence < 2 ? 0 : evidence < 10 ? 1 : 2 }

    private var popularityStep: Int {
        guard popularity > 0 else { return 0 }
        return 1 + max(0, min(Self.popularitySteps - 2, Int(6 + log2f(popularity))))
    }

    private var runStep: Int { run < 3 ? run : 3 }
    private var fanOutStep: Int { fanOut <= 4 ? 0 : fanOut <= 32 ? 1 : 2 }

    var middleCell: Int {
        ((relation.rawValue * Self.markovSteps + markovStep) * Self.evidenceSteps + evidenceStep)
            * Self.popularitySteps + popularityStep
    }

    var fineCell: Int {
        ((middleCell * Move.allCases.count + move.rawValue) * Self.runSteps + runStep) * Self.fanOutSteps + fanOutStep
    }
}
