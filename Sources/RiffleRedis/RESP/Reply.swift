import NIOCore

/// One reply of the server (RESP2). Bytes stay bytes: a sealed entry is never read as text.
enum Reply: Sendable, Equatable {
    case status(String)
    case bytes(ByteBuffer)
    case integer(Int64)
    case null
    case array([Reply])
    /// What the server said went wrong, beginning with its code (`NOSCRIPT`, `OOM`, `LOADING` …).
    case error(String)

    /// The text of a status or short string; nil for anything else.
    var text: String? {
        switch self {
        case .status(let text): text
        case .bytes(let buffer): String(buffer: buffer)
        default: nil
        }
    }

    var bytes: [UInt8]? {
        guard case .bytes(let buffer) = self else { return nil }
        return Array(buffer.readableBytesView)
    }

    /// An integer, or the decimal text of one: Lua numbers lose their precision, so scripts return large ones as text.
    var number: Int64? {
        if case .integer(let value) = self { return value }
        return text.flatMap { Int64($0) }
    }

    var isMissingScript: Bool {
        guard case .error(let message) = self else { return false }
        return message.hasPrefix("NOSCRIPT")
    }
}
