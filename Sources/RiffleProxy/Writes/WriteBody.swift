import NIOCore
import NIOHTTP1

/// The body of a write whose effects are in it: gathered up to a limit, then handed on with what is still to come.
///
/// Confined to its loop. Past the limit the client waits until ``pass(to:)`` lets the rest through.
final class WriteBody: BodySink {
    enum Reading {
        case whole(ByteBuffer)
        /// Too long to be read: the origin gets it all the same.
        case tooLong
        /// The client left, or its body is malformed.
        case aborted
    }

    private enum State {
        case gathering((Reading) -> Void)
        case waiting(EventLoopPromise<Void>)
        case passing(any BodySink)
        case done
    }

    private let limit: Int
    private let loop: any EventLoop
    private var gathered = ByteBuffer()
    private var state: State
    private var ended: Bool?
    private var trailers: HTTPHeaders?

    init(limit: Int, loop: any EventLoop, completion: @escaping (Reading) -> Void) {
        self.limit = limit
        self.loop = loop
        state = .gathering(completion)
    }

    func bodyPart(_ part: ByteBuffer) -> EventLoopFuture<Void>? {
        switch state {
        case .gathering(let completion):
            gathered.writeImmutableBuffer(part)
            guard gathered.readableBytes > limit else { return nil }
            let promise = loop.makePromise(of: Void.self)
            state = .waiting(promise)
            completion(.tooLong)
            return promise.futureResult
        case .passing(let sink): return sink.bodyPart(part)
        case .waiting, .done: return nil
        }
    }

    /// A body that was read whole goes on with its length, which leaves no place for them.
    func bodyTrailers(_ fields: HTTPHeaders) {
        if case .passing(let sink) = state { sink.bodyTrailers(fields) } else { trailers = fields }
    }

    func bodyEnd() {
        switch state {
        case .gathering(let completion):
            state = .done
            completion(.whole(gathered))
        case .passing(let sink):
            state = .done
            sink.bodyEnd()
        case .waiting: ended = true
        case .done: break
        }
    }

    func bodyAborted() {
        switch state {
        case .gathering(let completion):
            state = .done
            completion(.aborted)
        case .passing(let sink):
            state = .done
            sink.bodyAborted()
        case .waiting: ended = false
        case .done: break
        }
    }

    /// Hands over what was gathered, then lets the client go on.
    func pass(to sink: any BodySink) {
        guard case .waiting(let promise) = state else { return sink.bodyAborted() }
        let first = gathered
        gathered = ByteBuffer()
        state = .passing(sink)
        if let ended {
            // The client left meanwhile, or there was no more.
            _ = sink.bodyPart(first)
            state = .done
            promise.succeed()
            if let trailers { sink.bodyTrailers(trailers) }
            if ended { sink.bodyEnd() } else { sink.bodyAborted() }
            return
        }
        guard let wait = sink.bodyPart(first) else { return promise.succeed() }
        wait.assumeIsolated().whenComplete { _ in promise.succeed() }
    }
}
