import NIOCore
import RiffleCache
import Testing

@testable import RiffleRedis

@Suite("State machines of the Redis tier, without sockets")
struct MachineTests {
    @Test("a probe closes the breaker only when nothing failed since it was sent")
    func breaker() {
        let breaker = Breaker()
        let first = breaker.state
        breaker.fail()
        #expect(!breaker.prove(first))
        #expect(breaker.isOpen)
        #expect(breaker.prove(breaker.state))
        #expect(!breaker.isOpen)
        #expect(breaker.fail())
        #expect(!breaker.fail())
    }

    @Test("what an earlier attempt still reports is ignored")
    func attempts() {
        var machine = LinkMachine()
        #expect(machine.start() == .connect(attempt: 1))
        guard case .retry(_, wasUp: false) = machine.failed(attempt: 1, scatter: 0) else {
            Issue.record("no retry")
            return
        }
        #expect(machine.failed(attempt: 1, scatter: 0) == .none)
        #expect(machine.retryDue() == .connect(attempt: 2))
        #expect(machine.connected(attempt: 1) == .close)
        #expect(machine.connected(attempt: 2) == .greet)
        #expect(machine.greeted(attempt: 2) == .announceUp)
        #expect(machine.failed(attempt: 1, scatter: 0) == .none)
        guard case .retry(_, wasUp: true) = machine.failed(attempt: 2, scatter: 0) else {
            Issue.record("no retry")
            return
        }
        #expect(machine.stop() == .close)
        #expect(machine.retryDue() == .none)
    }

    @Test("waits double up to their bound")
    func backoff() {
        var backoff = Backoff()
        let waits = (0..<9).map { _ in backoff.next(scatter: 1) }
        #expect(waits.first == .milliseconds(50))
        #expect(waits.last == Backoff.longest)
        backoff.succeeded()
        #expect(backoff.next(scatter: 0) == .milliseconds(25))
    }

    @Test("replies belong to the oldest command, and the queue is bounded")
    func pending() {
        var pending = PendingReplies<Int>()
        for number in 0..<PendingReplies<Int>.maximumCommands {
            #expect(pending.append(number, bytes: 1, deadline: .uptimeNanoseconds(UInt64(9_999 - number))) == true)
        }
        #expect(pending.append(-1, bytes: 1, deadline: .now()) == false)
        #expect(pending.popFirst() == 0)
        #expect(pending.earliestDeadline == .uptimeNanoseconds(9_999 - 1_023))
        #expect(pending.drain().count == 1_023)
        #expect(pending.popFirst() == nil)
        #expect(pending.append(0, bytes: PendingReplies<Int>.maximumBytes + 1, deadline: .now()) == false)
    }

    @Test("acknowledgements may come before it is known how many are due, and count once a riffle")
    func acknowledgements() {
        var acks = AckCollector<String>()
        #expect(acks.open(1, "waiter") == true)
        #expect(acks.acknowledged(1, by: 7) == nil)
        #expect(acks.acknowledged(1, by: 7) == nil)
        #expect(acks.published(1, receivers: 2) == nil)
        #expect(acks.acknowledged(1, by: 8)?.acknowledged == 2)
        #expect(acks.expire(1) == nil)
        #expect(acks.acknowledged(2, by: 8) == nil)
    }

    @Test("an entry is void when a folder above it changed after its fill began, and what is forgotten voids more")
    func subtrees() {
        var log = SubtreeLog()
        let above = FolderID(Hash128(high: 1, low: 1))
        log.record(.subtree(above), at: 100)
        #expect(log.voids(fillBegan: 100) { [above] })
        #expect(!log.voids(fillBegan: 101) { [above] })
        #expect(!log.voids(fillBegan: 1) { [FolderID(Hash128(high: 2, low: 2))] })
        for number in 0...SubtreeLog.maximumMembers {
            log.record(.subtree(FolderID(Hash128(high: 3, low: UInt64(number)))), at: UInt64(200 + number))
        }
        #expect(log.count <= SubtreeLog.maximumMembers)
        #expect(log.voids(fillBegan: 100) { [] })
        let understood = log.merge(member: "nonsense", at: 1)
        #expect(!understood)
    }

    @Test("a backlog is sent by one at a time and kept when that fails")
    func backlog() {
        var backlog = Backlog()
        let folder = FolderChange.folder(FolderID(Hash128(high: 1, low: 1)))
        backlog.add([folder])
        let taken = backlog.take()
        #expect(taken == [folder])
        #expect(!backlog.isClear)
        #expect(backlog.take() == nil)
        backlog.sent([folder], succeeded: false)
        #expect(backlog.take() == [folder])
        backlog.sent([folder], succeeded: true)
        #expect(backlog.isClear)
        backlog.add((0...UInt64(Backlog.maximumChanges)).map { .folder(FolderID(Hash128(high: 5, low: $0))) })
        #expect(backlog.take() == [.everything])
    }
}
