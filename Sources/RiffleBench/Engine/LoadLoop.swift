import CEpoll
import Glibc
internal import Histogram
internal import RiffleTelemetry

/// One thread of load: an epoll loop that sends requests as bytes and scans responses as bytes.
///
/// Confined to the thread that makes it. Two system calls a request (`recv`, `send`) and a shared `epoll_wait`; without TLS
/// and HTTP/2 no allocation and no lock per request.
final class LoadLoop {
    static let readBytes = 256 << 10
    /// Requests due while every connection is busy wait here; beyond it they are counted unsent.
    static let maxBacklog = 1 << 20
    static let eventsPerWait = 256
    /// How long after the end answers are waited for.
    static let drain: UInt64 = 2 * Nanoseconds.perSecond
    private static let tick: UInt64 = 100_000_000
    private static let maxRetryDelay: UInt64 = Nanoseconds.perSecond

    /// What one seat of a connection asked last. HTTP/1.1 has one seat a connection, HTTP/2 as many as it has streams;
    /// seat number `n` is on connection `n / seats`.
    struct Exchange {
        var isWaiting = false
        var number = 0
        var planned: UInt64 = 0
        var sentAt: UInt64 = 0
        var thinksUntil: UInt64 = 0
    }

    let plan: LoadPlan
    private let progress: Progress?
    private let phase: Int
    let seats: Int
    var connections: [Connection]
    var exchanges: [Exchange]
    /// Seats that wait for something to ask (open model).
    var idle: [Int] = []
    var backlog = Backlog()
    /// Seats of the closed model whose next request goes out after this batch of events.
    private var ready: [Int] = []
    /// HTTP/2 connections with frames to write.
    var queued: [Int] = []
    /// Swapped with what a connection has ended.
    var endings: [HTTP2Link.Ending] = []
    /// Sessions in thought. All think equally long, so they end in order.
    private var thinking = Backlog()
    private var chooser: Chooser
    private var users: UserChooser
    private var schedule: Schedule?
    private var due: (number: Int, time: UInt64)?
    private let think: UInt64
    var recorder = Recorder()
    private var timeline = Timeline()
    /// Answers by latency for whoever watches; walking the histograms would make requests late.
    private var liveHits = [UInt32](repeating: 0, count: Timeline.cells)
    private var liveOthers = [UInt32](repeating: 0, count: Timeline.cells)
    private let epoll: Int32
    let buffer: UnsafeMutableRawBufferPointer
    private let bytes: UnsafeMutableRawBufferPointer
    /// Where a request is put together.
    private let scratch: UnsafeMutableRawPointer
    var inFlight = 0
    private var begin: UInt64 = 0
    var measureFrom: UInt64 = 0
    private var end: UInt64 = 0
    private var measured: UInt64 = 0
    private let quota: UInt64
    var stopped = false

    struct Result: Sendable {
        var recorder: Recorder
        var timeline: Timeline
        var cpu: UInt64
        var wall: UInt64
    }

    init?(_ plan: LoadPlan, phase: Int, progress: Progress?) {
        let count = plan.connections / plan.threads + (phase < plan.connections % plan.threads ? 1 : 0)
        epoll = epoll_create1(0)
        guard epoll >= 0 else { return nil }
        self.plan = plan
        self.progress = progress
        self.phase = phase
        seats = plan.seats
        connections = (0..<count).map { _ in Connection() }
        exchanges = Array(repeating: Exchange(), count: count * plan.seats)
        chooser = Chooser(
            plan.workload, count: plan.requests.count, sessions: count * plan.seats, seed: plan.seed, phase: phase,
            stride: plan.threads)
        users = UserChooser(
            plan.users, count: plan.requests.users, seed: plan.seed, phase: phase, stride: plan.threads)
        schedule = plan.schedule(phase: phase)
        think = if case .closed(let think) = plan.pace { think } else { 0 }
        quota =
            plan.limit == 0
            ? .max : plan.limit / UInt64(plan.threads) + (phase == 0 ? plan.limit % UInt64(plan.threads) : 0)
        buffer = .allocate(byteCount: Self.readBytes, alignment: 64)
        bytes = .allocate(byteCount: max(plan.requests.bytes.count, 1), alignment: 64)
        bytes.copyBytes(from: plan.requests.bytes)
        scratch = .allocate(byteCount: plan.requests.longest, alignment: 64)
    }

    deinit {
        for connection in connections where connection.descriptor >= 0 { close(connection.descriptor) }
        close(epoll)
        buffer.deallocate()
        bytes.deallocate()
        scratch.deallocate()
    }

    func run() -> Result {
        begin = Nanoseconds.now()
        measureFrom = begin + plan.warmup
        end = measureFrom + plan.duration
        timeline.begin(at: measureFrom)
        for index in connections.indices { open(index, now: begin) }
        advance()

        var cpu = Nanoseconds.threadCPU()
        var counting = plan.warmup == 0
        var nextTick = begin + Self.tick
        withUnsafeTemporaryAllocation(of: epoll_event.self, capacity: Self.eventsPerWait) { events in
            var now = Nanoseconds.now()
            while true {
                if now >= nextTick {
                    sweep(now)
                    publish()
                    nextTick = now + Self.tick
                }
                if !counting, now >= measureFrom {
                    counting = true
                    cpu = Nanoseconds.threadCPU()
                }
                dispatch(now)
                if now >= end { stopped = true }
                if stopped, inFlight == 0 || now >= end + Self.drain { break }
                if exhausted { break }
                flush(now)
                let wake = min(nextTick, due?.time ?? .max, thinking.first?.time ?? .max, stopped ? .max : end)
                now = Nanoseconds.now()
                let wait = wake > now ? Int64(wake - now) : 0
                let ready = riffle_epoll_wait(epoll, events.baseAddress, Int32(Self.eventsPerWait), wait)
                now = Nanoseconds.now()
                guard ready > 0 else { continue }
                for position in 0..<Int(ready) {
                    guard let event = events.baseAddress.map({ $0 + position }) else { break }
                    let index = Int(riffle_epoll_token(event))
                    if position > 0 { now = Nanoseconds.now() }
                    handle(index, event.pointee.events, now)
                    dispatch(now)
                }
                sendReady()
            }
        }
        let stop = Nanoseconds.now()
        cpu = Nanoseconds.threadCPU() - cpu
        // What was still under way or waiting is part of the truth.
        for exchange in exchanges where exchange.isWaiting && exchange.planned >= measureFrom {
            recorder.fail(.unfinished, planned: stop - exchange.planned, raw: stop - min(exchange.sentAt, stop))
        }
        recorder.fail(.unsent, count: UInt64(backlog.count))
        publish()
        return Result(
            recorder: recorder, timeline: timeline, cpu: cpu, wall: max(min(stop, end) - min(measureFrom, stop), 1))
    }

    /// A schedule that ran dry, with nothing under way, ends the run early (a replay, a limit).
    private var exhausted: Bool {
        if stopped { return false }
        if measured >= quota { stopped = true }
        return plan.isOpen && due == nil && backlog.count == 0 && inFlight == 0
    }

    private func publish() {
        guard let progress else { return }
        var reading = Progress.Reading()
        reading.answered = recorder.answered
        reading.errors = recorder.errors
        reading.p99 = recorder.all.planned.totalCount == 0 ? 0 : recorder.all.planned.valueAtPercentile(99)
        let now = Nanoseconds.now()
        reading.done = min(Double(now - min(begin, now)) / Double(max(end - begin, 1)), 1)
        reading.hits = liveHits
        reading.others = liveOthers
        progress.publish(reading, from: phase)
    }

    // MARK: Sending

    private func advance() {
        let number = schedule?.upcoming ?? 0
        due = schedule?.next().map { (number, begin + $0) }
    }

    @inline(__always)
    private func dispatch(_ now: UInt64) {
        if let first = thinking.first, first.time <= now { wake(now) }
        guard let first = due, first.time <= now, !stopped else { return }
        dispatchDue(now)
    }

    /// Whether a request can go out from this seat.
    @inline(__always)
    private func carries(_ seat: Int) -> Bool {
        !exchanges[seat].isWaiting && connections[seat / seats].state == .open && connections[seat / seats].canCarry
    }

    /// Sends after the whole batch was read, so that a server that shares no core with us finds a batch too.
    @inline(__always)
    private func sendReady() {
        for seat in ready where !stopped && carries(seat) {
            let now = Nanoseconds.now()
            send(seat, number: 0, planned: now, now: now, freed: true)
        }
        ready.removeAll(keepingCapacity: true)
    }

    private func wake(_ now: UInt64) {
        while let next = thinking.first, next.time <= now {
            _ = thinking.pop()
            // A session whose connection was replaced meanwhile has already gone on.
            guard !stopped, exchanges[next.number].thinksUntil == next.time, carries(next.number) else { continue }
            send(next.number, number: 0, planned: next.time, now: now, freed: false)
        }
    }

    private func dispatchDue(_ now: UInt64) {
        while let next = due, next.time <= now, next.time < end {
            if let seat = idle.popLast() {
                send(seat, number: next.number, planned: next.time, now: now, freed: false)
            } else if backlog.count < Self.maxBacklog {
                backlog.push(next)
            } else {
                recorder.fail(.unsent)
            }
            advance()
        }
        if let next = due, next.time >= end { due = nil }
    }

    /// `freed` says that no seat was free before: the wait is then the server's, not the generator's.
    @inline(__always)
    private func send(_ seat: Int, number: Int, planned: UInt64, now: UInt64, freed: Bool) {
        let index = seat / seats
        let request = chooser.next(session: seat, planned: number)
        inFlight += 1
        exchanges[seat].isWaiting = true
        exchanges[seat].number = number
        exchanges[seat].planned = planned
        exchanges[seat].sentAt = now
        if planned >= measureFrom {
            if freed || !plan.isOpen { recorder.didSend() } else { recorder.didSend(late: now &- planned) }
        }
        guard let base = bytes.baseAddress else { return }
        let user = users.next(connection: index)
        if connections[index].http2 != nil {
            return ask(index, seat, request: request, user: user, from: base, scratch: scratch)
        }
        connections[index].start(bodiless: plan.requests.bodiless[request])
        let count = plan.requests.write(request, user: user, stream: 0, from: base, to: scratch)
        guard connections[index].write(scratch, count) else { return fail(index, .reset, now) }
        if connections[index].hasUnsent { watch(index, EPOLLIN.rawValue | EPOLLOUT.rawValue) }
    }

    func watch(_ index: Int, _ events: UInt32) {
        _ = riffle_epoll_set(epoll, EPOLL_CTL_MOD, connections[index].descriptor, events, UInt32(index))
    }

    /// The seat can carry a request: the longest-waiting one, or its own next one.
    @inline(__always)
    func free(_ seat: Int, _ now: UInt64) {
        if stopped { return }
        if plan.isOpen {
            if let waiting = backlog.pop() {
                send(seat, number: waiting.number, planned: waiting.time, now: now, freed: true)
            } else {
                idle.append(seat)
            }
        } else if measured >= quota {
            stopped = true
        } else if think == 0 {
            ready.append(seat)
        } else {
            exchanges[seat].thinksUntil = now + think
            thinking.push((seat, now + think))
        }
    }

    // MARK: Receiving

    @inline(__always)
    private func handle(_ index: Int, _ events: UInt32, _ now: UInt64) {
        switch connections[index].state {
        case .connecting:
            var error: Int32 = 0
            var length = socklen_t(MemoryLayout<Int32>.size)
            getsockopt(connections[index].descriptor, SOL_SOCKET, SO_ERROR, &error, &length)
            guard error == 0 else { return fail(index, .connect, now) }
            watch(index, EPOLLIN.rawValue)
            if connections[index].tls == nil { return established(index, now) }
            connections[index].state = .handshaking
            shake(index, now)
        case .handshaking: shake(index, now)
        case .settling, .open:
            if events & EPOLLOUT.rawValue != 0, !resume(index, now) { return }
            guard events & ~EPOLLOUT.rawValue != 0 else { return }
            if connections[index].http2 != nil {
                hear(index, now)
            } else if exchanges[index].isWaiting {
                receive(index, now)
            } else if connections[index].tls != nil {
                listen(index, now)
            } else {
                // Nothing was asked: the server closes a kept connection, which is its right.
                reopen(index, now)
            }
        case .closed: break
        }
    }

    /// The socket takes bytes again; false when it is broken.
    private func resume(_ index: Int, _ now: UInt64) -> Bool {
        guard connections[index].writeRest() else {
            fail(index, .reset, now)
            return false
        }
        if !connections[index].hasUnsent { watch(index, EPOLLIN.rawValue) }
        return true
    }

    private func shake(_ index: Int, _ now: UInt64) {
        guard let tls = connections[index].tls else { return fail(index, .connect, now) }
        switch tls.handshake() {
        case .done:
            watch(index, EPOLLIN.rawValue)
            guard plan.requests.version == .http1 || tls.speaksHTTP2 else { return fail(index, .tls, now) }
            established(index, now)
        case .wantsRead: watch(index, EPOLLIN.rawValue)
        case .wantsWrite: watch(index, EPOLLOUT.rawValue)
        case .failed: fail(index, .tls, now)
        }
    }

    private func established(_ index: Int, _ now: UInt64) {
        connections[index].retryDelay = 0
        if plan.requests.version == .http2 {
            connections[index].http2 = HTTP2Link(seats: seats, body: plan.requests.framedBody)
            connections[index].state = .settling
            queue(index)
        } else {
            connections[index].state = .open
            free(index, now)
        }
    }

    /// What an idle connection's TLS hears: session tickets, the end.
    private func listen(_ index: Int, _ now: UInt64) {
        switch connections[index].read(buffer) {
        case .again: return
        case .bytes, .closed, .failed: reopen(index, now)
        }
    }

    @inline(__always)
    private func receive(_ index: Int, _ now: UInt64) {
        while true {
            switch connections[index].read(buffer) {
            case .again: return
            case .failed: return fail(index, .reset, now)
            case .closed:
                if connections[index].endsAtClose { complete(index, now) } else { fail(index, .reset, now) }
                return
            case .bytes(let count):
                recorder.didRead(count)
                switch connections[index].feed(UnsafeRawBufferPointer(rebasing: buffer[0..<count])) {
                case .more: break
                case .complete: return complete(index, now)
                case .failed: return fail(index, .framing, now)
                }
            }
            // A TLS record at a time: the next may be there already.
            guard connections[index].tls != nil else { return }
        }
    }

    @inline(__always)
    private func complete(_ index: Int, _ now: UInt64) {
        answered(index, connections[index].label, status: connections[index].status, now)
        if connections[index].canCarry { free(index, now) } else { reopen(index, now) }
    }

    @inline(__always)
    func answered(_ seat: Int, _ label: OutcomeLabel, status: Int, _ now: UInt64) {
        inFlight -= 1
        exchanges[seat].isWaiting = false
        let planned = exchanges[seat].planned
        guard planned >= measureFrom else { return }
        recorder.answer(label, status: status, planned: now &- planned, raw: now &- exchanges[seat].sentAt)
        timeline.record(now &- planned, at: now)
        if progress != nil {
            let cell = Timeline.cell(now &- planned)
            if label.outcome == .hit || label.outcome == .stale { liveHits[cell] &+= 1 } else { liveOthers[cell] &+= 1 }
        }
        measured &+= 1
    }

    // MARK: Connections

    private func open(_ index: Int, now: UInt64) {
        let (descriptor, error) = plan.address.connect(blocking: false)
        guard descriptor >= 0, error == 0 else {
            recorder.fail(.connect)
            connections[index].close(retryAt: now + Self.maxRetryDelay / 10)
            return
        }
        let tls = plan.tls?.session(descriptor)
        guard plan.tls == nil || tls != nil else {
            recorder.fail(.connect)
            close(descriptor)
            connections[index].close(retryAt: now + Self.maxRetryDelay / 10)
            return
        }
        connections[index].opened(descriptor, tls: tls, now: now)
        _ = riffle_epoll_set(epoll, EPOLL_CTL_ADD, descriptor, EPOLLOUT.rawValue, UInt32(index))
    }

    func reopen(_ index: Int, _ now: UInt64) {
        drop(index)
        if !stopped { open(index, now: now) }
    }

    private func drop(_ index: Int) {
        if plan.isOpen { idle.removeAll { $0 / seats == index } }
        if connections[index].descriptor >= 0 { close(connections[index].descriptor) }
        connections[index].close(retryAt: .max)
    }

    func fail(_ index: Int, _ failure: Recorder.Failure, _ now: UInt64) {
        var wasAsked = false
        for seat in index * seats..<(index + 1) * seats where exchanges[seat].isWaiting {
            wasAsked = true
            lose(seat, failure, now)
        }
        if !wasAsked { recorder.fail(failure) }
        let delay = min(max(connections[index].retryDelay * 2, Self.tick / 10), Self.maxRetryDelay)
        drop(index)
        connections[index].retryDelay = delay
        connections[index].close(retryAt: now + delay)
    }

    /// A request gets no answer.
    func lose(_ seat: Int, _ failure: Recorder.Failure, _ now: UInt64) {
        inFlight -= 1
        exchanges[seat].isWaiting = false
        let exchange = exchanges[seat]
        guard exchange.planned >= measureFrom else { return }
        recorder.fail(failure, planned: now - exchange.planned, raw: now - exchange.sentAt)
    }

    /// Every tick: time out what waits too long, dial again what may.
    private func sweep(_ now: UInt64) {
        for index in connections.indices {
            switch connections[index].state {
            case .open:
                for seat in index * seats..<(index + 1) * seats
                where exchanges[seat].isWaiting && now > exchanges[seat].sentAt + plan.timeout {
                    if connections[index].http2 == nil { fail(index, .timeout, now) } else { giveUp(seat, now) }
                }
            case .connecting, .handshaking, .settling:
                if now > connections[index].openedAt + plan.timeout { fail(index, .connect, now) }
            case .closed: if !stopped && now >= connections[index].retryAt { open(index, now: now) }
            }
        }
    }
}
