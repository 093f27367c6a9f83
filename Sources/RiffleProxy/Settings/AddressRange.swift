import Glibc

/// Addresses an operator names: one address, a block such as `10.0.0.0/8`, or `unix` for whoever comes by a unix socket.
package struct AddressRange: Sendable, Equatable {
    private let bytes: [UInt8]
    private let prefix: Int

    package init?(_ text: String) {
        if text == "unix" {
            bytes = []
            prefix = 0
            return
        }
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard let bytes = Self.bytes(of: parts[0]) else { return nil }
        self.bytes = bytes
        if parts.count == 1 {
            prefix = bytes.count * 8
        } else {
            guard let given = Int(parts[1]), (0...bytes.count * 8).contains(given) else { return nil }
            prefix = given
        }
    }

    /// - Parameter address: an IP address, nil for a unix socket.
    package func contains(_ address: String?) -> Bool {
        guard let address else { return bytes.isEmpty }
        guard let other = Self.bytes(of: address), other.count == bytes.count else { return false }
        let whole = prefix / 8
        guard other.prefix(whole) == bytes.prefix(whole) else { return false }
        guard prefix % 8 > 0 else { return true }
        let mask = UInt8(truncatingIfNeeded: 0xFF00 >> (prefix % 8))
        return other[whole] & mask == bytes[whole] & mask
    }

    private static func bytes(of address: String) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: 16)
        if inet_pton(AF_INET, address, &bytes) == 1 { return Array(bytes.prefix(4)) }
        guard inet_pton(AF_INET6, address, &bytes) == 1 else { return nil }
        // An IPv4 client of a listener for both families (RFC 4291 §2.5.5.2).
        let isMapped = bytes.prefix(10).allSatisfy { $0 == 0 } && bytes[10] == 0xFF && bytes[11] == 0xFF
        return isMapped ? Array(bytes.suffix(4)) : bytes
    }
}
