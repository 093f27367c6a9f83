import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import Synchronization

/// Subscriptions: told at their URL, a moment after, that something changed; never what.
final class GraphSubscriptions: Sendable {
    static let maximum = 1_000
    /// What happens within this time is told at once.
    static let gathering = Duration.milliseconds(50)
    private static let patience = TimeAmount.seconds(10)

    struct Subscription: Sendable {
        let id: String
        let url: String
        let resource: String
        let clientState: String?
        var expiration: String

        var json: GraphJSON {
            var members: [GraphJSON.Member] = [
                .init(name: "id", value: .string(id)), .init(name: "resource", value: .string(resource)),
                .init(name: "changeType", value: .string("updated")),
                .init(name: "notificationUrl", value: .string(url)),
                .init(name: "expirationDateTime", value: .string(expiration)),
            ]
            if let clientState { members.append(.init(name: "clientState", value: .string(clientState))) }
            return .object(members)
        }
    }

    private let known = Mutex<[String: Subscription]>([:])
    private let isTelling = Atomic<Bool>(false)
    private let client = HTTPClient(eventLoopGroupProvider: .singleton)

    func watch(_ log: GraphLog) {
        log.onChange { [weak self] in self?.changed() }
    }

    func shutdown() async { try? await client.shutdown() }

    var all: [Subscription] { known.withLock { Array($0.values) } }

    /// The URL must prove itself first: it is sent a token and must send it back.
    func add(_ subscription: Subscription) async throws {
        let token = "Validation: Testing client application reachability " + UUID().uuidString
        let escaped = token.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
        let joint = subscription.url.contains("?") ? "&" : "?"
        var request = HTTPClientRequest(url: "\(subscription.url)\(joint)validationToken=\(escaped)")
        request.method = .POST
        request.headers.add(name: "Content-Type", value: "text/plain; charset=utf-8")
        let answer = try? await client.execute(request, timeout: Self.patience)
        let body = try? await answer?.body.collect(upTo: 4_096)
        guard let answer, answer.status == .ok, let body, String(buffer: body) == token,
            answer.headers.first(name: "content-type")?.hasPrefix("text/plain") == true
        else {
            throw GraphError(400, "InvalidRequest", "Subscription validation request failed.")
        }
        let isRoom = known.withLock { known in
            guard known.count < Self.maximum else { return false }
            known[subscription.id] = subscription
            return true
        }
        guard isRoom else { throw GraphError(409, "quotaLimitReached", "Too many subscriptions.") }
    }

    func renew(_ id: String, until: String) -> Subscription? {
        known.withLock { known in
            known[id]?.expiration = until
            return known[id]
        }
    }

    func remove(_ id: String) -> Bool { known.withLock { $0.removeValue(forKey: id) } != nil }

    private func changed() {
        guard !known.withLock({ $0.isEmpty }), !isTelling.exchange(true, ordering: .acquiringAndReleasing) else {
            return
        }
        Task {
            try? await Task.sleep(for: Self.gathering)
            isTelling.store(false, ordering: .releasing)
            for subscription in all { await tell(subscription) }
        }
    }

    private func tell(_ subscription: Subscription) async {
        var members: [GraphJSON.Member] = [
            .init(name: "subscriptionId", value: .string(subscription.id)),
            .init(name: "subscriptionExpirationDateTime", value: .string(subscription.expiration)),
            .init(name: "tenantId", value: .string("slow-origin")),
            .init(name: "resource", value: .string(subscription.resource)),
            .init(name: "changeType", value: .string("updated")),
        ]
        if let state = subscription.clientState { members.append(.init(name: "clientState", value: .string(state))) }
        await send(.object(["value": .array([.object(members)])]), to: subscription.url)
    }

    private func send(_ json: GraphJSON, to url: String) async {
        var request = HTTPClientRequest(url: url)
        request.method = .POST
        request.headers.add(name: "Content-Type", value: "application/json")
        request.body = .bytes(ByteBuffer(bytes: json.bytes))
        _ = try? await client.execute(request, timeout: Self.patience)
    }
}

extension GraphService {
    func subscribe(_ call: GraphCall, _ body: [UInt8]) async throws -> GraphReply {
        let id = call.path.action.count > 1 ? call.path.action[1] : nil
        switch (call.method, id) {
        case ("GET", nil):
            return GraphReply(status: 200, json: .object(["value": .array(subscriptions.all.map(\.json))]))
        case ("POST", nil):
            guard let json = GraphJSON(body), let url = json["notificationUrl"]?.text,
                let resource = json["resource"]?.text, json["changeType"]?.text == "updated",
                let expiration = json["expirationDateTime"]?.text
            else { throw GraphError(400, "InvalidRequest", "The subscription is not complete.") }
            let state = json["clientState"]?.text
            guard (state ?? "").utf8.count <= 128 else {
                throw GraphError(400, "InvalidRequest", "The clientState is too long.")
            }
            let subscription = GraphSubscriptions.Subscription(
                id: UUID().uuidString.lowercased(), url: url,
                resource: resource, clientState: state, expiration: expiration)
            try await subscriptions.add(subscription)
            return GraphReply(status: 201, json: subscription.json)
        case ("PATCH", let id?):
            guard let until = GraphJSON(body)?["expirationDateTime"]?.text,
                let renewed = subscriptions.renew(id, until: until)
            else { throw GraphError.notFound }
            return GraphReply(status: 200, json: renewed.json)
        case ("DELETE", let id?):
            guard subscriptions.remove(id) else { throw GraphError.notFound }
            return GraphReply(status: 204)
        default: throw Self.unknown
        }
    }
}
