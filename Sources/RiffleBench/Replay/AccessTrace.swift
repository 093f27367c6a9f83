import Foundation

/// Requests of the past in order: read from `time TAB client TAB folder`, a combined access log, or a log of JSON lines.
///
/// Only what reads is kept (GET, HEAD, PROPFIND): a replay must never repeat somebody's writes.
package struct AccessTrace: Sendable {
    package struct Failure: Misuse {
        package let description: String
    }

    package struct Event: Sendable, Equatable {
        /// Seconds since the first.
        package var time: Double
        /// Nil where the source names none.
        package var method: String?
        /// A path, percent-encoded, with its query where the source has one.
        package var path: String
    }

    package static let maxEvents = 10_000_000
    package static let maxBytes = 2 << 30
    private static let safe: Set<String> = ["GET", "HEAD", "PROPFIND"]

    package private(set) var events: [Event] = []
    /// Lines with a method that writes, and lines that are none of the formats.
    package private(set) var skippedWrites = 0
    package private(set) var skippedLines = 0

    package init(file: String) throws(Failure) {
        guard let data = TraceFile.read(file) else {
            throw Failure(description: "cannot read \(file) (.gz takes gzip)")
        }
        guard data.count <= Self.maxBytes else {
            throw Failure(description: "\(file) is longer than \(Self.maxBytes) bytes")
        }
        try self.init(text: String(decoding: data, as: UTF8.self), name: file)
    }

    init(text: String, name: String) throws(Failure) {
        for line in text.split(whereSeparator: \.isNewline) where !line.hasPrefix("#") {
            guard events.count < Self.maxEvents else { break }
            guard let event = Self.event(line), event.path.hasPrefix("/") else {
                skippedLines += 1
                continue
            }
            guard Self.safe.contains(event.method ?? "GET") else {
                skippedWrites += 1
                continue
            }
            events.append(event)
        }
        guard !events.isEmpty else {
            throw Failure(
                description:
                    "\(name) holds no requests: expected time TAB client TAB folder, combined log or JSON lines")
        }
        // Logs are written when answers end, so their lines may be out of order.
        events.sort { $0.time < $1.time }
        let first = events[0].time
        for index in events.indices { events[index].time -= first }
    }

    static func event(_ line: Substring) -> Event? {
        if line.hasPrefix("{") { return json(line) }
        if let open = TraceFile.Open(line) {
            return Event(time: open.time, method: nil, path: encoded(String(open.folder)))
        }
        return combined(line)
    }

    /// `client - - [time] "METHOD target HTTP/1.1" …`
    private static func combined(_ line: Substring) -> Event? {
        guard let open = line.firstIndex(of: "["), let close = line[open...].firstIndex(of: "]"),
            let time = LogTime.common(line[line.index(after: open)..<close]),
            let quote = line[close...].firstIndex(of: "\"")
        else { return nil }
        let words = line[line.index(after: quote)...].prefix { $0 != "\"" }.split(separator: " ")
        guard words.count >= 2 else { return nil }
        return Event(time: time, method: String(words[0]), path: encoded(String(words[1])))
    }

    /// Riffle's own names first, then what other servers call them.
    private static func json(_ line: Substring) -> Event? {
        guard let object = try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any] else {
            return nil
        }
        func first(_ names: [String]) -> Any? { names.lazy.compactMap { object[$0] }.first }
        guard let path = first(["path", "uri", "request_uri", "url"]) as? String else { return nil }
        let time: Double?
        switch first(["time", "timestamp", "ts", "@timestamp"]) {
        case let text as String: time = LogTime.rfc3339(text) ?? LogTime.common(text[...]) ?? Double(text)
        case let number as NSNumber: time = number.doubleValue
        default: time = nil
        }
        guard let time, time.isFinite else { return nil }
        return Event(time: time, method: first(["method", "request_method"]) as? String, path: encoded(path))
    }

    /// Keeps what is allowed in a request target and encodes the rest.
    private static func encoded(_ path: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        for byte in path.utf8 {
            switch byte {
            case 0x21, 0x23...0x3B, 0x3D, 0x3F...0x5B, 0x5D, 0x5F, 0x61...0x7A, 0x7E: bytes.append(byte)
            default: bytes += [0x25, digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
