import NIOCore
import NIOHTTP1

/// Whether two answers are the same but for what differs between any two answers of one server: the date, a tag that
/// Apache calls weak in the second of its change, and the order in which it declares namespaces, which its hash tables
/// draw anew each time.
enum Likeness {
    static func alike(_ left: FillResponse, _ right: FillResponse) -> Bool {
        left.status == right.status && fields(left.fields) == fields(right.fields)
            && (left.body == right.body || settled(left.body) == settled(right.body))
    }

    private static let passing: Set<String> = ["date", "age", "content-length", "etag", "last-modified"]

    private static func fields(_ fields: HTTPHeaders) -> [String] {
        fields.filter { !passing.contains($0.name.lowercased()) }.map { "\($0.name.lowercased()): \($0.value)" }
            .sorted()
    }

    /// The body with each tag's attributes in order and without marks of weakness.
    private static func settled(_ body: ByteBuffer) -> [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(body.readableBytes)
        var rest = body.readableBytesView[...]
        while let open = rest.firstIndex(of: UInt8(ascii: "<")),
            let close = rest[open...].firstIndex(of: UInt8(ascii: ">"))
        {
            append(rest[..<open], to: &out)
            let words = rest[open...close].dropFirst().dropLast().split(separator: UInt8(ascii: " "))
            out.append(UInt8(ascii: "<"))
            out.append(contentsOf: words.first ?? [])
            for word in words.dropFirst().sorted(by: { $0.lexicographicallyPrecedes($1) }) {
                out.append(UInt8(ascii: " "))
                out.append(contentsOf: word)
            }
            out.append(UInt8(ascii: ">"))
            rest = rest[rest.index(after: close)...]
        }
        append(rest, to: &out)
        return out
    }

    private static func append(_ text: ByteBufferView.SubSequence, to out: inout [UInt8]) {
        out.append(contentsOf: text.starts(with: Array("W/".utf8)) ? text.dropFirst(2) : text)
    }
}
