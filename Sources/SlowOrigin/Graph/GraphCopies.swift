import HTTPTypes
import Synchronization

/// Copies in the background and the monitors that tell of them.
final class GraphCopies: Sendable {
    static let maximum = 10_000
    /// How long a copy takes at least, so that it is seen to go on after its answer.
    static let pause = Duration.milliseconds(300)

    enum Progress: Sendable {
        case running
        case completed(String)
        case failed
    }

    private let known = Mutex<[String: Progress]>([:])

    func begin() throws(GraphError) -> String {
        let name = String(UInt64.random(in: .min ... .max), radix: 36)
        let began = known.withLock { known in
            guard known.count < Self.maximum else { return false }
            known[name] = .running
            return true
        }
        guard began else { throw GraphError(503, "serviceNotAvailable", "Too many copies.") }
        return name
    }

    func ended(_ name: String, _ progress: Progress) { known.withLock { $0[name] = progress } }

    func monitor(_ name: String) throws(GraphError) -> GraphReply {
        switch known.withLock({ $0[name] }) {
        case nil: throw GraphError.notFound
        case .running:
            return GraphReply(
                status: 202, json: .object(["status": .string("inProgress"), "percentageComplete": .number(50)]))
        case .completed(let id):
            return GraphReply(status: 200, json: .object(["status": .string("completed"), "resourceId": .string(id)]))
        case .failed: return GraphReply(status: 200, json: .object(["status": .string("failed")]))
        }
    }
}

extension GraphService {
    func copy(_ source: ResourcePath, _ call: GraphCall, _ body: [UInt8]) async throws -> GraphReply {
        try call.principal.requireReadOfTree(source)
        let json = GraphJSON(body) ?? .object([])
        let (items, log, copies) = (items, log, copies)
        let target = try await Blocking.run { () -> ResourcePath in
            _ = try items.node(source)
            let parent = try json["parentReference"].map { try destination($0) } ?? source.parent
            guard try items.node(parent).isFolder else { throw GraphError.notFound }
            let name = json["name"]?.text ?? source.name
            try GraphItems.checkName(name)
            guard !source.contains(parent) else {
                throw GraphError(400, "invalidRequest", "An item can't be copied into itself.")
            }
            return parent.child(try free(name, in: parent, "fail"))
        }
        try call.principal.requireWriteOfTree(target)
        let name = try copies.begin()
        // Goes on when the answer is out, as in the service itself; it ends by itself.
        Task {
            try? await Task.sleep(for: GraphCopies.pause)
            do {
                let changes = try await Blocking.run { () -> [GraphLog.Change] in
                    guard let canonical = try items.tree.locate(source) else { throw GraphError.notFound }
                    try TreeChanges.copy(canonical, to: try items.tree.slot(target), deeply: true)
                    return [try changed(target), try changed(target.parent)]
                }
                log.note(changes)
                copies.ended(name, .completed(changes[0].id))
            } catch {
                copies.ended(name, .failed)
            }
        }
        return GraphReply(status: 202, headers: [.location: "\(call.base)/monitor/\(name)"])
    }
}
