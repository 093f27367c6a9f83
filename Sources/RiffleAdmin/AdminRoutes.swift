import FoundationEssentials
import HTTPTypes
import Hummingbird
import RiffleInspect
import RiffleTelemetry
import Synchronization

/// The admin API: maps method and path to one call of the inspection, behind rate limit and token.
///
/// Liveness and readiness are open to everyone, and so is the dashboard page, which holds no figure of its own.
final class AdminRoutes: HTTPResponder {
    typealias Context = BasicRequestContext

    /// Largest body of a request; explain carries the body of a PROPFIND.
    static let largestBody = 256 * 1024

    private let inspection: any ProxyInspection
    private let access: AccessGuard
    /// Who may tell of changes beside those who may do everything.
    private let feedAccess: AccessGuard?
    private let bucket: Mutex<TokenBucket>
    /// News of changes has a limit of its own: a busy script must not lock an operator out, nor the other way round.
    private let feedBucket: Mutex<TokenBucket>

    init(inspection: any ProxyInspection, token: String?, feedToken: String?) {
        self.inspection = inspection
        access = AccessGuard(token: token)
        feedAccess = feedToken.map { AccessGuard(token: $0) }
        bucket = Mutex(TokenBucket(now: .now))
        feedBucket = Mutex(TokenBucket(now: .now))
    }

    /// Where changes are told: in riffle's own words, and in those of an S3 store.
    private static let newsPath = "/-/invalidate"
    private static let eventsPath = "/-/s3-events"

    func respond(to request: Request, context: Context) async -> Response {
        let own = Self.isNews(request.uri.path) ? feedBucket.withLock { $0.take(now: .now) } : nil
        guard own ?? bucket.withLock({ $0.take(now: .now) }) else {
            return AdminResponses.failure(.tooManyRequests, "too many admin requests; try again in a second")
        }
        let response = await answer(request)
        return request.method == .head ? response.createHeadResponse() : response
    }

    private static func isNews(_ path: String) -> Bool { path == newsPath || path == eventsPath }

    private func answer(_ request: Request) async -> Response {
        let path = request.uri.path
        let reading = request.method == .get || request.method == .head
        switch path {
        case "/healthz", "/readyz", "/", "/metrics", "/-/stat", "/-/top":
            guard reading else { return wrongMethod("GET, HEAD") }
        case "/-/explain", "/-/purge", Self.newsPath, Self.eventsPath:
            guard request.method == .post else { return wrongMethod("POST") }
        default:
            return AdminResponses.failure(.notFound, "nothing at \(path)")
        }
        switch path {
        case "/healthz": return AdminResponses.text("ok\n")
        case "/readyz": return await readiness()
        case "/": return DashboardPage.response
        default: break
        }

        if Self.isNews(path) {
            guard admitsNews(request.headers[.authorization]) else {
                return AdminResponses.failure(.unauthorized, "a bearer token is required")
            }
            return path == Self.newsPath ? await changed(request) : await heardStore(request)
        }
        guard access.admits(request.headers[.authorization]) else {
            return AdminResponses.failure(.unauthorized, "a bearer token is required")
        }
        switch path {
        case "/metrics": return await metrics(accept: request.headers[.accept] ?? "")
        case "/-/stat": return AdminResponses.json(await inspection.snapshot())
        case "/-/top": return await top(request)
        case "/-/explain": return await explain(request)
        default: return await purge(request)
        }
    }

    private func readiness() async -> Response {
        let readiness = await inspection.readiness()
        return AdminResponses.json(readiness, status: readiness.ready ? .ok : .serviceUnavailable)
    }

    private func metrics(accept: String) async -> Response {
        let format: ExpositionWriter.Format =
            accept.contains("application/openmetrics-text") ? .openMetrics : .prometheusText
        return AdminResponses.text(await inspection.snapshot().exposition(format), type: format.contentType)
    }

    private func top(_ request: Request) async -> Response {
        var query = TopQuery()
        if let text = request.uri.queryParameters["limit"] {
            guard let limit = Int(text), (1...TopQuery.highestLimit).contains(limit) else {
                return AdminResponses.failure(.badRequest, "limit must be between 1 and \(TopQuery.highestLimit)")
            }
            query = TopQuery(limit: limit)
        }
        return AdminResponses.json(await inspection.top(query))
    }

    private func explain(_ request: Request) async -> Response {
        switch await decode(ExplainQuery.self, from: request) {
        case .failure(let refusal): return refusal.response
        case .success(let query):
            guard query.target.hasPrefix("/") else {
                return AdminResponses.failure(.badRequest, "target must begin with a slash: path and query, no host")
            }
            return AdminResponses.json(await inspection.explain(query))
        }
    }

    private func purge(_ request: Request) async -> Response {
        switch await decode(PurgeRequest.self, from: request) {
        case .failure(let refusal): return refusal.response
        case .success(let purge):
            guard purge.path.hasPrefix("/") else {
                return AdminResponses.failure(.badRequest, "path must begin with a slash")
            }
            return AdminResponses.json(await inspection.purge(purge))
        }
    }

    /// With a token of its own for news, no token is no longer enough.
    private func admitsNews(_ authorization: String?) -> Bool {
        guard let feedAccess else { return access.admits(authorization) }
        return feedAccess.admits(authorization) || access.hasToken && access.admits(authorization)
    }

    private func changed(_ request: Request) async -> Response {
        switch await decode(ChangeNews.self, from: request) {
        case .failure(let refusal): return refusal.response
        case .success(let news):
            guard news.changes.count <= ChangeNews.limit else {
                return AdminResponses.failure(.contentTooLarge, "tell of at most \(ChangeNews.limit) changes at once")
            }
            guard news.changes.allSatisfy({ $0.path.hasPrefix("/") }) else {
                return AdminResponses.failure(.badRequest, "path must begin with a slash")
            }
            return AdminResponses.json(await inspection.changed(news))
        }
    }

    /// Stores post under whatever type they like. A page of another site could do so too, but it can't send this field
    /// without being asked first.
    private func heardStore(_ request: Request) async -> Response {
        guard request.headers[.authorization] != nil else {
            return AdminResponses.failure(.unauthorized, "a bearer token is required")
        }
        guard let body = try? await request.body.collect(upTo: Self.largestBody) else {
            return AdminResponses.failure(
                .contentTooLarge, "the body is larger than \(Self.largestBody) bytes or was cut short")
        }
        guard let receipt = await inspection.changed(event: Array(body.readableBytesView)) else {
            return AdminResponses.failure(.badRequest, "the body is no notification of an S3 store")
        }
        return AdminResponses.json(receipt)
    }

    private struct Refusal: Error {
        let response: Response
    }

    private func decode<Value: Decodable>(_ type: Value.Type, from request: Request) async -> Result<Value, Refusal> {
        // A page of another site can send a form across origins, but not JSON without being asked first.
        guard request.headers[.contentType]?.lowercased().hasPrefix("application/json") == true else {
            return refuse(.unsupportedMediaType, "send application/json")
        }
        guard let body = try? await request.body.collect(upTo: Self.largestBody) else {
            return refuse(.contentTooLarge, "the body is larger than \(Self.largestBody) bytes or was cut short")
        }
        do {
            return .success(try JSONDecoder().decode(type, from: Data(body.readableBytesView)))
        } catch {
            return refuse(.badRequest, Self.reason(error))
        }
    }

    private func refuse<Value>(_ status: HTTPResponse.Status, _ message: String) -> Result<Value, Refusal> {
        .failure(Refusal(response: AdminResponses.failure(status, message)))
    }

    /// What is wrong with a body, without a byte of it: it may hold a credential.
    private static func reason(_ error: any Error) -> String {
        switch error {
        case DecodingError.keyNotFound(let key, _): "the field \"\(key.stringValue)\" is missing"
        case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context):
            "the field \"\(context.codingPath.map(\.stringValue).joined(separator: "."))\" has the wrong type"
        default: "the body is not the JSON this call takes"
        }
    }

    private func wrongMethod(_ allowed: String) -> Response {
        var response = AdminResponses.failure(.methodNotAllowed, "use \(allowed)")
        response.headers[.allow] = allowed
        return response
    }
}
