import AsyncHTTPClient
import Glibc
import NIOCore
import NIOHTTP1
import NIOHTTP2
import RiffleSigning
import RiffleTelemetry
import Synchronization

/// Why the origin gave no usable answer.
enum OriginFailure: Error, Sendable, Equatable {
    case unreachable
    case timedOut
    /// The answer broke off or was malformed.
    case broken
    /// Nobody wanted the answer any more.
    case cancelled
    /// The request can't be said to an origin.
    case unsendable

    var status: Int {
        switch self {
        case .timedOut: 504
        case .unsendable: 400
        default: 502
        }
    }

    var reason: Reason {
        switch self {
        case .unreachable: .originUnreachable
        case .timedOut: .originTimeout
        case .broken, .cancelled: .originBroken
        case .unsendable: .badRequest
        }
    }
}

/// Takes the origin's answer to one request. Called on the loop given to ``OriginClient/send``, in this order: once head,
/// parts, then once end or failure. A failure may come at any time and is the last call.
protocol OriginReceiver: AnyObject {
    func originHead(_ head: HTTPResponseHead) -> EventLoopFuture<Void>?
    /// Said before the head, any number of times.
    func originInterim(_ head: HTTPResponseHead)
    /// Fields behind the last part, said before the end.
    func originTrailers(_ fields: HTTPHeaders)
    /// - Returns: nil to go on, or a future of the same loop to wait for before more is read from the origin.
    func originPart(_ part: ByteBuffer) -> EventLoopFuture<Void>?
    func originEnd()
    func originFailed(_ failure: OriginFailure)
}

extension OriginReceiver {
    func originInterim(_ head: HTTPResponseHead) {}
    func originTrailers(_ fields: HTTPHeaders) {}
}

/// Where the body of a request to the origin comes from.
enum OriginBody {
    case none
    case bytes(ByteBuffer)
    /// Streamed from the client, `length` bytes or chunked when nil.
    case exchange(Exchange, length: Int64?)
    /// The same, when its beginning was already read.
    case begun(WriteBody, length: Int64?)
}

/// One request as it goes to the origin.
struct OriginRequest {
    var method: String
    var isSafe: Bool
    var target: String
    var fields: HTTPHeaders
    var body: OriginBody
    /// Puts the origin's signatures into a body on its way.
    var resigner: ChunkResigner?
}

/// Calls the origin: connection pool, time limits, HTTP/2 where the origin has it; one call for each ``send``.
final class OriginClient: Sendable {
    /// Seconds that an idle connection waits for the next folder somebody opens, which then costs no handshake: less than
    /// common origins wait that do not say so (Tomcat 60, nginx 75, IIS 120). What says it is believed, see ``OriginLine``.
    private static let idleTimeout = 50

    /// By loop, each with the connections of its loop alone. One client for all loops would keep none of them: it closes
    /// a connection that was asked for on a certain loop when its request is done.
    private let clients: [ObjectIdentifier: HTTPClient]
    private let base: String
    let calls = Atomic<Int>(0)
    let inFlight = Atomic<Int>(0)
    let failures = Atomic<Int>(0)
    let waiting = OriginCalls()

    /// - Throws: when the files of the settings' TLS can't be used.
    init(_ settings: Settings.Origin, group: any EventLoopGroup) throws(ConfigurationErrors) {
        let loops = Array(group.makeIterator())
        var configuration = HTTPClient.Configuration(
            redirectConfiguration: .disallow,
            timeout: .init(
                connect: .milliseconds(settings.connectTimeout), read: .milliseconds(settings.readTimeout)),
            connectionPool: .init(
                idleTimeout: .seconds(Int64(Self.idleTimeout)),
                concurrentHTTP1ConnectionsPerHostSoftLimit: max(1, settings.connections / max(1, loops.count))))
        configuration.connectionPool.retryConnectionEstablishment = false
        // Without TLS there is nothing to agree on, and the pool would open a connection more than it needs to find that out.
        if !settings.url.isTLS { configuration.httpVersion = .http1Only }
        configuration.tlsConfiguration = try OriginTLS.configuration(settings)
        let addTap: @Sendable (any Channel) -> EventLoopFuture<Void> = { [waiting] in
            OriginTap.add(to: $0, waiting, idleTimeout: Self.idleTimeout)
        }
        configuration.http1_1ConnectionDebugInitializer = addTap
        configuration.http2StreamChannelDebugInitializer = addTap
        clients = Dictionary(
            uniqueKeysWithValues: loops.map { [configuration] loop in
                (
                    ObjectIdentifier(loop),
                    HTTPClient(eventLoopGroupProvider: .shared(loop), configuration: configuration)
                )
            })
        base = settings.url.description
    }

    func shutdown() async {
        for client in clients.values { try? await client.shutdown() }
    }

    /// Sends one request and reports its answer to `receiver`, all on `loop`, which must be the present one. A request whose
    /// connection is lost is sent again where ``Repetition`` allows it.
    @discardableResult
    func send(_ request: OriginRequest, to receiver: any OriginReceiver, on loop: any EventLoop) -> OriginCall {
        let call = OriginCall(receiver: receiver, loop: loop, client: self)
        inFlight.add(1, ordering: .relaxed)
        call.feed = Self.feed(request, call)
        attempt(request, call)
        return call
    }

    private func attempt(_ request: OriginRequest, _ call: OriginCall) {
        let loop = call.loop
        calls.add(1, ordering: .relaxed)
        var fields = request.fields
        fields.replaceOrAdd(name: OriginCalls.field, value: call.announce(in: waiting))
        guard let client = clients[ObjectIdentifier(loop)],
            let message = try? HTTPClient.Request(
                url: base + request.target, method: HTTPMethod(rawValue: request.method), headers: fields,
                body: Self.body(request, call.feed, on: loop))
        else {
            loop.assumeIsolated().execute { call.fail(.unsendable) }
            return
        }
        let delegate = OriginDelegate(call: NIOLoopBound(call, eventLoop: loop), loop: loop)
        let task = client.execute(request: message, delegate: delegate, eventLoop: .delegate(on: loop))
        call.started(task)
        task.futureResult.hop(to: loop).assumeIsolated().whenFailure { error in
            let wasRefused = Self.isRefused(error)
            if wasRefused || Self.isConnectionLost(error), call.again(request, wasRefused: wasRefused) {
                self.attempt(request, call)
            } else {
                call.fail(Self.failure(error))
            }
        }
    }

    /// Whether a connection that stood ended without an answer: by an orderly close, by a reset, by being refused another
    /// request, or because what came does not begin as an answer does. One that begins so and is malformed is the answer.
    private static func isConnectionLost(_ error: any Error) -> Bool {
        if error is OriginLine.Spent { return true }
        if case HTTPParserError.invalidConstant = error { return true }
        if let error = error as? HTTPClientError { return error == .remoteConnectionClosed }
        if let error = error as? IOError { return error.errnoCode == ECONNRESET || error.errnoCode == EPIPE }
        guard let error = error as? ChannelError else { return false }
        if case .connectTimeout = error { return false }
        return true
    }

    /// Whether an origin of HTTP/2 says that it has not looked at the request (RFC 9113 §8.7).
    private static func isRefused(_ error: any Error) -> Bool {
        (error as? NIOHTTP2Errors.StreamClosed)?.errorCode == .refusedStream
    }

    /// What lets the body of a request flow from its client, where it does.
    private static func feed(_ request: OriginRequest, _ call: OriginCall) -> BodyFeed? {
        let flow: (any BodySink) -> Void
        switch request.body {
        case .none, .bytes: return nil
        case .exchange(let exchange, _): flow = { exchange.readBody(into: $0) }
        case .begun(let body, _): flow = { body.pass(to: $0) }
        }
        return BodyFeed(
            loop: call.loop, resigner: request.resigner, keeps: Repetition.needsBody(request), flow: flow,
            onTrailers: { [weak call] in call?.requestTrailers = OriginFields.trailers($0) })
    }

    private static func body(
        _ request: OriginRequest, _ feed: BodyFeed?, on loop: any EventLoop
    ) -> HTTPClient.Body? {
        let length: Int64?
        switch request.body {
        case .none: return nil
        case .bytes(let buffer): return .byteBuffer(buffer)
        case .exchange(_, let announced), .begun(_, let announced): length = announced
        }
        guard let feed else { return nil }
        let bound = NIOLoopBound(feed, eventLoop: loop)
        return .stream(contentLength: length) { writer in loop.flatSubmit { bound.value.start(writer) } }
    }

    private static func failure(_ error: any Error) -> OriginFailure {
        guard let error = error as? HTTPClientError else {
            if error is BodyFeed.Refused { return .unsendable }
            if error is BodyFeed.Aborted { return .cancelled }
            return isConnectionLost(error) ? .broken : .unreachable
        }
        switch error {
        case .connectTimeout, .readTimeout, .deadlineExceeded, .writeTimeout, .getConnectionFromPoolTimeout:
            return .timedOut
        case .cancelled: return .cancelled
        default: return .broken
        }
    }
}
