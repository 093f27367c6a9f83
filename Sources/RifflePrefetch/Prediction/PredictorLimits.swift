/// The bounds of one predictor. Memory is about ``folders`` × 500 bytes plus 8 MB.
package struct PredictorLimits: Sendable {
    /// Folders remembered; those used longest ago give way.
    package var folders = 16_384
    /// Successors remembered of each folder.
    package var successors = 24
    /// Pairs of folders (the last two steps) whose successors are remembered.
    package var pairs = 16_384
    package var successorsOfPair = 8
    /// Visitor and folder, as a pair, whose successors are remembered.
    package var habits = 16_384
    package var successorsOfHabit = 6
    package var visitors = 8_192
    /// Latest folders remembered of each visitor.
    package var recent = 8
    /// Children of a listing that are kept in order.
    package var children = 256
    /// Children kept because somebody opened them.
    package var openedChildren = 32
    /// Opens remembered, to know what is in the cache anyway and which candidates came true.
    package var opens = 65_536
    /// Scored candidates awaiting their answer.
    package var pending = 16_384
    /// Candidates scored for one visit.
    package var candidates = 96
    /// Candidates returned for one visit.
    package var returned = 16
    /// What is less likely is never returned.
    package var leastProbability = 0.01
    /// A visitor's steps further apart than this don't belong together.
    package var window: Int64 = 30 * 60_000

    package init() {}
}
