/// Finds the end of one response in a stream of bytes, strictly by its framing (RFC 9112 §6), without allocating.
///
/// The caller gives whole heads to `head(...)` and body bytes to `body(...)`; it keeps partial heads itself.
package struct ResponseScanner: Sendable {
    package enum Failure: Error, Equatable {
        case statusLine
        case fieldLine
        case contentLength
        case transferEncoding
        case chunk
    }

    package enum Progress: Equatable {
        /// More bytes are needed.
        case more
        /// The response ended after so many of the bytes given.
        case complete(Int)
        case failed(Failure)
    }

    private enum Body: Equatable {
        case none
        case counted(Int)
        case chunked(Chunk)
        case untilClose
    }

    private enum Chunk: Equatable {
        case size(Int, digits: Int)
        case afterSize(Int)
        case sizeLF(Int)
        case data(Int)
        case dataCR
        case dataLF
        case trailerStart
        case trailer
        case trailerLF
        case endLF
    }

    package private(set) var status = 0
    /// Whether the connection can carry another request after this response.
    package private(set) var keepsAlive = true
    /// Where the value of the last Cache-Status field stands in the head; empty when there is none.
    package private(set) var cacheStatus = 0..<0
    private var state = Body.none

    package init() {}

    /// A response without length ends when its connection does.
    package var endsAtClose: Bool { state == .untilClose }

    /// Length of the head that starts at `start`, including its empty line; nil while it is not all there.
    @inline(__always)
    package static func headEnd(_ bytes: UnsafeRawBufferPointer, from start: Int) -> Int? {
        var index = start
        while let feed = ByteSearch.first(0x0A, in: bytes, from: index) {
            if feed + 2 < bytes.count, bytes[feed + 1] == 0x0D, bytes[feed + 2] == 0x0A { return feed + 3 }
            index = feed + 1
        }
        return nil
    }

    /// Reads a complete head `start..<end`. `bodiless` says that the request was a HEAD.
    package mutating func head(
        _ bytes: UnsafeRawBufferPointer, from start: Int, to end: Int, bodiless: Bool
    ) -> Failure? {
        cacheStatus = 0..<0
        // "HTTP/1.x SP 3DIGIT SP"
        guard end - start >= 15, Self.prefix.allSatisfied(by: bytes, at: start),
            bytes[start + 7] == 0x30 || bytes[start + 7] == 0x31, bytes[start + 8] == 0x20
        else { return .statusLine }
        var code = 0
        for offset in 9..<12 {
            let digit = bytes[start + offset]
            guard digit >= 0x30, digit <= 0x39 else { return .statusLine }
            code = code * 10 + Int(digit - 0x30)
        }
        guard code >= 100, bytes[start + 12] == 0x20 || bytes[start + 12] == 0x0D else { return .statusLine }
        status = code
        keepsAlive = bytes[start + 7] == 0x31

        var length: Int?
        var chunked = false
        var otherCoding = false
        guard var index = ByteSearch.first(0x0A, in: bytes, from: start).map({ $0 + 1 }) else { return .statusLine }
        while index < end - 2 {
            guard let feed = ByteSearch.first(0x0A, in: bytes, from: index), feed < end, bytes[feed - 1] == 0x0D else {
                return .fieldLine
            }
            let line = index..<(feed - 1)
            index = feed + 1
            switch bytes[line.lowerBound] | 0x20 {
            case 0x63:  // c
                if let value = FieldLine.value(of: "content-length", bytes, line) {
                    guard let number = FieldLine.number(bytes, value), length == nil || length == number else {
                        return .contentLength
                    }
                    length = number
                } else if let value = FieldLine.value(of: "cache-status", bytes, line) {
                    cacheStatus = value
                } else if let value = FieldLine.value(of: "connection", bytes, line) {
                    if FieldLine.contains("close", bytes, value) { keepsAlive = false }
                    if FieldLine.contains("keep-alive", bytes, value) { keepsAlive = true }
                }
            case 0x74:  // t
                if let value = FieldLine.value(of: "transfer-encoding", bytes, line) {
                    if FieldLine.equals("chunked", bytes, value) { chunked = true } else { otherCoding = true }
                }
            default: break
            }
        }
        if otherCoding || (chunked && length != nil) { return .transferEncoding }
        if bodiless || code == 204 || code == 304 || code < 200 {
            state = .none
        } else if chunked {
            state = .chunked(.size(0, digits: 0))
        } else if let length {
            state = length == 0 ? .none : .counted(length)
        } else {
            state = .untilClose
            keepsAlive = false
        }
        return nil
    }

    /// Consumes body bytes `start..<bytes.count`; `.complete(n)` counts from the beginning of `bytes`.
    @inline(__always)
    package mutating func body(_ bytes: UnsafeRawBufferPointer, from start: Int) -> Progress {
        switch state {
        case .none: return .complete(start)
        case .untilClose: return .more
        case .counted(let left):
            let here = bytes.count - start
            if here >= left {
                state = .none
                return .complete(start + left)
            }
            state = .counted(left - here)
            return .more
        case .chunked(let chunk): return chunks(chunk, bytes, from: start)
        }
    }

    private mutating func chunks(_ from: Chunk, _ bytes: UnsafeRawBufferPointer, from start: Int) -> Progress {
        var chunk = from
        var index = start
        while index < bytes.count {
            let byte = bytes[index]
            switch chunk {
            case .size(let size, let digits):
                if let digit = Self.hex(byte) {
                    guard digits < Self.maxChunkDigits else { return .failed(.chunk) }
                    chunk = .size(size << 4 | digit, digits: digits + 1)
                } else {
                    guard digits > 0 else { return .failed(.chunk) }
                    switch byte {
                    case 0x0D: chunk = .sizeLF(size)
                    case 0x3B, 0x20, 0x09: chunk = .afterSize(size)
                    default: return .failed(.chunk)
                    }
                }
                index += 1
            case .afterSize(let size):
                if byte == 0x0D { chunk = .sizeLF(size) }
                index += 1
            case .sizeLF(let size):
                guard byte == 0x0A else { return .failed(.chunk) }
                chunk = size == 0 ? .trailerStart : .data(size)
                index += 1
            case .data(let left):
                let here = min(left, bytes.count - index)
                index += here
                chunk = here == left ? .dataCR : .data(left - here)
            case .dataCR:
                guard byte == 0x0D else { return .failed(.chunk) }
                chunk = .dataLF
                index += 1
            case .dataLF:
                guard byte == 0x0A else { return .failed(.chunk) }
                chunk = .size(0, digits: 0)
                index += 1
            case .trailerStart:
                chunk = byte == 0x0D ? .endLF : .trailer
                index += 1
            case .trailer:
                if byte == 0x0D { chunk = .trailerLF }
                index += 1
            case .trailerLF:
                guard byte == 0x0A else { return .failed(.chunk) }
                chunk = .trailerStart
                index += 1
            case .endLF:
                guard byte == 0x0A else { return .failed(.chunk) }
                state = .none
                return .complete(index + 1)
            }
        }
        state = .chunked(chunk)
        return .more
    }

    /// More hexadecimal digits than this name a chunk no one sends.
    private static let maxChunkDigits = 12
    private static let prefix = StaticPrefix("HTTP/1.")

    private static func hex(_ byte: UInt8) -> Int? {
        switch byte {
        case 0x30...0x39: Int(byte - 0x30)
        case 0x41...0x46: Int(byte - 0x37)
        case 0x61...0x66: Int(byte - 0x57)
        default: nil
        }
    }
}
