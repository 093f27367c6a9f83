import NIOCore
import Synchronization

/// How many connections each client address has, where that is limited. Balancers that speak for many are not counted.
final class AddressCount: Sendable {
    private let limit: Int
    private let uncounted: [AddressRange]
    /// Bounded by the connections there are.
    private let counts = Mutex<[String: Int]>([:])

    /// nil when one address may have every connection.
    init?(_ settings: Settings) {
        guard let limit = settings.limits.connectionsPerAddress else { return nil }
        self.limit = limit
        uncounted = settings.proxyProtocolFrom
    }

    /// Counts a connection until its channel closes; false when its address has as many as it may.
    func admit(_ channel: any Channel) -> Bool {
        guard let address = channel.remoteAddress?.ipAddress, !uncounted.contains(where: { $0.contains(address) })
        else {
            return true
        }
        let isAdmitted = counts.withLock { counts in
            guard counts[address, default: 0] < limit else { return false }
            counts[address, default: 0] += 1
            return true
        }
        if isAdmitted { channel.closeFuture.whenComplete { [self] _ in release(address) } }
        return isAdmitted
    }

    private func release(_ address: String) {
        counts.withLock { counts in
            let left = counts[address, default: 1] - 1
            counts[address] = left > 0 ? left : nil
        }
    }
}
