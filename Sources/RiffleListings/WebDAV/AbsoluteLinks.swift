/// Makes the absolute URLs of a multistatus lead through riffle: those of the origin itself become paths, which RFC 4918
/// §8.3 allows in every `href` and which lead to the same place whatever a client calls riffle by.
package enum AbsoluteLinks {
    /// The body with each `DAV: href` that begins with one of the bases cut down to its path; nil when none does.
    ///
    /// - Parameter bases: schemes with hosts, as in `https://files.example.com`, without a slash behind.
    package static func relative(_ body: UnsafeRawBufferPointer, bases: [[UInt8]]) -> [UInt8]? {
        var reader = XMLReader(body)
        var out: [UInt8] = []
        var copied = 0
        var inHref = false
        while true {
            switch reader.next() {
            case .failed, .starved: return nil
            case .done:
                guard copied > 0 else { return nil }
                out.append(contentsOf: body[copied...])
                return out
            case .start: inHref = reader.isDAV("href")
            case .end: inHref = false
            case .text:
                guard inHref, let cut = base(of: reader.textBytes, bases) else { continue }
                if out.isEmpty { out.reserveCapacity(body.count) }
                out.append(contentsOf: body[copied..<reader.text.lowerBound + cut.lowerBound])
                copied = reader.text.lowerBound + cut.upperBound
            }
        }
    }

    /// Where a base stands at the beginning of a link, with a path behind it.
    private static func base(of link: UnsafeRawBufferPointer, _ bases: [[UInt8]]) -> Range<Int>? {
        var start = 0
        while start < link.count, ASCII.isSpace(link[start]) { start += 1 }
        for base in bases {
            let end = start + base.count
            guard end < link.count, link[end] == FolderPath.slash,
                zip(link[start..<end], base).allSatisfy({ lowered($0) == lowered($1) })
            else { continue }
            return start..<end
        }
        return nil
    }

    private static func lowered(_ byte: UInt8) -> UInt8 {
        byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte | 0x20 : byte
    }
}
