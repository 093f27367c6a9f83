import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import RiffleSigning

/// Feeds the body of a client's request to the origin as fast as the origin takes it, and keeps the beginning as long as
/// the request may have to be sent again. Confined to its loop.
final class BodyFeed: BodySink {
    struct Aborted: Error {}
    /// A signature within the body is wrong.
    struct Refused: Error {}
    /// The connection is gone, and what it was given can't be given to another one.
    struct Lost: Error {}

    /// A longer body is sent once only.
    static let maximumKept = 64 << 10

    private enum State {
        /// No connection has asked for it yet.
        case waiting
        case flowing(HTTPClient.Body.StreamWriter, EventLoopPromise<Void>)
        /// Between two connections; a piece that came meanwhile waits with its sender.
        case between(pending: (ByteBuffer, EventLoopPromise<Void>)?)
        /// The whole body has gone out.
        case said
        case over
    }

    private let loop: any EventLoop
    private let flow: (any BodySink) -> Void
    private let onTrailers: (HTTPHeaders) -> Void
    private var resigner: ChunkResigner?
    private var state = State.waiting
    /// What has gone out so far; nil when it is too much or not needed again.
    private var kept: ByteBuffer?
    private var end: Result<Void, any Error>?

    /// - Parameters:
    ///   - keeps: whether the request may be sent twice.
    ///   - flow: begins the flow of the body into this feed.
    init(
        loop: any EventLoop, resigner: ChunkResigner?, keeps: Bool, flow: @escaping (any BodySink) -> Void,
        onTrailers: @escaping (HTTPHeaders) -> Void
    ) {
        self.loop = loop
        self.resigner = resigner
        self.flow = flow
        self.onTrailers = onTrailers
        kept = keeps ? ByteBuffer() : nil
    }

    /// A connection wants the body, from its beginning.
    func start(_ writer: HTTPClient.Body.StreamWriter) -> EventLoopFuture<Void> {
        let promise = loop.makePromise(of: Void.self)
        switch state {
        case .waiting:
            state = .flowing(writer, promise)
            flow(self)
        case .between(let pending):
            state = .flowing(writer, promise)
            if let kept, kept.readableBytes > 0 { _ = writer.write(.byteBuffer(kept)) }
            if let (part, sender) = pending {
                let written = send(part, writer)
                if let written { written.cascade(to: sender) } else { sender.succeed() }
            }
            finishIfEnded()
        case .flowing, .said, .over:
            promise.fail(Lost())
        }
        return promise.futureResult
    }

    /// The connection was lost without an answer.
    ///
    /// - Returns: whether the body can be said again.
    func rewind() -> Bool {
        switch state {
        case .waiting, .between: return true
        case .over: return false
        case .flowing(_, let promise): promise.fail(Lost())
        case .said: break
        }
        state = kept == nil ? .over : .between(pending: nil)
        return kept != nil
    }

    /// The origin answers: there will be no other time.
    func answered() {
        kept = nil
    }

    /// The call is over.
    func giveUp() {
        kept = nil
        if case .between(let pending) = state {
            state = .over
            pending?.1.succeed()
        }
    }

    // MARK: The client's side

    func bodyPart(_ part: ByteBuffer) -> EventLoopFuture<Void>? {
        var part = part
        if resigner != nil {
            guard let resigned = resigner?.resigned(part) else {
                finish(.failure(Refused()))
                return nil
            }
            part = resigned
        }
        guard part.readableBytes > 0 else { return nil }
        switch state {
        case .flowing(let writer, _):
            return send(part, writer)
        case .between:
            let sender = loop.makePromise(of: Void.self)
            state = .between(pending: (part, sender))
            return sender.futureResult
        case .waiting, .said, .over:
            return nil
        }
    }

    func bodyTrailers(_ fields: HTTPHeaders) {
        onTrailers(fields)
    }

    func bodyEnd() {
        finish(resigner?.isDone ?? true ? .success(()) : .failure(Refused()))
    }

    func bodyAborted() {
        finish(.failure(Aborted()))
    }

    private func send(_ part: ByteBuffer, _ writer: HTTPClient.Body.StreamWriter) -> EventLoopFuture<Void>? {
        if let length = kept?.readableBytes {
            if length + part.readableBytes <= Self.maximumKept { kept?.writeImmutableBuffer(part) } else { kept = nil }
        }
        return writer.write(.byteBuffer(part)).hop(to: loop)
    }

    private func finish(_ result: Result<Void, any Error>) {
        guard end == nil else { return }
        end = result
        finishIfEnded()
    }

    private func finishIfEnded() {
        guard let end, case .flowing(_, let promise) = state else { return }
        if case .success = end { state = .said } else { state = .over }
        promise.completeWith(end)
    }
}
