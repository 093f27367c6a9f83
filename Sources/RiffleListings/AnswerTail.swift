/// Tells how much of an XML answer may go on to the client while the work it answers for is still going on.
///
/// S3 says 200 at once to what takes minutes, then white space so that nobody hangs up, and at last how it went. All of that
/// passes, but no client may see the end of the document, or of the message, before the listings are voided. What proves to
/// be no XML has no end but the message's.
package struct AnswerTail {
    /// Bytes that may follow the document.
    private static let behindLimit = 64 << 10

    private enum Place {
        /// White space in front of the document, which some services send in front of its declaration.
        case before
        case within(XMLReader, unread: [UInt8])
        case closed
        case unknown
    }

    private var place = Place.before
    /// Bytes that the message still has by its own word.
    private var left: Int?
    private var held = 0

    /// - Parameter length: of the whole message, where it says so.
    package init(length: Int?) {
        left = length
    }

    /// - Returns: how many of the bytes taken so far have to wait: the last ones.
    package mutating func take(_ piece: UnsafeRawBufferPointer) -> Int {
        if let left { self.left = left - piece.count }
        switch place {
        case .before:
            let start = piece.firstIndex { !ASCII.isSpace($0) }
            if let start { read(UnsafeRawBufferPointer(rebasing: piece[start...]), XMLReader()) }
        case .within(let reader, let unread):
            place = .unknown
            let window = unread + piece
            window.withUnsafeBytes { read($0, reader) }
        case .closed:
            held += piece.count
            if held > Self.behindLimit { (place, held) = (.unknown, 0) }
        case .unknown: break
        }
        // With the last byte that was announced the client has the end of the message.
        return left.map { $0 <= 0 } ?? false ? max(held, 1) : held
    }

    private mutating func read(_ window: UnsafeRawBufferPointer, _ reader: XMLReader) {
        var reader = reader
        reader.begin(window, isLast: false)
        while true {
            switch reader.next() {
            case .start, .text: continue
            case .end:
                guard reader.depth == 1 else { continue }
                (place, held) = (.closed, window.count - reader.tagStart)
                return
            case .starved:
                let unread = Array(window[reader.consumed...])
                (place, held) = (.within(reader, unread: unread), unread.count)
                return
            case .done, .failed:
                (place, held) = (.unknown, 0)
                return
            }
        }
    }
}
