/// The full key of an entry: every field length-prefixed, so that no two requests with different fields share bytes.
///
/// Layout: path length (4 bytes, little-endian) ‖ canonical folder path ‖ principal (16 bytes) ‖ form. It is stored with
/// the value and compared byte for byte on every read, from either tier.
package struct CacheKey: Hashable, Sendable {
    package let bytes: [UInt8]

    /// Bytes in front of the path.
    package static let prefixLength = 4
    /// Bytes of the principal behind the path.
    package static let principalLength = 16

    package init(path: some Collection<UInt8>, principal: PrincipalID, form: some Collection<UInt8>) {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Self.prefixLength + path.count + Self.principalLength + form.count)
        Self.begin(&bytes, pathLength: path.count)
        bytes.append(contentsOf: path)
        Self.append(principal, to: &bytes)
        bytes.append(contentsOf: form)
        self.bytes = bytes
    }

    /// Replaces `bytes` by what stands in front of the path.
    package static func begin(_ bytes: inout [UInt8], pathLength: Int) {
        bytes.removeAll(keepingCapacity: true)
        append(UInt64(UInt32(truncatingIfNeeded: pathLength)), count: prefixLength, to: &bytes)
    }

    /// Appends what stands behind the path.
    package static func append(_ principal: PrincipalID, to bytes: inout [UInt8]) {
        append(principal.hash.low, count: 8, to: &bytes)
        append(principal.hash.high, count: 8, to: &bytes)
    }

    private static func append(_ word: UInt64, count: Int, to bytes: inout [UInt8]) {
        withUnsafeBytes(of: word.littleEndian) { bytes.append(contentsOf: $0.prefix(count)) }
    }

    package init(copying bytes: UnsafeRawBufferPointer) {
        self.bytes = Array(bytes)
    }

    /// Reads a key back from the Redis tier; nil unless the lengths inside agree with the whole.
    package init?(validating bytes: [UInt8]) {
        guard bytes.count >= Self.prefixLength + Self.principalLength,
            Self.pathLength(bytes) <= bytes.count - Self.prefixLength - Self.principalLength
        else { return nil }
        self.bytes = bytes
    }

    /// The canonical path of the folder, ending in `/`.
    package var path: ArraySlice<UInt8> {
        bytes[Self.prefixLength..<Self.prefixLength + Self.pathLength(bytes)]
    }

    /// Everything else that tells requests for the folder apart.
    package var form: ArraySlice<UInt8> {
        bytes[(Self.prefixLength + Self.pathLength(bytes) + Self.principalLength)...]
    }

    package var principal: PrincipalID { bytes.withUnsafeBytes { Self.principal(of: $0) } }

    /// The same request of another principal.
    package func moved(to principal: PrincipalID) -> CacheKey {
        CacheKey(path: path, principal: principal, form: form)
    }

    /// The first byte of the form, which tells what kind of entry it is, read in place; nil for an empty form.
    static func formTag(of key: UnsafeRawBufferPointer) -> UInt8? {
        let start = prefixLength + pathLength(key) + principalLength
        return start < key.count ? key[start] : nil
    }

    static func path(of key: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: key[prefixLength..<prefixLength + pathLength(key)])
    }

    /// Reads the principal out of a key's bytes.
    static func principal(of key: UnsafeRawBufferPointer) -> PrincipalID {
        let start = prefixLength + pathLength(key)
        func word(_ offset: Int) -> UInt64 {
            UInt64(littleEndian: key.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
        }
        return PrincipalID(Hash128(high: word(start + 8), low: word(start)))
    }

    private static func pathLength(_ bytes: [UInt8]) -> Int {
        bytes.withUnsafeBytes { pathLength($0) }
    }

    private static func pathLength(_ bytes: UnsafeRawBufferPointer) -> Int {
        Int(UInt32(littleEndian: bytes.loadUnaligned(as: UInt32.self)))
    }
}
