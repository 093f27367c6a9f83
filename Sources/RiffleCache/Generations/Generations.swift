import Synchronization

/// A point in this riffle's order of fills and invalidations.
package struct Generation: Comparable, Hashable, Sendable {
    package let value: UInt64

    package init(_ value: UInt64) { self.value = value }

    @inlinable
    package static func < (left: Generation, right: Generation) -> Bool { left.value < right.value }
}

/// What a write, a purge or another riffle says has changed.
package enum FolderChange: Hashable, Sendable {
    /// Every listing of this folder, in any form, for any principal.
    case folder(FolderID)
    /// This folder and every folder below it.
    case subtree(FolderID)
    case everything
}

/// Which listings of the memory tier still hold: a fill or entry is void once its folder, or a folder above it, changed
/// after the fill began.
///
/// An invalidation costs one table write however many forms and principals it reaches: entries find out when they are
/// next looked up. Tables are bounded; what is forgotten raises a floor under which every fill counts as void, so
/// forgetting can only cause misses.
package final class Generations: Sendable {
    /// Changed folders remembered at once, in each of the three tables.
    package static let maximumRemembered = 65_536

    private struct State {
        var clock: UInt64 = 1
        var changed = ChangeTable(capacity: Generations.maximumRemembered)
        var fenced = ChangeTable(capacity: Generations.maximumRemembered)
        var subtrees = ChangeTable(capacity: Generations.maximumRemembered)
        var everything: UInt64 = 0
    }

    private let state = Mutex(State())
    /// Rises with every invalidation; an entry checked at the present epoch needs no further look.
    private let epoch = Atomic<UInt64>(1)

    package init() {}

    /// The generation a fill beginning now carries.
    package func begin() -> Generation {
        state.withLock { Generation($0.clock) }
    }

    /// Voids fills in flight of these folders without touching what is stored: called before a write is forwarded.
    package func fence(_ folders: some Sequence<FolderID>) {
        state.withLock { state in
            state.clock += 1
            for folder in folders { state.fenced.record(folder, at: state.clock) }
        }
    }

    /// Voids stored listings and fills in flight.
    package func invalidate(_ changes: some Sequence<FolderChange>) {
        state.withLock { state in
            state.clock += 1
            for change in changes {
                switch change {
                case .folder(let folder): state.changed.record(folder, at: state.clock)
                case .subtree(let folder): state.subtrees.record(folder, at: state.clock)
                case .everything: state.everything = state.clock
                }
            }
        }
        // After the tables: whoever sees the new epoch finds the change in them.
        epoch.add(1, ordering: .releasing)
    }

    /// Whether a fill that began at `generation` may still be served or joined.
    ///
    /// - Parameter lineage: the folder itself and all above it; asked for only when a subtree ever changed.
    package func holds(_ generation: Generation, folder: FolderID, lineage: () -> [FolderID]) -> Bool {
        let (alone, anySubtree) = state.withLock { state in
            (
                generation.value >= state.everything && generation.value >= state.changed.last(folder),
                !state.subtrees.isEmpty
            )
        }
        guard alone else { return false }
        guard anySubtree else { return true }
        let folders = lineage()
        return state.withLock { state in
            folders.allSatisfy { generation.value >= state.subtrees.last($0) }
        }
    }

    /// Whether a fill that began at `generation` may be stored: as ``holds(_:folder:lineage:)``, and no write has been
    /// forwarded to its folder since.
    ///
    /// - Parameter aliases: the other names of what would be stored.
    package func mayStore(
        _ generation: Generation, folder: FolderID, aliases: [FolderID] = [], lineage: () -> [FolderID]
    ) -> Bool {
        let unfenced = state.withLock { state in
            generation.value >= state.fenced.last(folder)
                && aliases.allSatisfy { generation.value >= state.fenced.last($0) }
        }
        return unfenced && holds(generation, folder: folder, lineage: { lineage() + aliases })
    }

    /// Whether a stored entry still holds; two atomic loads when nothing was invalidated since the last look.
    @inline(__always)
    package func holds(_ entry: Entry, lineage: () -> [FolderID]) -> Bool {
        let epoch = epoch.load(ordering: .acquiring)
        if entry.checkedEpoch.load(ordering: .relaxed) == epoch { return true }
        guard holds(entry.generation, folder: entry.folder, lineage: { lineage() + entry.aliases }) else {
            return false
        }
        entry.checkedEpoch.store(epoch, ordering: .relaxed)
        return true
    }
}
