import Hummingbird

/// How the tree is spoken: one type per protocol, each in a folder of its own.
protocol Dialect: Sendable {
    /// Answers an authenticated request. A `Refusal` thrown becomes its answer; the body of a HEAD is dropped later.
    func respond(to request: Request, at path: ResourcePath, by principal: Principal) async throws -> Response
}
