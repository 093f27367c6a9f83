import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOHTTP2
import RiffleHTTP
import Synchronization

/// Stands in every connection to the origin. It hands on what the client library keeps to itself: interim answers
/// (RFC 9110 §15.2) and the trailer fields of requests and answers (RFC 9110 §6.5); and it keeps requests off a connection
/// that can't be trusted with another one.
///
/// A request carries the number of its call in a field that this handler takes out again. Confined to the connection's
/// loop, which is the call's.
final class OriginTap: ChannelDuplexHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias InboundOut = HTTPClientResponsePart
    typealias OutboundIn = HTTPClientRequestPart
    typealias OutboundOut = HTTPClientRequestPart

    private let calls: OriginCalls
    private var call: OriginCall?
    /// nil for a stream of HTTP/2, which carries one request.
    private var line: OriginLine?
    private var expiry: Scheduled<Void>?

    private init(_ calls: OriginCalls, line: OriginLine?) {
        self.calls = calls
        self.line = line
    }

    /// Adds a tap behind what makes parts of bytes or frames.
    static func add(to channel: any Channel, _ calls: OriginCalls, idleTimeout: Int) -> EventLoopFuture<Void> {
        channel.eventLoop.submit {
            let pipeline = channel.pipeline.syncOperations
            if let codec = try? pipeline.handler(type: ByteToMessageHandler<HTTPResponseDecoder>.self) {
                let tap = OriginTap(calls, line: OriginLine(idleTimeout: idleTimeout))
                try pipeline.addHandler(tap, position: .after(codec))
            } else {
                let codec = try pipeline.handler(type: HTTP2FramePayloadToHTTP1ClientCodec.self)
                try pipeline.addHandler(OriginTap(calls, line: nil), position: .after(codec))
            }
        }
    }

    // MARK: Requests

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        var part = unwrapOutboundIn(data)
        switch part {
        case .head(var head):
            guard line?.request() ?? true else {
                promise?.fail(OriginLine.Spent())
                return context.fireErrorCaught(OriginLine.Spent())
            }
            expiry?.cancel()
            call = head.headers.first(name: OriginCalls.field).flatMap { calls.take($0) }
            call?.isOnKeptConnection = (line?.requests ?? 1) > 1
            head.headers.remove(name: OriginCalls.field)
            part = .head(head)
        case .body, .end:
            guard line?.isSpent != true else {
                promise?.fail(OriginLine.Spent())
                return
            }
            if case .end = part {
                line?.requestEnded()
                part = .end(call?.requestTrailers)
            }
        }
        context.write(wrapOutboundOut(part), promise: promise)
    }

    // MARK: Answers

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard line?.surplus() != true else { return }
        switch unwrapInboundIn(data) {
        case .head(let head) where head.status.code < 200:
            call?.interim(head)
        case .head(let head):
            line?.answered(lifetime: KeepAlive.timeout(head.headers))
        case .end(let trailers):
            if let trailers { call?.trailers(trailers) }
            call = nil
            guard line == nil else {
                line?.ended(trailers)
                return
            }
        case .body: break
        }
        context.fireChannelRead(data)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        releaseEnd(context)
        context.fireChannelReadComplete()
    }

    func channelInactive(context: ChannelHandlerContext) {
        releaseEnd(context)
        expiry?.cancel()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if line?.surplus() != true { context.fireErrorCaught(error) }
    }

    private func releaseEnd(_ context: ChannelHandlerContext) {
        guard let ending = line?.release() else { return }
        context.fireChannelRead(wrapInboundOut(.end(ending.trailers)))
        if ending.isLast {
            context.close(promise: nil)
        } else if let patience = ending.patience, line?.isFree == true {
            expiry = context.eventLoop.assumeIsolated().scheduleTask(in: patience) { [self] in
                if line?.expired() == true { context.close(promise: nil) }
            }
        }
    }
}

/// Calls on their way into a connection, by the number their request carries there.
final class OriginCalls: Sendable {
    static let field = "Riffle-Call"

    private struct State {
        var last: UInt64 = 0
        var waiting: [UInt64: NIOLoopBound<OriginCall>] = [:]
    }

    private let state = Mutex(State())

    /// Bounded by the calls in flight: each takes its entry away when it ends.
    func add(_ call: OriginCall) -> UInt64 {
        let bound = NIOLoopBound(call, eventLoop: call.loop)
        return state.withLock { state in
            state.last += 1
            state.waiting[state.last] = bound
            return state.last
        }
    }

    /// - Returns: whether it was still waiting: no connection has seen anything of it.
    @discardableResult
    func remove(_ number: UInt64) -> Bool {
        state.withLock { state in state.waiting.removeValue(forKey: number) != nil }
    }

    fileprivate func take(_ text: String) -> OriginCall? {
        guard let number = UInt64(text), let call = state.withLock({ $0.waiting.removeValue(forKey: number) }),
            // Connections are made on the loop that asks.
            call.eventLoop.inEventLoop
        else { return nil }
        return call.value
    }
}
