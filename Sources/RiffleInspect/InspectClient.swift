import AsyncHTTPClient
import FoundationEssentials
import NIOCore
import NIOHTTP1
import NIOPosix

/// Asks a running riffle's admin API; what the command line stands on.
package struct InspectClient: Sendable {
    /// For connecting and for the whole answer.
    static let timeLimit = TimeAmount.seconds(10)
    static let connectLimit = TimeAmount.seconds(3)
    static let largestAnswer = 16 * 1024 * 1024

    package let target: InspectTarget
    private let token: String?
    private let http: HTTPClient

    private init(target: InspectTarget, token: String?, http: HTTPClient) {
        self.target = target
        self.token = token
        self.http = http
    }

    /// Runs `body` with a client that is closed afterwards.
    package static func with<Result: Sendable>(
        target: InspectTarget, token: String?, _ body: @Sendable (InspectClient) async throws -> Result
    ) async throws -> Result {
        var configuration = HTTPClient.Configuration()
        configuration.timeout = .init(connect: connectLimit, read: timeLimit)
        configuration.redirectConfiguration = .disallow
        let http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        do {
            let result = try await body(InspectClient(target: target, token: token, http: http))
            try await http.shutdown()
            return result
        } catch {
            try? await http.shutdown()
            throw error
        }
    }

    package func snapshot() async throws(InspectError) -> ProxySnapshot {
        try await ask(.GET, "/-/stat")
    }

    package func top(_ query: TopQuery) async throws(InspectError) -> [HotFolder] {
        try await ask(.GET, "/-/top?limit=\(query.limit)")
    }

    package func explain(_ query: ExplainQuery) async throws(InspectError) -> Explanation {
        try await ask(.POST, "/-/explain", body: encoded(query))
    }

    package func purge(_ request: PurgeRequest) async throws(InspectError) -> PurgeReport {
        try await ask(.POST, "/-/purge", body: encoded(request))
    }

    private func encoded(_ value: some Encodable) throws(InspectError) -> Data {
        do { return try JSONEncoder().encode(value) } catch {
            throw .broken(target, "the question could not be encoded")
        }
    }

    private func ask<Answer: Decodable>(
        _ method: HTTPMethod, _ path: String, body: Data? = nil
    ) async throws(InspectError) -> Answer {
        var request = HTTPClientRequest(url: target.base + path)
        request.method = method
        if let token { request.headers.add(name: "authorization", value: "Bearer \(token)") }
        if let body {
            request.headers.add(name: "content-type", value: "application/json")
            request.body = .bytes(ByteBuffer(bytes: body))
        }
        let status: Int
        let bytes: ByteBuffer
        do {
            let response = try await http.execute(request, timeout: Self.timeLimit)
            status = Int(response.status.code)
            bytes = try await response.body.collect(upTo: Self.largestAnswer)
        } catch {
            throw .unreachable(target, Self.words(error))
        }
        let data = Data(bytes.readableBytesView)
        guard status == 200 else { throw refusal(status, data) }
        let decoder = JSONDecoder()
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        do { return try decoder.decode(Answer.self, from: data) } catch {
            throw .broken(target, "its answer is not what this version of cache-inspect understands")
        }
    }

    private struct Failure: Decodable {
        struct Detail: Decodable { var message: String }
        var error: Detail
    }

    private func refusal(_ status: Int, _ body: Data) -> InspectError {
        let message = (try? JSONDecoder().decode(Failure.self, from: body))?.error.message
        switch status {
        case 401: return .unauthorized(target, hadToken: token != nil)
        default: return .refused(target, status, message ?? "is this riffle's admin address?")
        }
    }

    private static func words(_ error: any Error) -> String {
        switch error {
        case let error as HTTPClientError
        where error == .connectTimeout || error == .deadlineExceeded
            || error == .readTimeout:
            "no answer in time"
        case let error as NIOConnectionError:
            error.connectionErrors.first.map { words($0.error) } ?? "no address for \(error.host)"
        case let error as IOError: error.localizedDescriptionOfErrno
        default: "\(error)"
        }
    }
}

extension IOError {
    fileprivate var localizedDescriptionOfErrno: String {
        switch errnoCode {
        case 111: "connection refused"
        case 2: "no such socket"
        case 13: "permission denied"
        default: description
        }
    }
}

/// Why an admin API could not be asked.
package enum InspectError: Error, CustomStringConvertible, Equatable {
    case unreachable(InspectTarget, String)
    case unauthorized(InspectTarget, hadToken: Bool)
    case refused(InspectTarget, Int, String)
    case broken(InspectTarget, String)

    package var description: String {
        switch self {
        case .unreachable(let target, let why):
            "no riffle answers at \(target) (\(why)): is `riffle serve` running? Its --admin address is where it listens; "
                + "name it with --admin or RIFFLE_ADMIN"
        case .unauthorized(let target, let hadToken):
            hadToken
                ? "riffle at \(target) does not accept this admin token"
                : "riffle at \(target) asks for its admin token: set RIFFLE_ADMIN_TOKEN or give --token-file"
        case .refused(let target, let status, let message): "riffle at \(target) answered \(status): \(message)"
        case .broken(let target, let what): "riffle at \(target): \(what)"
        }
    }
}
