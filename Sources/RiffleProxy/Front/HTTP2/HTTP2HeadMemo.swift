import Glibc
import NIOHPACK
import RiffleHTTP

/// The header lists of stored heads lately sent over HTTP/2: making one takes a string for each field, and a folder that is
/// opened is opened again.
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
        var headers = HPACKHeaders()
    }

    private var table = [Slot](repeating: Slot(), count: slots)

    /// - Parameter hash: of the entry the head belongs to.
    mutating func headers(of head: UnsafeRawBufferPointer, hash: UInt64) -> HPACKHeaders {
        let place = Int(truncatingIfNeeded: hash) & (Self.slots - 1)
        if table[place].head.withUnsafeBytes({ Self.isEqual($0, head) }) { return table[place].headers }
        let headers = HTTP2Fields.of(head)
        if head.count <= Self.longest { table[place] = Slot(head: Array(head), headers: headers) }
        return headers
    }

    private static func isEqual(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Bool {
        guard left.count == right.count, let left = left.baseAddress, let start = right.baseAddress else {
            return false
        }
        return memcmp(left, start, right.count) == 0
    }
}
