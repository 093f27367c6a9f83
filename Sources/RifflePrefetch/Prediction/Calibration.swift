/// Turns what is known about a candidate into a probability, by counting how often candidates like it were opened.
///
/// Three tables from fine to coarse; each cell is blended with the coarser one's figure by ``blend`` virtual trials, so
/// that a cell seen twice doesn't claim much.
struct Calibration: Sendable {
    private struct Cell: Sendable {
        var trials: Float = 0
        var opened: Float = 0

        func rate(prior: Float) -> Float {
            (opened + Calibration.blend * prior) / (trials + Calibration.blend)
        }

        mutating func count(_ wasOpened: Bool) {
            if trials >= Calibration.memory {
                trials /= 2
                opened /= 2
            }
            trials += 1
            if wasOpened { opened += 1 }
        }
    }

    static let blend: Float = 12
    /// Trials after which a cell forgets half.
    static let memory: Float = 4_096

    private var fine: [Cell]
    private var middle: [Cell]
    private var coarse: [Cell]

    init() {
        fine = Array(repeating: Cell(), count: Features.fineCells)
        middle = Array(repeating: Cell(), count: Features.middleCells)
        coarse = Array(repeating: Cell(), count: Relation.allCases.count)
    }

    func probability(_ features: Features) -> Float {
        let relation = coarse[features.relation.rawValue].rate(prior: features.relation.prior)
        // Until enough was seen, what Markov counts say is the better guess.
        let guess = max(relation, features.markov)
        return fine[features.fineCell].rate(prior: middle[features.middleCell].rate(prior: guess))
    }

    mutating func count(_ features: Features, opened: Bool) {
        fine[features.fineCell].count(opened)
        middle[features.middleCell].count(opened)
        coarse[features.relation.rawValue].count(opened)
    }
}
