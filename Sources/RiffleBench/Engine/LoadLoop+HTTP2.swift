import CEpoll

/// The loop's part that is HTTP/2: several requests under way on one connection, frames that leave together.
extension LoadLoop {
    /// What is written to a connection waits here until all that was due is put together.
    func queue(_ index: Int) {
        guard !connections[index].isQueued else { return }
        connections[index].isQueued = true
        queued.append(index)
    }

    func flush(_ now: UInt64) {
        guard !queued.isEmpty else { return }
        for index in queued {
            connections[index].isQueued = false
            guard connections[index].http2 != nil else { continue }
            guard connections[index].flush() else {
                fail(index, .reset, now)
                continue
            }
            if connections[index].hasUnsent { watch(index, EPOLLIN.rawValue | EPOLLOUT.rawValue) }
        }
        queued.removeAll(keepingCapacity: true)
    }

    func ask(
        _ index: Int, _ seat: Int, request: Int, user: Int, from base: UnsafeMutableRawPointer,
        scratch: UnsafeMutableRawPointer
    ) {
        guard let begun = connections[index].http2?.begin(seat: seat % seats) else { return }
        let count = plan.requests.write(
            request, user: user, stream: begun.stream, carriesBody: begun.carriesBody, from: base, to: scratch)
        connections[index].enqueue(scratch, count)
        queue(index)
    }

    /// Something came, whether or not anything was asked.
    func hear(_ index: Int, _ now: UInt64) {
        while true {
            switch connections[index].read(buffer) {
            case .again: return
            case .failed: return ended(index, now)
            case .closed: return ended(index, now)
            case .bytes(let count):
                recorder.didRead(count)
                let bytes = UnsafeRawBufferPointer(rebasing: buffer[0..<count])
                guard connections[index].http2?.feed(bytes) == true else { return fail(index, .framing, now) }
                guard settle(index, now) else { return }
                queue(index)
            }
            // A TLS record at a time: the next may be there already.
            guard connections[index].tls != nil else { return }
        }
    }

    /// The peer has closed: its right while nothing is asked.
    private func ended(_ index: Int, _ now: UInt64) {
        if connections[index].state == .open, connections[index].http2?.underWay == 0 {
            reopen(index, now)
        } else {
            fail(index, .reset, now)
        }
    }

    /// Acts on what a connection has learnt; false when it is not there any more.
    private func settle(_ index: Int, _ now: UInt64) -> Bool {
        if connections[index].state == .settling, let allowed = connections[index].http2?.allowed {
            guard allowed > 0 else {
                fail(index, .connect, now)
                return false
            }
            connections[index].state = .open
            for seat in index * seats..<index * seats + allowed { free(seat, now) }
        }
        connections[index].http2?.takeEndings(into: &endings)
        let canCarry = connections[index].canCarry
        for ending in endings {
            let seat = index * seats + ending.seat
            switch ending.fate {
            case .answered: answered(seat, ending.label, status: ending.status, now)
            case .reset: lose(seat, .reset, now)
            case .unprocessed: takeBack(seat)
            }
            if canCarry { free(seat, now) }
        }
        guard !canCarry else { return true }
        // It finishes what is under way and is replaced.
        if plan.isOpen { idle.removeAll { $0 / seats == index } }
        guard connections[index].http2?.underWay == 0 else { return true }
        reopen(index, now)
        return false
    }

    /// A request the peer never began with: it is asked again, by its old time where it has one.
    private func takeBack(_ seat: Int) {
        inFlight -= 1
        exchanges[seat].isWaiting = false
        if plan.isOpen { backlog.push((exchanges[seat].number, exchanges[seat].planned)) }
    }

    /// The others on the connection are not to suffer for one that takes too long.
    func giveUp(_ seat: Int, _ now: UInt64) {
        let index = seat / seats
        connections[index].http2?.cancel(seat: seat % seats)
        queue(index)
        lose(seat, .timeout, now)
        if connections[index].canCarry {
            free(seat, now)
        } else if connections[index].http2?.underWay == 0 {
            reopen(index, now)
        }
    }
}
