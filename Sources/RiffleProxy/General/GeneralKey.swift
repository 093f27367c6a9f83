import RiffleCache
import RiffleHTTP

/// Keys of responses that are no listings: the target exactly as sent, the host it was sent to, whose eyes it was for
/// and, where the response varies, the variant.
///
/// Paths that servers could read differently are simply different keys. The folder of such a key is its own target, so
/// that a write reaches it under that name and through every folder above it.
enum GeneralKey {
    /// First byte of the form; no dialect uses it.
    static let tag = UInt8(ascii: "G")
    private static let variantTag = UInt8(ascii: "V")
    /// Bytes of a target or host that may be a key.
    static let maximumTarget = 8_192
    static let maximumHost = 512

    static func isGeneral(_ key: CacheKey) -> Bool { key.form.first == tag }

    /// The key under which a response without `Vary`, or the index of its variants, is kept.
    static func primary(target: some Collection<UInt8>, host: some Collection<UInt8>, principal: PrincipalID)
        -> CacheKey
    {
        CacheKey(path: target, principal: principal, form: [tag] + host.map(lowered))
    }

    /// The same key for the target and host of a request, without a copy of either.
    ///
    /// - Parameter key: replaced; no allocation when it has room.
    /// - Returns: false when the request is too large to have one.
    static func write(
        _ head: RequestHead, _ bytes: UnsafeRawBufferPointer, _ principal: PrincipalID, into key: inout [UInt8]
    ) -> Bool {
        let host = head.value(.host)?.range ?? 0..<0
        // An absolute target without a path asks for the root.
        let path = UnsafeRawBufferPointer(rebasing: bytes[head.path.range])
        let pathLength = max(1, path.count)
        let targetLength = pathLength + (head.hasQuery ? 1 + head.query.count : 0)
        guard targetLength <= maximumTarget, host.count <= maximumHost else { return false }
        CacheKey.begin(&key, pathLength: targetLength)
        if path.isEmpty { key.append(UInt8(ascii: "/")) }
        key.append(contentsOf: path)
        if head.hasQuery {
            key.append(UInt8(ascii: "?"))
            key.append(contentsOf: UnsafeRawBufferPointer(rebasing: bytes[head.query.range]))
        }
        CacheKey.append(principal, to: &key)
        key.append(tag)
        for byte in UnsafeRawBufferPointer(rebasing: bytes[host]) { key.append(lowered(byte)) }
        return true
    }

    /// The name of a host has no case (RFC 9110 §4.2.3).
    @inline(__always)
    private static func lowered(_ byte: UInt8) -> UInt8 {
        byte >= 0x41 && byte <= 0x5A ? byte | 0x20 : byte
    }

    /// The key of one variant: the primary key, and a keyed hash of the selecting fields, which may hold credentials.
    static func variant(of primary: CacheKey, _ variant: Hash128) -> CacheKey {
        // A host never holds a zero byte, so no host and variant spell another host.
        var form = Array(primary.form)
        form += [0, variantTag]
        for word in [variant.high, variant.low] {
            for shift in stride(from: 0, to: 64, by: 8) {
                form.append(UInt8(truncatingIfNeeded: word >> UInt64(shift)))
            }
        }
        return CacheKey(path: primary.path, principal: primary.principal, form: form)
    }

    /// The key without the variant.
    static func primary(of key: CacheKey) -> CacheKey {
        CacheKey(path: key.path, principal: key.principal, form: key.form.prefix { $0 != 0 })
    }

    static func hash(_ key: CacheKey) -> UInt64 {
        key.bytes.withUnsafeBytes { MemoryTier.hash($0) }
    }
}
