import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOHTTP2
import Synchronization

/// Stands in every connection to the origin and hands on what the client library keeps to itself: interim answers
/// (RFC 9110 §15.2) and the trailer fields of answers (RFC 9110 §6.5).
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

    init(_ calls: OriginCalls) {
        self.calls = calls
    }

    /// Adds a tap behind what makes parts of bytes or frames.
    static func add(to channel: any Channel, _ calls: OriginCalls) -> EventLoopFuture<Void> {
        channel.eventLoop.submit {
            let pipeline = channel.pipeline.syncOperations
            let tap = OriginTap(calls)
            if let codec = try? pipeline.handler(type: ByteToMessageHandler<HTTPResponseDecoder>.self) {
                try pipeline.addHandler(tap, position: .after(codec))
            } else {
                let codec = try pipeline.handler(type: HTTP2FramePayloadToHTTP1ClientCodec.self)
                try pipeline.addHandler(tap, position: .after(codec))
            }
        }
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard case .head(var head) = unwrapOutboundIn(data) else { return context.write(data, promise: promise) }
        call = head.headers.first(name: OriginCalls.field).flatMap { calls.take($0) }
        head.headers.remove(name: OriginCalls.field)
        context.write(wrapOutboundOut(.head(head)), promise: promise)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head) where head.status.code < 200:
            call?.interim(head)
        case .end(let trailers):
            if let trailers { call?.trailers(trailers) }
            call = nil
        default: break
        }
        context.fireChannelRead(data)
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

    func remove(_ number: UInt64) {
        state.withLock { state in _ = state.waiting.removeValue(forKey: number) }
    }

    fileprivate func take(_ text: String) -> OriginCall? {
        guard let number = UInt64(text), let call = state.withLock({ $0.waiting.removeValue(forKey: number) }),
            // Connections are made on the loop that asks.
            call.eventLoop.inEventLoop
        else { return nil }
        return call.value
    }
}
