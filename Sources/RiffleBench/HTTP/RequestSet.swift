/// The requests of a run as bytes: a beginning for each target, an end for each user with all other fields, one body.
package struct RequestSet: Sendable {
    package enum Version: String, Sendable, CaseIterable {
        case http1 = "1.1"
        case http2 = "2"
    }

    /// More bytes of requests than this are refused; a run over a million folders fits.
    package static let maxBytes = 512 << 20
    /// Longest request the engine sends.
    package static let maxRequestBytes = 1 << 20
    /// In HTTP/2 fields and body each go in one frame of the size every peer takes (RFC 9113 §4.2).
    package static let maxFrameBytes = 16_384
    package static let maxUsers = 100_000

    package struct Failure: Misuse {
        package let description: String
    }

    package let version: Version
    package private(set) var bytes: [UInt8] = []
    /// Where each request's own part stands: its start line, or its `:method` and `:path`.
    private(set) var heads: [Range<Int>] = []
    /// Where each user's part stands: the other fields, and in HTTP/1.1 the empty line and the body.
    private(set) var tails: [Range<Int>] = []
    /// In HTTP/2 alone.
    private(set) var body = 0..<0
    package private(set) var bodiless: [Bool] = []
    package private(set) var targets: [String] = []
    private var longestHead = 0
    private let longestTail: Int

    /// `headers` are whole field lines without line ends, `Host` among them when the caller wants another than `authority`;
    /// `users` are the lines that only this or that user sends, credentials mostly.
    package init(
        authority: String, headers: [String], users: [[String]] = [[]], body: [UInt8] = [], version: Version = .http1,
        secure: Bool = false
    ) throws(Failure) {
        self.version = version
        guard (1...Self.maxUsers).contains(users.count) else {
            throw Failure(description: "1 to \(Self.maxUsers) users, please")
        }
        var fields: [(name: String, value: String)] = []
        for header in headers { fields.append(try Self.field(header)) }
        if !fields.contains(where: { $0.name.lowercased() == "host" }) { fields.insert(("Host", authority), at: 0) }
        if !body.isEmpty { fields.append(("Content-Length", "\(body.count)")) }
        var longest = 0
        for user in users {
            var all = fields
            for header in user { all.append(try Self.field(header)) }
            let start = bytes.count
            switch version {
            case .http1:
                for field in all { bytes += Array("\(field.name): \(field.value)\r\n".utf8) }
                bytes += Array("\r\n".utf8) + body
            case .http2: bytes += FieldBlock.fields(all, secure: secure)
            }
            tails.append(start..<bytes.count)
            longest = max(longest, bytes.count - start)
            guard longest <= Self.maxRequestBytes, bytes.count <= Self.maxBytes else {
                throw Failure(description: "the users' fields take more than \(Self.maxBytes) bytes; name fewer")
            }
        }
        if version == .http2 {
            guard body.count <= Self.maxFrameBytes else {
                throw Failure(description: "in HTTP/2 a body has at most \(Self.maxFrameBytes) bytes")
            }
            self.body = bytes.count..<bytes.count + body.count
            bytes += body
        }
        longestTail = longest
    }

    package var count: Int { heads.count }
    /// The body that follows the fields in HTTP/2; in HTTP/1.1 it is part of a tail.
    var framedBody: [UInt8] { Array(bytes[body]) }
    package var users: Int { tails.count }
    /// No request is longer, frames included.
    var longest: Int { longestHead + longestTail + body.count + 2 * HTTP2Frame.headerLength }

    package mutating func add(method: String, target: String) throws(Failure) {
        guard !target.isEmpty, !target.utf8.contains(where: { $0 <= 0x20 || $0 >= 0x7F }),
            !method.isEmpty, !method.utf8.contains(where: { $0 <= 0x20 || $0 >= 0x7F })
        else { throw Failure(description: "not a request target: \(target.debugDescription) (encode it with %XX)") }
        let head: [UInt8] =
            switch version {
            case .http1: Array("\(method) \(target) HTTP/1.1\r\n".utf8)
            case .http2: FieldBlock.request(method: method, target: target)
            }
        let limit = version == .http2 ? Self.maxFrameBytes : Self.maxRequestBytes
        guard head.count + longestTail <= limit else {
            throw Failure(description: "a request's fields are longer than \(limit) bytes")
        }
        guard bytes.count + head.count <= Self.maxBytes else {
            throw Failure(description: "the requests take more than \(Self.maxBytes) bytes; name fewer")
        }
        heads.append(bytes.count..<bytes.count + head.count)
        bytes += head
        longestHead = max(longestHead, head.count)
        bodiless.append(method == "HEAD")
        targets.append(target)
    }

    private static func field(_ line: String) throws(Failure) -> (name: String, value: String) {
        guard let colon = line.firstIndex(of: ":"), colon > line.startIndex,
            !line.utf8.contains(where: { $0 < 0x20 && $0 != 0x09 })
        else { throw Failure(description: "a header must read 'Name: value' on one line (one given does not)") }
        let value = line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
        return (String(line[..<colon]), String(value))
    }

    /// Puts a request together at `output`, which has room for ``longest`` bytes; `source` holds ``bytes``. In HTTP/2 a body
    /// that does not fit the windows is left out, to follow later.
    @inline(__always)
    func write(
        _ number: Int, user: Int, stream: UInt32, carriesBody: Bool = true, from source: UnsafeMutableRawPointer,
        to output: UnsafeMutableRawPointer
    ) -> Int {
        let (head, tail) = (heads[number], tails[user % tails.count])
        var end = output
        func put(_ range: Range<Int>) {
            end.copyMemory(from: source + range.lowerBound, byteCount: range.count)
            end += range.count
        }
        if version == .http2 {
            let last = body.isEmpty ? HTTP2Frame.endStream : 0
            HTTP2Frame.header(
                length: head.count + tail.count, .headers, flags: HTTP2Frame.endHeaders | last, stream: stream, at: end)
            end += HTTP2Frame.headerLength
        }
        put(head)
        put(tail)
        if !body.isEmpty, carriesBody {
            HTTP2Frame.header(length: body.count, .data, flags: HTTP2Frame.endStream, stream: stream, at: end)
            end += HTTP2Frame.headerLength
            put(body)
        }
        return end - output
    }
}
