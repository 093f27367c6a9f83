import HTTPTypes
import Hummingbird
import NIOCore

/// `/-/…`: the switches and counters for tests. Never counted, delayed or spoiled, and open to everybody who reaches
/// the server, as it serves demos and tests only.
enum Control {
    static let prefix = "/-/"
    static let longestBody = 4_096

    static func respond(
        to request: Request, _ path: Substring, _ counters: Counters, _ behaviour: Behaviour
    ) async -> Response {
        do {
            switch (request.method, path) {
            case (.get, "/-/counters"):
                return PlainResponse.make(.ok, [.contentType: "application/json"], counters.snapshot.json)
            case (.delete, "/-/counters"):
                counters.reset()
                return PlainResponse.noContent()
            case (.post, "/-/faults"):
                behaviour.faults = try Faults(parsing: await text(of: request))
                return PlainResponse.make(.ok, [:], "\(behaviour.faults)\n")
            case (.get, "/-/faults"):
                return PlainResponse.make(.ok, [:], "\(behaviour.faults)\n")
            case (.post, "/-/latency"):
                behaviour.latency = try Latency(parsing: await text(of: request))
                return PlainResponse.make(.ok, [:], "\(behaviour.latency)\n")
            case (.get, "/-/latency"):
                return PlainResponse.make(.ok, [:], "\(behaviour.latency)\n")
            default:
                return PlainResponse.make(
                    .notFound, [:],
                    "GET|DELETE /-/counters, GET|POST /-/faults, GET|POST /-/latency (the body as on the command line)\n"
                )
            }
        } catch let error as SlowOriginError {
            return PlainResponse.make(.badRequest, [:], error.description + "\n")
        } catch {
            return PlainResponse.make(.contentTooLarge, [:], "the body cannot be read or is too long\n")
        }
    }

    private static func text(of request: Request) async throws -> String {
        String(buffer: try await request.body.collect(upTo: longestBody))
    }
}
