import RiffleHTTP

/// What a request asks of caches (RFC 9111 §5.2.1), read from bytes: nearly every request asks nothing.
struct RequestDirectives {
    /// `no-cache`, `max-age=0` or `Pragma: no-cache`: the client wants the origin's present answer.
    private(set) var refresh = false
    private(set) var noStore = false
    private(set) var onlyIfCached = false
    /// A limit such as `min-fresh` is set: a stored entry is not served on its own freshness alone.
    private(set) var isUnusual = false

    @inline(__always)
    init(_ head: RequestHead, _ bytes: UnsafeRawBufferPointer) {
        guard head.has(.cacheControl) || head.has(.pragma) else { return }
        read(head, bytes)
    }

    private mutating func read(_ head: RequestHead, _ bytes: UnsafeRawBufferPointer) {
        for field in head.fields where field.known == .cacheControl {
            for directive in bytes[field.value.range].split(separator: UInt8(ascii: ",")) {
                let text = String(decoding: directive, as: UTF8.self).lowercased().filter { $0 != " " && $0 != "\t" }
                switch text {
                case "no-cache", "max-age=0": refresh = true
                case "no-store": noStore = true
                case "only-if-cached": onlyIfCached = true
                default:
                    let name = text.prefix { $0 != "=" }
                    if name == "max-age" || name == "min-fresh" { isUnusual = true }
                }
            }
        }
        if !head.has(.cacheControl), let pragma = head.value(.pragma) {
            let text = String(decoding: bytes[pragma.range], as: UTF8.self).lowercased()
            if text.contains("no-cache") { refresh = true }
        }
    }
}
