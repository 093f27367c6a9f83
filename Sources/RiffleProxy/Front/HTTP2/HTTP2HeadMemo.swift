import Glibc
import RiffleHTTP

/// The header blocks of stored heads lately sent over HTTP/2: making one takes a look at every byte of the head, and a
/// folder that is opened is opened again.
///
/// Direct-mapped, and compared by the very bytes of the head, so that it can never give another entry's. Confined to its
/// loop.
struct HTTP2HeadMemo {
    /// Heads remembered by each loop.
    private static let slots = 256
    /// Longer heads are read anew each time.
    private static let longest = 4_096

    private struct Slot {
        var head: [UInt8] = []
        var block: [UInt8] = []
    }

    private var table = [Slot](repeating: Slot(), count: slots)

    /// - Parameter hash: of the entry the head belongs to.
    /// - Returns: nil when the head cannot be said in HTTP/2.
    mutating func block(of head: UnsafeRawBufferPointer, hash: UInt64) -> [UInt8]? {
        let place = Int(truncatingIfNeeded: hash) & (Self.slots - 1)
        if table[place].head.withUnsafeBytes({ Self.isEqual($0, head) }) { return table[place].block }
        guard let block = HTTP2Fields(image: head).block else { return nil }
        if head.count <= Self.longest { table[place] = Slot(head: Array(head), block: block) }
        return block
    }

    private static func isEqual(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Bool {
        guard left.count == right.count, let left = left.baseAddress, let start = right.baseAddress else {
            return false
        }
        return memcmp(left, start, right.count) == 0
    }
}
