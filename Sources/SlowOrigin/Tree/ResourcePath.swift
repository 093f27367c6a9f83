import HTTPTypes

/// A place in the served tree, decoded once from a request target; it cannot name anything outside.
struct ResourcePath: Hashable, Sendable {
    /// Decoded names from the root down; none of them is empty, `.`, `..`, or holds `/`, `\` or NUL.
    var segments: [String]
    /// The target ended in a slash, so a folder is meant.
    var isSlashed: Bool

    /// More than any path the file system takes.
    static let longestTarget = 16_384
    static let deepest = 256
    /// Names of uploads in progress begin so; they are not addressable and not listed.
    static let uploadPrefix = ".slow-origin-upload-"

    static let root = ResourcePath(segments: [], isSlashed: true)

    init(segments: [String], isSlashed: Bool) {
        self.segments = segments
        self.isSlashed = isSlashed
    }

    /// Decodes exactly once, so `%252e` names a file called `%2e`, never a dot.
    init(target: some StringProtocol) throws(Refusal) {
        let path = String(target.prefix { $0 != "?" })
        guard path.utf8.count <= Self.longestTarget else { throw Refusal(.uriTooLong, "the path is too long") }
        guard path.utf8.first == UInt8(ascii: "/") else {
            throw Refusal(.badRequest, "the request target is not a path")
        }
        var segments: [String] = []
        for raw in path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: true) {
            let name = try Self.decode(raw)
            guard name != ".", name != ".." else { throw Refusal(.badRequest, "the path has dot segments") }
            guard !name.hasPrefix(Self.uploadPrefix) else { throw Refusal(.forbidden, "the name is reserved") }
            segments.append(name)
        }
        guard segments.count <= Self.deepest else { throw Refusal(.uriTooLong, "the path is too deep") }
        self.segments = segments
        isSlashed = path.utf8.last == UInt8(ascii: "/")
    }

    private static func decode(_ raw: some Sequence<UInt8>) throws(Refusal) -> String {
        var bytes: [UInt8] = []
        var iterator = raw.makeIterator()
        while let byte = iterator.next() {
            var decoded = byte
            if byte == UInt8(ascii: "%") {
                guard let high = iterator.next().flatMap(hexadecimal), let low = iterator.next().flatMap(hexadecimal)
                else { throw Refusal(.badRequest, "the path has a broken percent escape") }
                decoded = high << 4 | low
            } else if byte == UInt8(ascii: "#") {
                throw Refusal(.badRequest, "the path has a fragment")
            }
            guard decoded != 0, decoded != UInt8(ascii: "/"), decoded != UInt8(ascii: "\\") else {
                throw Refusal(.badRequest, "the path hides a separator or NUL in a name")
            }
            bytes.append(decoded)
        }
        guard let name = String(validating: bytes, as: UTF8.self) else {
            throw Refusal(.badRequest, "the path is not UTF-8")
        }
        return name
    }

    private static func hexadecimal(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    var name: String { segments.last ?? "" }
    var isRoot: Bool { segments.isEmpty }
    var parent: ResourcePath { ResourcePath(segments: Array(segments.dropLast()), isSlashed: true) }

    func child(_ name: String) -> ResourcePath {
        ResourcePath(segments: segments + [name], isSlashed: false)
    }

    /// Whether `other` is this place or below it.
    func contains(_ other: ResourcePath) -> Bool {
        other.segments.starts(with: segments)
    }

    func isSamePlace(as other: ResourcePath) -> Bool { segments == other.segments }

    /// The decoded path without a trailing slash, as the side stores key it.
    var key: String { "/" + segments.joined(separator: "/") }

    /// The percent-encoded path, with a trailing slash for folders.
    func href(isFolder: Bool) -> String {
        var out: [UInt8] = []
        for segment in segments {
            out.append(UInt8(ascii: "/"))
            Self.encode(segment, to: &out)
        }
        if isFolder || segments.isEmpty { out.append(UInt8(ascii: "/")) }
        return String(decoding: out, as: UTF8.self)
    }

    static func encode(_ name: String, to out: inout [UInt8]) {
        for byte in name.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."),
                UInt8(ascii: "~"):
                out.append(byte)
            default:
                out += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
    }

    private static let digits = Array("0123456789ABCDEF".utf8)
}
