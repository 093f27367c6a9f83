import NIOCore

/// The connection on which this riffle hears the others. Confined to its loop.
///
/// It is asked for a sign of life twice a second and counts as lost after ``silence`` without one, to the millisecond: a
/// riffle whose write nobody acknowledges waits just a little longer.
final class SubscriptionCore {
    struct Observer: Sendable {
        /// Both channels are subscribed: nothing published from now on is missed.
        var subscribed: @Sendable () -> Void
        var lost: @Sendable (String) -> Void
        var message: @Sendable (_ channel: String, _ payload: [UInt8]) -> Void
    }

    static let pingInterval = TimeAmount.milliseconds(500)
    static let silence = TimeAmount.milliseconds(1_500)

    private let loop: any EventLoop
    private let connector: Connector
    private let channels: [String]
    private let observer: Observer
    private var machine = LinkMachine()
    private var channel: (any Channel)?
    private var open = 0
    private var lastSign = NIODeadline.distantPast
    private var tick: Scheduled<Void>?

    init(loop: any EventLoop, connector: Connector, channels: [String], observer: Observer) {
        self.loop = loop
        self.connector = connector
        self.channels = channels
        self.observer = observer
    }

    func start() { act(machine.start()) }

    func stop() { act(machine.stop()) }

    private func act(_ action: LinkMachine.Action) {
        switch action {
        case .none: break
        case .connect(let attempt): connect(attempt)
        case .greet: greet()
        case .announceUp: observer.subscribed()
        case .close: close()
        case .retry(let delay, _):
            close()
            let bound = NIOLoopBound(self, eventLoop: loop)
            loop.scheduleTask(in: delay) { bound.value.act(bound.value.machine.retryDue()) }
        }
    }

    private func connect(_ attempt: Int) {
        let bound = NIOLoopBound(self, eventLoop: loop)
        let made = connector.connect(on: loop) {
            guard let decoder = ReplyDecoder() else { return nil }
            let core = bound.value
            return ReplyHandler(
                decoder: decoder,
                onReply: { core.received($0, attempt: attempt) },
                onEnd: { core.fail($0, attempt: attempt) })
        }
        made.assumeIsolated().whenComplete { result in
            switch result {
            case .success(let channel):
                let action = self.machine.connected(attempt: attempt)
                guard action == .greet else {
                    channel.close(promise: nil)
                    return
                }
                self.channel = channel
                self.act(action)
            case .failure(let error):
                self.fail(String(describing: error), attempt: attempt)
            }
        }
    }

    private func greet() {
        let greeting = Greeting.commands(for: connector.server)
        var subscribe = Command("SUBSCRIBE")
        for name in channels { subscribe.append(name) }
        open = greeting.count + channels.count
        lastSign = .now()
        write(greeting + [subscribe])
        scheduleTick(machine.attempt)
    }

    private func write(_ commands: [Command]) {
        guard let channel else { return }
        var output = channel.allocator.buffer(capacity: 256)
        for command in commands where !command.encode(into: &output) { return }
        channel.writeAndFlush(output, promise: nil)
    }

    private func received(_ reply: Reply, attempt: Int) {
        guard attempt == machine.attempt, channel != nil else { return }
        lastSign = .now()
        if case .array(let parts) = reply, parts.count == 3, parts[0].text == "message", let name = parts[1].text,
            let payload = parts[2].bytes
        {
            observer.message(name, payload)
            return
        }
        if case .error(let message) = reply {
            fail(message, attempt: attempt)
            return
        }
        guard open > 0 else { return }
        open -= 1
        if open == 0 { act(machine.greeted(attempt: attempt)) }
    }

    private func scheduleTick(_ attempt: Int) {
        let next = min(.now() + Self.pingInterval, lastSign + Self.silence)
        tick = loop.assumeIsolated().scheduleTask(deadline: next) {
            guard attempt == self.machine.attempt, self.channel != nil else { return }
            guard self.lastSign + Self.silence > .now() else {
                self.fail("no sign of life on the subscription", attempt: attempt)
                return
            }
            self.write([Command("PING")])
            self.scheduleTick(attempt)
        }
    }

    private func fail(_ reason: String, attempt: Int) {
        let action = machine.failed(attempt: attempt, scatter: .random(in: 0..<1))
        guard action != .none else { return }
        act(action)
        observer.lost(reason)
    }

    private func close() {
        tick?.cancel()
        tick = nil
        let old = channel
        channel = nil
        old?.close(promise: nil)
    }
}

/// The subscription as others hold it.
final class Subscription: Sendable {
    private let loop: any EventLoop
    private let core: NIOLoopBoundBox<SubscriptionCore>

    init(loop: any EventLoop, connector: Connector, channels: [String], observer: SubscriptionCore.Observer) {
        self.loop = loop
        core = .makeBoxSendingValue(
            SubscriptionCore(loop: loop, connector: connector, channels: channels, observer: observer),
            eventLoop: loop)
    }

    func start() { loop.execute { self.core.value.start() } }

    func stop() -> EventLoopFuture<Void> { loop.submit { self.core.value.stop() } }
}
