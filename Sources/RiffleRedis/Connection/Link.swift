import NIOCore

/// Why a command got no reply.
enum LinkFailure: Error, Equatable {
    /// No connection, or the breaker is open; nothing was sent.
    case down
    /// Too many commands are in flight; nothing was sent.
    case overloaded
    /// The deadline passed; the connection is closed so that a late reply can't be taken for another's.
    case timeout
    /// The connection broke before the reply came.
    case lost
}

/// The pipelined connection of one event loop, made again whenever it is lost.
///
/// Everything here runs on that loop: whoever sends is called back on it without a hop.
final class LinkCore {
    typealias Completion = (Result<Reply, LinkFailure>) -> Void

    /// What the owner of all links wants to hear, on the link's loop.
    struct Observer: Sendable {
        /// The server answered a probe that began in this state of the breaker.
        var proved: @Sendable (BreakerState) -> Void
        /// An established connection timed out or broke.
        var failed: @Sendable (LinkFailure) -> Void
        /// An attempt to connect came to nothing.
        var refused: @Sendable (String) -> Void
        var reconnected: @Sendable () -> Void
    }

    /// An idle connection is asked for a sign of life this often.
    static let probeInterval = TimeAmount.seconds(1)
    /// How often the link looks after itself; a probe goes out at once when the breaker is open.
    static let tickInterval = TimeAmount.milliseconds(200)
    static let probeTimeout = TimeAmount.seconds(1)

    private let loop: any EventLoop
    private let connector: Connector
    private let breaker: Breaker
    private let observer: Observer
    private var machine = LinkMachine()
    private var pending = PendingReplies<Completion>()
    private var channel: (any Channel)?
    private var timer: (at: NIODeadline, task: Scheduled<Void>)?
    private var tick: Scheduled<Void>?
    private var lastProbe = NIODeadline.distantPast
    private var isProbing = false

    init(loop: any EventLoop, connector: Connector, breaker: Breaker, observer: Observer) {
        self.loop = loop
        self.connector = connector
        self.breaker = breaker
        self.observer = observer
    }

    var isUp: Bool { machine.state == .up }

    func start() { act(machine.start()) }

    func stop() { act(machine.stop()) }

    /// Sends commands in one write; each completion is called exactly once, on the loop.
    func send(_ commands: [(Command, Completion)], deadline: NIODeadline) {
        guard machine.state == .up, let channel else {
            for (_, completion) in commands { completion(.failure(.down)) }
            return
        }
        write(commands, deadline: deadline, to: channel)
    }

    private func write(_ commands: [(Command, Completion)], deadline: NIODeadline, to channel: any Channel) {
        var output = channel.allocator.buffer(capacity: commands.reduce(0) { $0 + $1.0.byteCount + 64 })
        var refused: [Completion] = []
        for (command, completion) in commands {
            guard pending.append(completion, bytes: command.byteCount, deadline: deadline) else {
                refused.append(completion)
                continue
            }
            guard command.encode(into: &output) else {
                // Without memory for the command the order of replies can't be kept.
                fail(.lost, "a command could not be formatted", attempt: machine.attempt)
                for completion in refused { completion(.failure(.lost)) }
                return
            }
        }
        if output.readableBytes > 0 {
            channel.writeAndFlush(output, promise: nil)
            armTimer(deadline)
        }
        for completion in refused { completion(.failure(.overloaded)) }
    }

    // MARK: Connecting

    private func act(_ action: LinkMachine.Action) {
        switch action {
        case .none: break
        case .connect(let attempt): connect(attempt)
        case .greet: greet()
        case .announceUp:
            observer.reconnected()
            scheduleTick()
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
            let link = bound.value
            return ReplyHandler(
                decoder: decoder,
                onReply: { link.received($0, attempt: attempt) },
                onEnd: { link.fail(.lost, $0, attempt: attempt) })
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
                self.fail(.lost, String(describing: error), attempt: attempt)
            }
        }
    }

    private func greet() {
        guard let channel else { return }
        let attempt = machine.attempt
        let probed = breaker.state
        let commands = Greeting.commands(for: connector.server, scripts: Script.all)
        var open = commands.count
        write(
            commands.map { command in
                (
                    command,
                    { result in
                        guard case .success(let reply) = result else { return }
                        if let complaint = Greeting.complaint(reply) {
                            self.fail(.lost, complaint, attempt: attempt)
                            return
                        }
                        open -= 1
                        guard open == 0 else { return }
                        self.act(self.machine.greeted(attempt: attempt))
                        if self.isUp { self.observer.proved(probed) }
                    }
                )
            }, deadline: .now() + Self.probeTimeout, to: channel)
    }

    // MARK: What comes back

    private func received(_ reply: Reply, attempt: Int) {
        guard attempt == machine.attempt, channel != nil else { return }
        guard let completion = pending.popFirst() else {
            fail(.lost, "the server answered what nobody asked", attempt: attempt)
            return
        }
        completion(.success(reply))
    }

    private func fail(_ failure: LinkFailure, _ reason: String, attempt: Int) {
        let action = machine.failed(attempt: attempt, scatter: .random(in: 0..<1))
        guard case .retry(_, let wasUp) = action else { return }
        // First the breaker: whoever is called back below must not send again.
        if wasUp { observer.failed(failure) } else { observer.refused(reason) }
        let waiting = pending.drain()
        act(action)
        for completion in waiting { completion(.failure(failure)) }
    }

    private func close() {
        let old = channel
        channel = nil
        isProbing = false
        timer?.task.cancel()
        timer = nil
        tick?.cancel()
        tick = nil
        let waiting = pending.drain()
        // The old handler reports its end under an attempt that counts no more.
        old?.close(promise: nil)
        for completion in waiting { completion(.failure(.lost)) }
    }

    // MARK: Time

    /// One timer for all commands in flight: it is moved forward when a more urgent one comes, and looks again when it
    /// fires in vain.
    private func armTimer(_ deadline: NIODeadline) {
        if let timer {
            guard deadline < timer.at else { return }
            timer.task.cancel()
        }
        let task = loop.assumeIsolated().scheduleTask(deadline: deadline) { self.timerFired() }
        timer = (deadline, task)
    }

    private func timerFired() {
        timer = nil
        guard let earliest = pending.earliestDeadline else { return }
        if earliest <= .now() {
            fail(.timeout, "the server did not answer in time", attempt: machine.attempt)
        } else {
            armTimer(earliest)
        }
    }

    private func scheduleTick() {
        guard machine.state == .up else { return }
        tick = loop.assumeIsolated().scheduleTask(in: Self.tickInterval) {
            self.probeIfDue()
            self.scheduleTick()
        }
    }

    private func probeIfDue() {
        guard !isProbing, breaker.isOpen || lastProbe + Self.probeInterval <= .now() else { return }
        isProbing = true
        lastProbe = .now()
        let probed = breaker.state
        let ping: (Command, Completion) = (
            Command("PING"),
            { result in
                self.isProbing = false
                if case .success(.status) = result { self.observer.proved(probed) }
            }
        )
        send([ping], deadline: .now() + Self.probeTimeout)
    }
}

/// A link as others hold it.
final class Link: Sendable {
    let loop: any EventLoop
    private let core: NIOLoopBoundBox<LinkCore>

    init(loop: any EventLoop, connector: Connector, breaker: Breaker, observer: LinkCore.Observer) {
        self.loop = loop
        core = .makeBoxSendingValue(
            LinkCore(loop: loop, connector: connector, breaker: breaker, observer: observer), eventLoop: loop)
    }

    func start() { loop.execute { self.core.value.start() } }

    func stop() -> EventLoopFuture<Void> {
        loop.submit { self.core.value.stop() }
    }

    /// Only on the link's loop.
    func send(_ command: Command, deadline: NIODeadline, _ completion: @escaping LinkCore.Completion) {
        core.value.send([(command, completion)], deadline: deadline)
    }

    /// Only on the link's loop. One write for all.
    func send(_ commands: [(Command, LinkCore.Completion)], deadline: NIODeadline) {
        core.value.send(commands, deadline: deadline)
    }
}
