import Synchronization

/// What `/-/counters` shows.
package struct CountersSnapshot: Sendable, Equatable {
    package var total = 0
    /// By kind: `PROPFIND 1`, `GET listing`, `GET file`, `PUT` ...
    package var byKind: [String: Int] = [:]
    /// By path as it was sent (no query), then by kind.
    package var byPath: [String: [String: Int]] = [:]
    /// Requests for paths beyond the bound, counted in the totals only.
    package var pathsBeyondLimit = 0

    package func count(_ kind: String, _ path: String? = nil) -> Int {
        if let path { return byPath[path]?[kind] ?? 0 }
        return byKind[kind] ?? 0
    }

    var json: String {
        var text = "{\"total\":\(total),\"pathsBeyondLimit\":\(pathsBeyondLimit),\"byKind\":"
        text += Self.object(byKind)
        text += ",\"byPath\":{"
        var first = true
        for (path, kinds) in byPath.sorted(by: { $0.key < $1.key }) {
            if !first { text += "," }
            first = false
            text += "\"\(JSONText.escape(path))\":\(Self.object(kinds))"
        }
        return text + "}}\n"
    }

    private static func object(_ counts: [String: Int]) -> String {
        let members = counts.sorted { $0.key < $1.key }.map { "\"\(JSONText.escape($0.key))\":\($0.value)" }
        return "{" + members.joined(separator: ",") + "}"
    }
}

/// Counts every request by kind and path, so that a test can say how often the origin was asked.
final class Counters: Sendable {
    /// Requests for paths beyond this many different ones are counted in the totals only.
    static let mostPaths = 50_000
    /// A longer path is counted in the totals only.
    static let longestPath = 4_096

    private let state = Mutex(CountersSnapshot())

    func count(_ kind: RequestKind, path: Substring) {
        let path = String(path)
        state.withLock { state in
            state.total += 1
            state.byKind[kind.name, default: 0] += 1
            guard path.utf8.count <= Self.longestPath,
                state.byPath.count < Self.mostPaths || state.byPath[path] != nil
            else {
                state.pathsBeyondLimit += 1
                return
            }
            state.byPath[path, default: [:]][kind.name, default: 0] += 1
        }
    }

    func reset() {
        state.withLock { $0 = CountersSnapshot() }
    }

    var snapshot: CountersSnapshot {
        state.withLock { $0 }
    }
}
