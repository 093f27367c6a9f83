import Synchronization

/// The ids of items: given when an item is first seen at a place, kept when it is renamed or moved through the service,
/// ended when it is deleted. What changes on disk behind the service's back looks like an end and a beginning.
final class GraphIndex: Sendable {
    /// Items known at once; the whole tree must fit.
    static let maximum = 5_000_000
    static let rootID = "01ROOT0000000000000000000000"

    private struct State {
        var places: [String: [String]] = [GraphIndex.rootID: []]
        var ids: [[String]: String] = [[]: GraphIndex.rootID]
        var next: UInt64 = 1
    }

    private let state = Mutex(State())

    func place(of id: String) -> ResourcePath? {
        state.withLock { $0.places[id] }.map { ResourcePath(segments: $0, isSlashed: false) }
    }

    func id(of path: ResourcePath) throws(GraphError) -> String {
        let id = state.withLock { state -> String? in
            if let id = state.ids[path.segments] { return id }
            guard state.ids.count < Self.maximum else { return nil }
            let id = Self.spell(state.next)
            state.next += 1
            state.ids[path.segments] = id
            state.places[id] = path.segments
            return id
        }
        guard let id else { throw GraphError(507, "quotaLimitReached", "The tree has too many items.") }
        return id
    }

    func moved(_ source: ResourcePath, to target: ResourcePath) {
        state.withLock { state in
            let known = state.ids.filter { $0.key.starts(with: source.segments) }
            for (place, id) in known {
                let moved = target.segments + place.dropFirst(source.segments.count)
                state.ids[place] = nil
                state.ids[moved] = id
                state.places[id] = moved
            }
        }
    }

    func removed(_ path: ResourcePath) {
        state.withLock { state in
            for (place, id) in state.ids.filter({ $0.key.starts(with: path.segments) }) where !place.isEmpty {
                state.ids[place] = nil
                state.places[id] = nil
            }
        }
    }

    private static func spell(_ number: UInt64) -> String {
        // Scattered, so that no id is the beginning of another's series.
        let scattered = number &* 0x9E37_79B9_7F4A_7C15
        let text = String(scattered, radix: 32, uppercase: true)
        return "01" + String(repeating: "Z", count: max(0, 14 - text.count)) + text
    }
}
