import NIOCore
import NIOHTTP1
import RiffleCache
import RiffleListings
import Synchronization

/// What goes on after the answer to a write: copies in the background, uploads that go past riffle. Their folders are
/// voided time and again until they are done.
///
/// Bounded in number and in time; past ``maximum`` a new one is not watched, and its folders are left to their TTL.
final class FollowUps: Sendable {
    static let maximum = 1_024
    private static let firstPause = TimeAmount.milliseconds(200)
    private static let longestPause = TimeAmount.seconds(5)
    /// A monitor is given up after so long, milliseconds.
    private static let longestWatch: Int64 = 3_600_000
    private static let answerLimit = 64 << 10

    private let running = Atomic<Int>(0)

    var count: Int { running.load(ordering: .relaxed) }

    func begin(_ followUp: FollowUp, gateway: Gateway, loop: any EventLoop) {
        guard running.add(1, ordering: .relaxed).newValue <= Self.maximum else {
            running.subtract(1, ordering: .relaxed)
            return
        }
        let now = gateway.clock.milliseconds()
        switch followUp {
        case .monitor(let url, let effects):
            let work = Work(effects: effects, monitor: url, end: now + Self.longestWatch, gateway: gateway, loop: loop)
            again(work, after: Self.firstPause)
        case .repeat(let effects, let time), .upload(_, let effects, let time):
            let end = now + min(max(0, time), Self.longestWatch)
            again(Work(effects: effects, monitor: nil, end: end, gateway: gateway, loop: loop), after: Self.firstPause)
        }
    }

    private struct Work {
        let effects: [FolderEffect]
        let monitor: String?
        let end: Int64
        let gateway: Gateway
        let loop: any EventLoop
    }

    private func again(_ work: Work, after pause: TimeAmount) {
        work.loop.assumeIsolated().scheduleTask(in: pause) { self.look(work, pause) }
    }

    private func look(_ work: Work, _ pause: TimeAmount) {
        let gateway = work.gateway
        guard !gateway.draining.load(ordering: .relaxed) else { return ended() }
        guard let monitor = work.monitor else { return step(work, pause, isDone: false) }
        let request = gateway.fields.monitor(monitor)
        guard let request else { return step(work, pause, isDone: false) }
        let gatherer = AnswerGatherer(limit: Self.answerLimit) { [self] head, body in
            let answer = head.map { WriteAnswer($0, body: body) }
            step(work, pause, isDone: answer.map(MonitorRules.isDone) ?? false)
        }
        gateway.origin.send(request, to: gatherer, on: work.loop)
    }

    private func step(_ work: Work, _ pause: TimeAmount, isDone: Bool) {
        let gateway = work.gateway
        let changes = work.effects.map { FolderChange($0, naming: gateway.naming) }
        _ = gateway.invalidate(changes, on: work.loop)
        if isDone || gateway.clock.milliseconds() >= work.end { return ended() }
        again(work, after: min(pause + pause / 2, Self.longestPause))
    }

    private func ended() {
        running.subtract(1, ordering: .relaxed)
    }
}

extension TimeAmount {
    fileprivate static func / (left: TimeAmount, right: Int64) -> TimeAmount { .nanoseconds(left.nanoseconds / right) }
}
