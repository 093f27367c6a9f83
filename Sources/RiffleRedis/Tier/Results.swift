import RiffleCache

package enum RedisRead: Sendable {
    case entry(Entry)
    case miss
    /// The value did not open, or was another key's: a miss that is counted.
    case corrupt
    case timeout
    case down
}

package enum RedisLease: Sendable {
    case taken(LeaseToken)
    /// Another riffle is filling it.
    case held
    case timeout
    case down
}

/// The right to store one entry, as long as nothing changes meanwhile.
package struct LeaseToken: Sendable {
    package let folder: FolderID
    package let entry: EntryID
    let token: String
    /// The whole of `g` when the lease was taken.
    let generation: [UInt8]
    /// Microseconds of the server when the lease was taken.
    let beganAt: UInt64

    /// The part before the dot, which a stored entry carries.
    var filledUnder: [UInt8] { Array(generation.prefix { $0 != UInt8(ascii: ".") }) }
}

/// What became of an invalidation beyond this process.
package struct InvalidationReceipt: Sendable, Equatable {
    /// Redis has it; when false it is kept and sent before Redis is used again.
    package var stored: Bool
    /// Riffles that listened, this one included.
    package var receivers: Int
    /// Of those, how many have applied it.
    package var acknowledged: Int

    package var isComplete: Bool { stored && acknowledged >= receivers }

    package static let none = InvalidationReceipt(stored: true, receivers: 0, acknowledged: 0)
}

/// The bond with the other riffles, as the proxy must know it.
package enum RedisLinkChange: Sendable, Equatable {
    /// Changes of other riffles arrive again. `peers`: other riffles that listen now.
    case linked(peers: Int)
    /// Changes of other riffles may be missed from now on: cap lives. `peers`: others that listened when last counted.
    case lost(peers: Int)
    /// Changes may have been missed: everything filled before now is void.
    case gap
}
