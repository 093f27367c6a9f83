import HTTPTypes
import Hummingbird
import NIOCore

/// The way of one request: counted, let in, delayed, spoiled if so drawn, authenticated, answered.
struct OriginResponder: HTTPResponder {
    typealias Context = BasicRequestContext

    let counters: Counters
    let behaviour: Behaviour
    let gate: ConcurrencyGate?
    let authenticator: Authenticator
    let service: Service

    enum Service: Sendable {
        case tree(any Dialect, isReadOnly: Bool)
        /// Signed requests: it finds out itself who asks.
        case s3(S3Service)
        /// The same, and some of its URLs need nobody to be known.
        case graph(GraphService)
        case upstream(UpstreamProxy)
    }

    private static let reading: Set<String> = ["GET", "HEAD", "OPTIONS", "PROPFIND"]

    func respond(to request: Request, context: Context) async throws -> Response {
        let target = request.head.path ?? ""
        let path = target.prefix { $0 != "?" }
        if path.utf8.starts(with: Control.prefix.utf8) {
            return await Control.respond(to: request, path, counters, behaviour)
        }
        let method = request.method.rawValue
        let kind = kind(method, path, request.headers[.depth])
        counters.count(kind, path: path)
        let fate = behaviour.fate(isListing: kind.isListing)

        var pass: ConcurrencyGate.Pass?
        if let gate {
            guard let entered = await gate.enter() else {
                return PlainResponse.make(.serviceUnavailable, [.retryAfter: "1"], "too many requests are waiting\n")
            }
            pass = entered
        }
        if fate.delay > .zero { try await Task.sleep(for: fate.delay) }
        var response: Response
        if let replacement = fate.fault.flatMap(FaultyResponse.replacement) {
            response = replacement
        } else {
            do {
                response = try await answer(request, target)
            } catch let refusal as Refusal {
                response = refusal.response
            }
            if method == "HEAD" { response = PlainResponse.withoutBody(response) }
            if let fault = fate.fault { response = FaultyResponse.spoil(response, by: fault) }
        }
        if method == "HEAD" { response = PlainResponse.withoutBody(response) }
        guard let pass else { return response }
        return Self.holding(pass, response)
    }

    private func kind(_ method: String, _ path: Substring, _ depth: String?) -> RequestKind {
        switch service {
        case .s3: RequestKind(s3Method: method, path: path)
        case .graph: RequestKind(graphMethod: method, path: path)
        case .tree, .upstream: RequestKind(method: method, path: path, depth: depth)
        }
    }

    private func answer(_ request: Request, _ target: String) async throws -> Response {
        switch service {
        case .upstream(let upstream):
            _ = try authenticator.principal(request.headers[.authorization])
            return try await upstream.respond(to: request)
        case .s3(let service):
            return try await service.respond(to: request, target: target)
        case .graph(let service):
            return try await service.respond(to: request, target: target)
        case .tree(let dialect, let isReadOnly):
            let principal = try authenticator.principal(request.headers[.authorization])
            guard !isReadOnly || Self.reading.contains(request.method.rawValue) else {
                throw Refusal(.forbidden, "this server is read-only")
            }
            // `OPTIONS *` asks about the server as a whole.
            let path = target == "*" ? .root : try ResourcePath(target: target)
            return try await dialect.respond(to: request, at: path, by: principal)
        }
    }

    /// Keeps the place until the body is written or dropped.
    private static func holding(_ pass: ConcurrencyGate.Pass, _ response: Response) -> Response {
        guard response.body.contentLength != 0 else { return response }
        let body = response.body
        var held = response
        held.body = ResponseBody(contentLength: body.contentLength) { writer in
            try await body.write(writer)
            withExtendedLifetime(pass) {}
        }
        return held
    }
}
