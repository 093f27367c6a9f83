import Synchronization

/// Properties that clients set by PROPPATCH, kept in memory beside the tree for as long as the server runs.
final class DeadProperties: Sendable {
    static let most = 100_000
    static let longestValue = 64 * 1_024

    private struct State {
        var byPath: [[String]: [XMLName: XMLElement]] = [:]
        var count = 0
    }

    private let state = Mutex(State())

    func all(_ path: ResourcePath) -> [XMLName: XMLElement] {
        state.withLock { $0.byPath[path.segments] ?? [:] }
    }

    /// All properties below a folder, by the name of the child, in one look.
    func ofChildren(_ path: ResourcePath, _ names: [String]) -> [String: [XMLName: XMLElement]] {
        state.withLock { state in
            guard state.count > 0 else { return [:] }
            var found: [String: [XMLName: XMLElement]] = [:]
            for name in names { found[name] = state.byPath[path.segments + [name]] }
            return found
        }
    }

    /// Nil removes. False, and nothing changed, when there is no more room.
    func apply(_ changes: [(name: XMLName, value: XMLElement?)], to path: ResourcePath) -> Bool {
        state.withLock { state in
            var properties = state.byPath[path.segments] ?? [:]
            let before = properties.count
            for change in changes { properties[change.name] = change.value }
            let count = state.count + properties.count - before
            guard count <= Self.most else { return false }
            state.count = count
            state.byPath[path.segments] = properties.isEmpty ? nil : properties
            return true
        }
    }

    func remove(_ path: ResourcePath) {
        state.withLock { state in
            guard state.count > 0 else { return }
            for key in state.byPath.keys where key.starts(with: path.segments) {
                state.count -= state.byPath.removeValue(forKey: key)?.count ?? 0
            }
        }
    }

    /// Copies what belongs to `source` (and, deeply, to all below it) to `target`, as far as there is room.
    func copy(_ source: ResourcePath, to target: ResourcePath, deeply: Bool) {
        state.withLock { state in
            guard state.count > 0 else { return }
            for (key, properties) in state.byPath
            where key.starts(with: source.segments) && (deeply || key.count == source.segments.count) {
                guard state.count + properties.count <= Self.most else { return }
                state.count += properties.count
                state.byPath[target.segments + key.dropFirst(source.segments.count)] = properties
            }
        }
    }
}
