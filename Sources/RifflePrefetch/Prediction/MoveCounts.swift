/// The three counts a move's chance is blended from: everybody's last step, everybody's last two, the visitor's own.
struct MoveCounts {
    var everyone: Successors
    var pair: Successors?
    var own: Successors?

    /// How many virtual visits the more general figure weighs in the blend.
    static let blend: Float = 3

    /// The chance that `folder` is next, 0 when the move was never made, and the visits it rests on.
    func chance(_ folder: FolderRef) -> (chance: Float, evidence: Float) {
        var evidence = everyone.visits
        var chance = evidence > 0 ? everyone.count(folder) / evidence : 0
        for finer in [pair, own] {
            guard let finer, finer.visits > 0 else { continue }
            chance = (finer.count(folder) + Self.blend * chance) / (finer.visits + Self.blend)
            evidence = max(evidence, finer.visits)
        }
        return (min(chance, 1), evidence)
    }
}
