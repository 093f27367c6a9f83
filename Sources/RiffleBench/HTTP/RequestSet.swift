/// The requests of a run as bytes: start lines by number, and one shared block of fields and body behind each of them.
package struct RequestSet: Sendable {
    /// More bytes of requests than this are refused; a run over a million folders fits.
    package static let maxBytes = 512 << 20
    /// Longest request the engine sends.
    package static let maxRequestBytes = 1 << 20

    package struct Failure: Misuse {
        package let description: String
    }

    package private(set) var bytes: [UInt8] = []
    package private(set) var ranges: [Range<Int>] = []
    package private(set) var bodiless: [Bool] = []
    package private(set) var targets: [String] = []
    private let tail: [UInt8]

    /// `headers` are whole field lines without line ends, `Host` among them when the caller wants another than `authority`.
    package init(authority: String, headers: [String], body: [UInt8] = []) throws(Failure) {
        var text = ""
        if !headers.contains(where: { $0.lowercased().hasPrefix("host:") }) { text += "Host: \(authority)\r\n" }
        for header in headers {
            guard header.firstIndex(of: ":").map({ $0 > header.startIndex }) == true,
                !header.utf8.contains(where: { $0 < 0x20 && $0 != 0x09 })
            else { throw Failure(description: "a header must read 'Name: value' on one line (one given does not)") }
            text += header + "\r\n"
        }
        if !body.isEmpty { text += "Content-Length: \(body.count)\r\n" }
        tail = Array((text + "\r\n").utf8) + body
    }

    package var count: Int { ranges.count }

    package mutating func add(method: String, target: String) throws(Failure) {
        guard !target.isEmpty, !target.utf8.contains(where: { $0 <= 0x20 || $0 >= 0x7F }),
            !method.isEmpty, !method.utf8.contains(where: { $0 <= 0x20 || $0 >= 0x7F })
        else { throw Failure(description: "not a request target: \(target.debugDescription) (encode it with %XX)") }
        let line = Array("\(method) \(target) HTTP/1.1\r\n".utf8)
        guard line.count + tail.count <= Self.maxRequestBytes else {
            throw Failure(description: "a request is longer than \(Self.maxRequestBytes) bytes")
        }
        guard bytes.count + line.count + tail.count <= Self.maxBytes else {
            throw Failure(description: "the requests take more than \(Self.maxBytes) bytes; name fewer")
        }
        let start = bytes.count
        bytes += line
        bytes += tail
        ranges.append(start..<bytes.count)
        bodiless.append(method == "HEAD")
        targets.append(target)
    }
}
