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
        guard settings.isEnabled, case .success(let ground) = ground(of: work, now) else { return nil }
        return finding(on: ground, target: target, now)
    }

    /// A GET or HEAD of a name that file managers ask for everywhere.
    func find(_ probe: ProbeWork, target: String, now: Int64) -> Finding? {
        guard case .success(let ground) = ground(of: probe, now) else { return nil }
        return finding(on: ground, target: target, now)
    }

    private func finding(on ground: Ground, target: String, _ now: Int64) -> Finding? {
        let (advice, known) = state.withLock { state in
            (state.proofs.advise(ground.shape, now: now), state.absences[ground.shape])
        }
        guard advice != .ask else { return nil }
        let said: FillResponse? =
            switch ground.saying {
            case .row(let row, in: let index): index.answer(row)
            // The same name again proves nothing about others.
            case .absence: known.flatMap { advice == .compare && $0.target == target ? nil : $0.response }
            }
        guard advice == .derive else {
            return .compare(Comparison(shape: ground.shape, target: target, source: ground.source, expected: said))
        }
        return said.map { .answer(Answer(response: $0, life: ground.source.life)) }
    }

    /// What the proofs say about answers of a shape, changing nothing.
    func standing(of shape: Proofs.Shape, now: Int64) -> Proof.Standing {
        state.withLock { state in
            guard shape.kind != .absent || state.absences[shape] != nil else { return .unproved(agreed: 0) }
            return state.proofs.standing(shape, now: now)
        }
    }

    // MARK: Where a listing says it

    func ground(of work: ListingWork, _ now: Int64) -> Result<Ground, Silence> {
        guard work.dialect == .webdav else { return .failure(.otherKind) }
        guard !work.forcesRefresh, work.mayRead(at: now) else { return .failure(.clientWantsOrigin) }
        let path = Array(work.key.path)
        let row = row(path, Array(work.key.form), work.key.principal, now)
        guard case .failure(let silence) = row else { return row }
        let absence = absence(path, form: work.key.form, work.key.principal, now)
        switch absence {
        case .success: return absence
        // Of two reasons that of the row is told, unless the row was not to be looked for.
        case .failure: return if case .switchedOff = silence { absence } else { row }
        }
    }

    func ground(of probe: ProbeWork, _ now: Int64) -> Result<Ground, Silence> {
        guard settings.probeNames else { return .failure(.switchedOff("derived.probeNames")) }
        guard probe.credential.isVouched(at: now) else { return .failure(.clientWantsOrigin) }
        return absence(probe.path, form: probe.form[...], probe.credential.principal(at: now), now)
    }

    private func row(
        _ path: [UInt8], _ form: [UInt8], _ principal: PrincipalID, _ now: Int64
    ) -> Result<Ground, Silence> {
        guard settings.depthZero else { return .failure(.switchedOff("derived.depthZero")) }
        var silence = Silence.noListing(of: path)
        for wide in WiderForm.all(path: path, form: form) {
            guard let entry = fresh(CacheKey(path: wide.path, principal: principal, form: wide.form), now) else {
                silence = .noListing(of: wide.path)
                continue
            }
            guard let index = indexes.index(of: entry), let row = index.row(path) else {
                silence = .unreadable(of: wide.path)
                continue
            }
            guard !(row.isFolder && WiderForm.showsMembers(form)) else { return .failure(.wantsMembers) }
            let kind: Proofs.Shape.Kind = wide.path == path ? .itself : row.isFolder ? .folder : .file
            let shape = Proofs.Shape(kind: kind, form: Self.hash(form[...]), principal: principal)
            return .success(Ground(saying: .row(row, in: index), source: entry, shape: shape))
        }
        return .failure(silence)
    }

    private func absence(
        _ path: [UInt8], form: ArraySlice<UInt8>, _ principal: PrincipalID, _ now: Int64
    ) -> Result<Ground, Silence> {
        guard settings.absentNames && NameRules.isPlain(path) || settings.probeNames && NameRules.isProbe(path) else {
            return .failure(
                NameRules.isProbe(path)
                    ? .switchedOff("derived.probeNames")
                    : NameRules.isPlain(path) ? .switchedOff("derived.absentNames") : .oddName)
        }
        guard let parent = Dialect.parent(of: path) else { return .failure(.oddName) }
        guard let key = directory.listing(of: parent, for: principal), let entry = fresh(key, now) else {
            return .failure(.noListing(of: parent))
        }
        guard let index = indexes.index(of: entry) else { return .failure(.unreadable(of: parent)) }
        guard !index.rows.hasAlike(path) else { return .failure(.shown(in: parent)) }
        let shape = Proofs.Shape(kind: .absent, form: Self.hash(form), principal: principal)
        return .success(Ground(saying: .absence, source: entry, shape: shape))
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
