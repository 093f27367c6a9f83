import HTTPTypes

/// `$batch`: at most twenty requests, one after another as far as they depend on each other.
extension GraphService {
    static let largestBatch = 20

    func batch(_ call: GraphCall, _ body: [UInt8]) async throws -> GraphReply {
        guard let parts = GraphJSON(body)?["requests"]?.elements, !parts.isEmpty, parts.count <= Self.largestBatch
        else {
            throw GraphError(400, "invalidRequest", "A batch has 1 to 20 requests.")
        }
        var failed: Set<String> = []
        var replies: [GraphJSON] = []
        for part in parts {
            guard let id = part["id"]?.text else { throw GraphError(400, "invalidRequest", "A request has no id.") }
            let waitsFor = part["dependsOn"]?.elements?.compactMap(\.text) ?? []
            let reply: GraphReply
            if failed.isDisjoint(with: waitsFor) {
                reply = await self.reply(part, in: call)
            } else {
                reply = GraphError(424, "failedDependency", "A request that this one depends on failed.").reply
            }
            if reply.status >= 400 { failed.insert(id) }
            var members: [GraphJSON.Member] = [
                .init(name: "id", value: .string(id)), .init(name: "status", value: .number(reply.status)),
            ]
            var headers = reply.headers.map { GraphJSON.Member(name: $0.name.rawName, value: .string($0.value)) }
            if let json = reply.json {
                headers.append(.init(name: "Content-Type", value: .string("application/json")))
                members.append(.init(name: "headers", value: .object(headers)))
                members.append(.init(name: "body", value: json))
            } else if !headers.isEmpty {
                members.append(.init(name: "headers", value: .object(headers)))
            }
            replies.append(.object(members))
        }
        // The order is not kept, as clients must not count on it.
        return GraphReply(status: 200, json: .object(["responses": .array(replies.reversed())]))
    }

    private func reply(_ part: GraphJSON, in call: GraphCall) async -> GraphReply {
        do {
            guard let method = part["method"]?.text, let url = part["url"]?.text else {
                throw GraphError(400, "invalidRequest", "A request has no method or url.")
            }
            let target = "/\(call.path.version)" + (url.hasPrefix("/") ? "" : "/") + url
            let path = try GraphRequestPath(target: target)
            guard path.action.first != "$batch", path.action.last != "content" else { throw Self.unknown }
            let inner = GraphCall(
                path: path, method: method.uppercased(), headers: call.headers, principal: call.principal,
                base: call.base)
            guard !isReadOnly || inner.method == "GET" else {
                throw GraphError(403, "accessDenied", "The drive is read-only.")
            }
            return try await reply(inner, body: part["body"]?.bytes ?? [])
        } catch let error as GraphError {
            return error.reply
        } catch let refusal as Refusal {
            return GraphError(refusal).reply
        } catch {
            return GraphError(500, "generalException", "An error occurred.").reply
        }
    }
}
