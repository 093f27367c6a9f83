/// How many bytes of body may be sent on a stream or the connection (RFC 9113 §6.9).
package struct SendWindow: Sendable {
    private static let largest = 0x7FFF_FFFF

    /// Less than zero after the peer has made its windows smaller (§6.9.2).
    package private(set) var room: Int

    package init(_ room: Int = 65_535) {
        self.room = room
    }

    @inlinable
    package mutating func take(_ bytes: Int) { spend(bytes) }

    @usableFromInline
    mutating func spend(_ bytes: Int) { room -= bytes }

    /// - Returns: false when it grows beyond what a window can be.
    package mutating func grow(by increment: Int) -> Bool {
        room += increment
        return room <= Self.largest
    }
}

/// How much body the peer may still send, and when it is worth giving it room again.
package struct ReceiveWindow: Sendable {
    private let size: Int
    /// Received and not yet given back.
    private var used = 0
    private var consumed = 0

    package init(size: Int) {
        self.size = size
    }

    /// - Returns: false when the peer sent more than it may.
    package mutating func receive(_ bytes: Int) -> Bool {
        used += bytes
        return used <= size
    }

    /// Counts bytes that were dealt with.
    ///
    /// - Returns: the increment to send, nil while less than half of the window is used up.
    package mutating func consume(_ bytes: Int) -> Int? {
        consumed += bytes
        guard consumed >= size / 2 else { return nil }
        defer { consumed = 0 }
        used -= consumed
        return consumed
    }
}
