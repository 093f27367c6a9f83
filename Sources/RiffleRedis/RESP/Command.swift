import CHiredis
import NIOCore

/// One command as the server reads it: an array of byte strings.
struct Command {
    private var bytes: [UInt8] = []
    private var ends: [Int] = []

    init(_ words: String...) {
        for word in words { append(word) }
    }

    mutating func append(_ word: String) {
        bytes.append(contentsOf: word.utf8)
        ends.append(bytes.count)
    }

    mutating func append(_ word: some Sequence<UInt8>) {
        bytes.append(contentsOf: word)
        ends.append(bytes.count)
    }

    var byteCount: Int { bytes.count }

    /// Writes the command in wire format; false when it could not be formatted, with nothing written.
    func encode(into output: inout ByteBuffer) -> Bool {
        var starts = [0]
        starts.append(contentsOf: ends.dropLast())
        let lengths = zip(starts, ends).map { $1 - $0 }
        return bytes.withUnsafeBytes { all in
            // An empty array may have no address; hiredis reads no byte of a word of length zero.
            var nothing: CChar = 0
            return withUnsafePointer(to: &nothing) { empty in
                let base = all.baseAddress?.assumingMemoryBound(to: CChar.self) ?? empty
                var words = starts.map { Optional(base + $0) }
                var target: UnsafeMutablePointer<CChar>?
                let length = redisFormatCommandArgv(&target, Int32(words.count), &words, lengths)
                guard let target else { return false }
                defer { free(target) }
                guard length > 0 else { return false }
                output.writeBytes(UnsafeRawBufferPointer(start: target, count: Int(length)))
                return true
            }
        }
    }
}
