import NIOCore
import NIOHTTP1
import RiffleCache
import RiffleHTTP
import RiffleListings
import Synchronization

/// Answers that no origin need be asked for, because a fresh listing in memory already says them: a member's own row, and
/// the absence of a name that the whole listing of its folder lacks.
///
/// Asked only when memory has no answer, so hits don't know of it. It derives for the principal whose listing it is, while
/// the listing holds and is fresh, and only in shapes that the origin's own answers have proved: see ``Proof``.
final class Derivation: Sendable {
    /// A derived answer, or what one would have been.
    struct Answer {
        let response: FillResponse
        /// Of the listing it was cut from.
        let life: EntryLife
    }

    /// What may be answered or, when the origin is asked after all, must be compared with its answer.
    enum Finding {
        case answer(Answer)
        case compare(Comparison)
    }

    struct Comparison {
        let shape: Proofs.Shape
        let target: String
        /// The listing that says so.
        let source: Entry
        /// Nil while no answer of that shape is known, as of the first name that is absent.
        let expected: FillResponse?
    }

    private struct State {
        var proofs = Proofs()
        /// How the origin says that a name is absent: its answer to the target named.
        var absences: [Proofs.Shape: (response: FillResponse, target: String)] = [:]
    }

    private static let absenceLimit = 256
    private static let longestAbsence = 16 << 10

    let settings: Settings.Derived
    let ancestors: AncestorPolicy
    private let memory: MemoryTier
    private let generations: Generations
    private let naming: FolderNaming
    let indexes = RowIndexes()
    let directory = ListingDirectory()
    private let state = Mutex(State())

    init(
        _ settings: Settings.Derived, ancestors: AncestorPolicy, memory: MemoryTier, generations: Generations,
        naming: FolderNaming
    ) {
        self.settings = settings
        self.ancestors = ancestors
        self.memory = memory
        self.generations = generations
        self.naming = naming
    }

    /// A listing is in memory now.
    func listed(_ entry: Entry) {
        guard settings.isEnabled, entry.status == 207 else { return }
        directory.note(entry.key)
    }

    // MARK: What a listing says

    /// - Parameter work: a request for a listing that memory could not answer.
    func find(_ work: ListingWork, target: String, now: Int64) -> Finding? {
        guard settings.isEnabled, work.dialect == .webdav, !work.forcesRefresh, work.mayRead(at: now)
        else { return nil }
        let path = Array(work.key.path)
        let form = Array(work.key.form)
        return (settings.depthZero ? row(path, form, work.key.principal, target, now) : nil)
            ?? absence(path, form: work.key.form, work.key.principal, target, now)
    }

    /// A GET or HEAD of a name that file managers ask for everywhere.
    func findProbe(_ path: [UInt8], form: [UInt8], _ credential: Credential, target: String, now: Int64) -> Finding? {
        guard settings.probeNames, NameRules.isProbe(path), credential.isVouched(at: now) else { return nil }
        return absence(path, form: form[...], credential.principal(at: now), target, now)
    }

    private func row(
        _ path: [UInt8], _ form: [UInt8], _ principal: PrincipalID, _ target: String, _ now: Int64
    ) -> Finding? {
        for wide in WiderForm.all(path: path, form: form) {
            guard let entry = fresh(CacheKey(path: wide.path, principal: principal, form: wide.form), now),
                let index = indexes.index(of: entry), let row = index.row(path)
            else { continue }
            guard !(row.isFolder && WiderForm.showsMembers(form)) else { return nil }
            let kind: Proofs.Shape.Kind = wide.path == path ? .itself : row.isFolder ? .folder : .file
            let shape = Proofs.Shape(kind: kind, form: Self.hash(form[...]), principal: principal)
            switch state.withLock({ $0.proofs.advise(shape, now: now) }) {
            case .derive: return .answer(Answer(response: index.answer(row), life: entry.life))
            case .compare:
                return .compare(
                    Comparison(
                        shape: shape, target: target, source: entry, expected: index.answer(row)))
            case .ask: return nil
            }
        }
        return nil
    }

    private func absence(
        _ path: [UInt8], form: ArraySlice<UInt8>, _ principal: PrincipalID, _ target: String, _ now: Int64
    ) -> Finding? {
        guard settings.absentNames && NameRules.isPlain(path) || settings.probeNames && NameRules.isProbe(path),
            let parent = Dialect.parent(of: path), let key = directory.listing(of: parent, for: principal),
            let entry = fresh(key, now), let index = indexes.index(of: entry), !index.rows.hasAlike(path)
        else { return nil }
        let shape = Proofs.Shape(kind: .absent, form: Self.hash(form), principal: principal)
        return state.withLock { state in
            let known = state.absences[shape]
            switch state.proofs.advise(shape, now: now) {
            case .derive:
                return known.map { .answer(Answer(response: $0.response, life: entry.life)) }
            case .compare:
                // The same name again proves nothing about others.
                let expected = known.flatMap { $0.target == target ? nil : $0.response }
                return .compare(Comparison(shape: shape, target: target, source: entry, expected: expected))
            case .ask: return nil
            }
        }
    }

    func fresh(_ key: CacheKey, _ now: Int64) -> Entry? {
        let hash = key.bytes.withUnsafeBytes { MemoryTier.hash($0) }
        guard let entry = key.bytes.withUnsafeBytes({ memory.peek($0, hash: hash) }), now < entry.life.freshUntil,
            entry.status == 207, holds(entry)
        else { return nil }
        return entry
    }

    func holds(_ entry: Entry) -> Bool {
        generations.holds(entry, lineage: { naming.lineage(entry.key.path) })
    }

    private static func hash(_ form: ArraySlice<UInt8>) -> UInt64 {
        form.withUnsafeBytes { MemoryTier.hash($0) }
    }

    // MARK: What the origin says

    /// The origin was asked for what might have been derived.
    func judge(_ comparison: Comparison, _ response: FillResponse, now: Int64) {
        // What changed meanwhile says nothing about how the origin writes.
        guard holds(comparison.source) else { return }
        state.withLock { state in
            if comparison.shape.kind == .absent {
                noteAbsence(comparison, response, now, &state)
            } else if let expected = comparison.expected {
                state.proofs.judge(comparison.shape, agrees: Likeness.alike(expected, response), now: now)
            }
        }
    }

    private func noteAbsence(_ comparison: Comparison, _ response: FillResponse, _ now: Int64, _ state: inout State) {
        let mayServe =
            response.status == 404 && response.body.readableBytes <= Self.longestAbsence
            && !response.fields.contains(name: "set-cookie") && !response.fields.contains(name: "content-encoding")
        guard mayServe else {
            // The name is there after all: this origin shows less than it has, or changed behind riffle's back.
            state.absences[comparison.shape] = nil
            return state.proofs.judge(comparison.shape, agrees: false, now: now)
        }
        if let expected = comparison.expected {
            state.proofs.judge(comparison.shape, agrees: Likeness.alike(expected, response), now: now)
        }
        if state.absences[comparison.shape] == nil, state.absences.count >= Self.absenceLimit {
            state.absences.removeAll()
        }
        state.absences[comparison.shape] = (response, comparison.target)
    }
}
