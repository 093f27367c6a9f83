import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import RiffleHTTP
import Synchronization

/// One request at the origin: guards that its receiver hears of one end only. Confined to `loop`.
final class OriginCall {
    /// Interim answers to one request; an origin that sends more is taken to be broken.
    private static let maximumInterim = 32

    let loop: any EventLoop
    private var receiver: (any OriginReceiver)?
    private var task: HTTPClient.Task<Void>?
    private let client: OriginClient
    private var hasHead = false
    /// Under which the tap of its connection finds it.
    private var number: UInt64?
    private var interimCount = 0
    private var repetition = Repetition()
    /// The body of the request where it streams.
    var feed: BodyFeed?
    /// Fields behind the body of the request, known before its end is sent.
    var requestTrailers: HTTPHeaders?
    /// Whether the connection that took the request had served before.
    var isOnKeptConnection = false

    init(receiver: any OriginReceiver, loop: any EventLoop, client: OriginClient) {
        self.receiver = receiver
        self.loop = loop
        self.client = client
    }

    func started(_ task: HTTPClient.Task<Void>) {
        self.task = task
    }

    /// The number one attempt carries into its connection.
    func announce(in calls: OriginCalls) -> String {
        let number = calls.add(self)
        self.number = number
        return String(number)
    }

    /// Whether the origin may have carried out what it is asked before the attempt that it answers: its answer is then one
    /// to a second request.
    var mayHaveActed: Bool { repetition.mayHaveActed }

    /// The connection was lost.
    ///
    /// - Parameter wasRefused: whether the origin said that it did nothing.
    /// - Returns: whether the request is to be sent once more.
    func again(_ request: OriginRequest, wasRefused: Bool) -> Bool {
        guard receiver != nil, !hasHead else { return false }
        let wasWaiting = number.map { client.waiting.remove($0) } ?? false
        number = nil
        let loss = Repetition.Loss(
            wasSent: !wasWaiting && !wasRefused, wasKept: isOnKeptConnection, wasHeard: interimCount > 0)
        return repetition.again(request, after: loss) && feed?.rewind() ?? true
    }

    /// An answer before the answer. `100` is riffle's own affair: it asked for none (RFC 9110 §15.2).
    func interim(_ head: HTTPResponseHead) {
        guard let receiver, !hasHead else { return }
        interimCount += 1
        guard interimCount <= Self.maximumInterim,
            ResponseHeadRules.check(status: Int(head.status.code), head.headers) == nil
        else {
            fail(.broken)
            task?.cancel()
            return
        }
        if head.status.code > 101 { receiver.originInterim(head) }
    }

    func trailers(_ fields: HTTPHeaders) {
        receiver?.originTrailers(fields)
    }

    /// Gives the request up; the receiver hears nothing more.
    func cancel() {
        guard receiver != nil else { return }
        ended()
        task?.cancel()
    }

    /// The head of the answer, if it is one: a switch of protocols was not asked for.
    func head(_ head: HTTPResponseHead) -> EventLoopFuture<Void>? {
        hasHead = true
        feed?.answered()
        let refusal = ResponseHeadRules.check(
            status: Int(head.status.code), head.headers, isHTTP10: head.version == .http1_0)
        guard refusal == nil, head.status.code >= 200 else {
            fail(.broken)
            task?.cancel()
            return nil
        }
        return receiver?.originHead(head)
    }

    func part(_ part: ByteBuffer) -> EventLoopFuture<Void>? {
        receiver?.originPart(part)
    }

    func end() {
        guard let receiver else { return }
        ended()
        receiver.originEnd()
    }

    func fail(_ failure: OriginFailure) {
        guard let receiver else { return }
        ended()
        client.failures.add(1, ordering: .relaxed)
        receiver.originFailed(failure)
    }

    private func ended() {
        receiver = nil
        feed?.giveUp()
        feed = nil
        if let number { client.waiting.remove(number) }
        client.inFlight.subtract(1, ordering: .relaxed)
    }
}

/// Carries the client library's callbacks to the call, all on the call's loop.
final class OriginDelegate: HTTPClientResponseDelegate {
    typealias Response = Void

    private let call: NIOLoopBound<OriginCall>
    private let loop: any EventLoop

    init(call: NIOLoopBound<OriginCall>, loop: any EventLoop) {
        self.call = call
        self.loop = loop
    }

    func didReceiveHead(task: HTTPClient.Task<Void>, _ head: HTTPResponseHead) -> EventLoopFuture<Void> {
        call.value.head(head) ?? loop.makeSucceededVoidFuture()
    }

    func didReceiveBodyPart(task: HTTPClient.Task<Void>, _ buffer: ByteBuffer) -> EventLoopFuture<Void> {
        call.value.part(buffer) ?? loop.makeSucceededVoidFuture()
    }

    func didFinishRequest(task: HTTPClient.Task<Void>) throws {
        call.value.end()
    }
}
