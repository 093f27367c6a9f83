import HTTPTypes
import Hummingbird
import NIOCore

/// Spoils a finished response in the way a fault says.
enum FaultyResponse {
    /// Ends a response midway: thrown by a body, it makes the server close the connection.
    struct ConnectionCut: Error {}

    /// How far a wrong `Content-Length` lies beyond the body.
    static let excess = 64

    /// The answer that replaces the real one, for faults that never reach the tree.
    static func replacement(for fault: Faults.Fault) -> Response? {
        switch fault {
        case .tooManyRequests(let retryAfter):
            return PlainResponse.make(.tooManyRequests, [.retryAfter: "\(retryAfter)"], "too many requests (a fault)\n")
        case .serverError(let code):
            return PlainResponse.make(.init(code: code), [:], "server error \(code) (a fault)\n")
        case .truncate, .wrongLength, .stall:
            return nil
        }
    }

    /// A body without a known length is cut after its first chunk. HEAD responses have nothing to spoil.
    static func spoil(_ response: Response, by fault: Faults.Fault) -> Response {
        let body = response.body
        var spoiled = response
        guard body.contentLength != 0 else { return response }
        let half = body.contentLength.map { max($0 / 2, 1) }
        switch fault {
        case .tooManyRequests, .serverError:
            return response
        case .truncate:
            spoiled.body = ResponseBody(contentLength: body.contentLength) { writer in
                try await body.write(HalvingWriter(parent: writer, left: half ?? 0, atHalf: { throw ConnectionCut() }))
            }
        case .wrongLength:
            let wrong = body.contentLength.map { $0 + Self.excess }
            spoiled.body = ResponseBody(contentLength: wrong) { writer in
                try await body.write(UnfinishedWriter(parent: writer))
                throw ConnectionCut()
            }
        case .stall(let duration):
            spoiled.body = ResponseBody(contentLength: body.contentLength) { writer in
                try await body.write(
                    HalvingWriter(parent: writer, left: half ?? 0, atHalf: { try await Task.sleep(for: duration) }))
            }
        }
        return spoiled
    }
}

/// Writes the first `left` bytes, then does something, then goes on.
private struct HalvingWriter: ResponseBodyWriter {
    var parent: any ResponseBodyWriter
    var left: Int
    let atHalf: @Sendable () async throws -> Void
    var reached = false

    init(parent: any ResponseBodyWriter, left: Int, atHalf: @escaping @Sendable () async throws -> Void) {
        self.parent = parent
        self.left = left
        self.atHalf = atHalf
    }

    mutating func write(_ buffer: ByteBuffer) async throws {
        var buffer = buffer
        if !reached, buffer.readableBytes >= left {
            if let first = buffer.readSlice(length: left), first.readableBytes > 0 { try await parent.write(first) }
            reached = true
            try await atHalf()
        }
        left -= buffer.readableBytes
        if buffer.readableBytes > 0 { try await parent.write(buffer) }
    }

    consuming func finish(_ trailingHeaders: HTTPFields?) async throws {
        try await parent.finish(trailingHeaders)
    }
}

/// Writes everything but the end.
private struct UnfinishedWriter: ResponseBodyWriter {
    var parent: any ResponseBodyWriter

    mutating func write(_ buffer: ByteBuffer) async throws {
        try await parent.write(buffer)
    }

    consuming func finish(_ trailingHeaders: HTTPFields?) async throws {}
}
