import NIOCore
import NIOHTTP1
import RiffleCache
import Synchronization

/// Wants nothing of an answer but its status; nil when there was none. Loop-confined.
final class HeadReader: OriginReceiver {
    var call: OriginCall?
    private var tell: ((Int?) -> Void)?

    init(_ tell: @escaping (Int?) -> Void) {
        self.tell = tell
    }

    func originHead(_ head: HTTPResponseHead) -> EventLoopFuture<Void>? {
        call?.cancel()
        finish(Int(head.status.code))
        return nil
    }

    func originPart(_ part: ByteBuffer) -> EventLoopFuture<Void>? { nil }
    func originEnd() { finish(nil) }
    func originFailed(_ failure: OriginFailure) { finish(nil) }

    private func finish(_ status: Int?) {
        let tell = self.tell
        self.tell = nil
        call = nil
        tell?(status)
    }
}

/// Whose questions are under way: one each, and not more than a number of them.
final class InFlight: Sendable {
    private let maximum: Int
    private let running = Mutex<Set<PrincipalID>>([])

    init(maximum: Int) {
        self.maximum = maximum
    }

    func begin(_ principal: PrincipalID) -> Bool {
        running.withLock { running in
            guard running.count < maximum else { return false }
            return running.insert(principal).inserted
        }
    }

    func end(_ principal: PrincipalID) {
        running.withLock { _ = $0.remove(principal) }
    }
}
