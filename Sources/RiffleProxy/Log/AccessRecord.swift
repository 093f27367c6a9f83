import NIOCore
import NIOHTTP1
import RiffleHTTP
import RiffleTelemetry

/// What the access log says of one request. Queries are left out: they may carry signatures and tokens.
struct AccessRecord {
    var client: String
    var method: String
    var path: String
    /// Of HTTP, as `1.1`.
    var version: String
    var userAgent: String
    /// Of W3C Trace Context, when the client sent one.
    var traceID: String?
    var status = 0
    var bytes = 0
    var nanoseconds: UInt64 = 0
    var verdict = Verdict(.error)

    init(_ head: RequestHead, bytes: UnsafeRawBufferPointer, client: String, isHTTP2: Bool = false) {
        func text(_ range: ByteRange) -> String {
            String(decoding: UnsafeRawBufferPointer(rebasing: bytes[range.range]), as: UTF8.self)
        }
        self.client = client
        method = text(head.methodRange)
        path = text(head.path)
        version = isHTTP2 ? "2.0" : head.isHTTP11 ? "1.1" : "1.0"
        let agent = head.fields.first { field in
            field.known == nil && text(field.name).lowercased() == "user-agent"
        }
        userAgent = agent.map { text($0.value) } ?? ""
        traceID = head.value(.traceparent).flatMap { TraceParent.traceID(text($0)) }
    }

    init(_ request: RequestMessage, client: String) {
        self.client = client
        method = request.methodName
        path = String(request.target.prefix { $0 != "?" })
        version = request.version
        userAgent = request.fields.first(name: "user-agent") ?? ""
        traceID = request.fields.first(name: "traceparent").flatMap { TraceParent.traceID($0) }
    }
}

extension AccessRecord {
    /// One JSON object and a line feed.
    func json(at time: WallTime) -> String {
        var line = "{\"time\":\"\(time.rfc3339)\",\"client\":\"\(Self.escaped(client))\""
        line += ",\"method\":\"\(Self.escaped(method))\",\"path\":\"\(Self.escaped(path))\""
        line += ",\"status\":\(status),\"bytes\":\(bytes),\"duration_us\":\(nanoseconds / 1_000)"
        line += ",\"outcome\":\"\(verdict.outcome.rawValue)\",\"tier\":\"\(verdict.tier.rawValue)\""
        if let reason = verdict.reason { line += ",\"reason\":\"\(reason.rawValue)\"" }
        if verdict.prefetched { line += ",\"prefetched\":true" }
        if let traceID { line += ",\"trace\":\"\(traceID)\"" }
        return line + ",\"agent\":\"\(Self.escaped(userAgent))\"}\n"
    }

    /// Apache's combined format, followed by outcome, tier, reason and microseconds.
    func combined(at time: WallTime) -> String {
        let request = "\(Self.escaped(method)) \(Self.escaped(path)) HTTP/\(version)"
        let word = "\(verdict.outcome.rawValue)/\(verdict.tier.rawValue)/\(verdict.reason?.rawValue ?? "-")"
        return "\(client) - - [\(time.common)] \"\(request)\" \(status) \(bytes) \"-\" \"\(Self.escaped(userAgent))\""
            + " \(word) \(nanoseconds / 1_000)\n"
    }

    /// Quotes, backslashes and whatever is not printable ASCII, escaped so that a client can't forge a line.
    private static func escaped(_ text: String) -> String {
        var result = ""
        result.reserveCapacity(text.utf8.count)
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0x22: result += "\\\""
            case 0x5C: result += "\\\\"
            case 0x20...0x7E: result.unicodeScalars.append(scalar)
            default:
                for unit in String(scalar).utf16 {
                    let digits = String(unit, radix: 16)
                    result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
                }
            }
        }
        return result
    }
}
