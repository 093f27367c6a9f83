import NIOCore
import NIOHTTP1
import RiffleCache
import RiffleHTTP
import RiffleTelemetry

/// Answers from a stored response: the client's conditions, ranges and HEAD are all met without the origin
/// (RFC 9110 §13, §14, RFC 9111 §4.3.2).
enum GeneralAnswer {
    /// Head and body of the answer; nil when only the origin can decide the request's conditions.
    ///
    /// - Parameters:
    ///   - now: monotonic milliseconds.
    ///   - wall: unix seconds at the same moment.
    static func make(
        _ stored: StoredResponse, for request: RequestMessage, cacheStatus: CacheStatusField, now: Int64, wall: Int
    ) -> (head: ResponseHead, body: ByteBuffer)? {
        let status = stored.entry.status
        let validation = Validation.decide(
            method: request.method, request: request.fields, status: status, stored: stored.fields,
            receivedAt: stored.receivedAt, now: wall)
        var answer: (head: ResponseHead, body: ByteBuffer)
        switch validation {
        case .originDecides: return nil
        case .notModified:
            answer = (ResponseHead(status: 304, fields: Validation.notModifiedFields(stored.fields)), ByteBuffer())
        case .proceed: answer = ranged(stored, for: request)
        }
        answer.head.fields.replaceOrAdd(name: "Age", value: String(stored.entry.life.age(at: now)))
        cacheStatus.append(to: &answer.head.fields)
        if request.method == .head { answer.body = ByteBuffer() }
        return answer
    }

    private static func ranged(
        _ stored: StoredResponse, for request: RequestMessage
    ) -> (head: ResponseHead, body: ByteBuffer) {
        let body = stored.body
        let length = body.readableBytes
        var head = ResponseHead(status: stored.entry.status, reason: stored.reason, fields: stored.fields)
        let range = Ranges.decide(
            method: request.method, request: request.fields, status: head.status, stored: stored.fields,
            length: length)
        switch range {
        case .whole:
            return (head, body)
        case .single(let range):
            head.fields.replaceOrAdd(name: "Content-Range", value: Ranges.contentRange(range, length: length))
            head.fields.replaceOrAdd(name: "Content-Length", value: String(range.count))
            head = ResponseHead(status: 206, fields: head.fields)
            return (head, body.getSlice(at: body.readerIndex + range.lowerBound, length: range.count) ?? ByteBuffer())
        case .several(let ranges):
            let frame = MultipartRanges(
                ranges, length: length, contentType: head.fields.first(name: "content-type"), boundary: boundary())
            var parts = ByteBuffer()
            parts.reserveCapacity(frame.contentLength)
            for (range, partHead) in zip(frame.ranges, frame.heads) {
                parts.writeString(partHead)
                if let slice = body.getSlice(at: body.readerIndex + range.lowerBound, length: range.count) {
                    parts.writeImmutableBuffer(slice)
                }
            }
            parts.writeString(frame.closing)
            head.fields.replaceOrAdd(name: "Content-Type", value: frame.contentType)
            head.fields.replaceOrAdd(name: "Content-Length", value: String(parts.readableBytes))
            return (ResponseHead(status: 206, fields: head.fields), parts)
        case .unsatisfiable:
            // The fields of the stored response describe a body that is not sent.
            var fields = Validation.notModifiedFields(stored.fields)
            fields.replaceOrAdd(name: "Content-Range", value: Ranges.contentRange(nil, length: length))
            fields.replaceOrAdd(name: "Content-Length", value: "0")
            return (ResponseHead(status: 416, fields: fields), ByteBuffer())
        }
    }

    private static func boundary() -> String {
        var generator = SystemRandomNumberGenerator()
        return String(UInt64.random(in: .min ... .max, using: &generator), radix: 16)
            + String(UInt64.random(in: .min ... .max, using: &generator), radix: 16)
    }

    /// The answer to a request that wants nothing but what is stored (RFC 9111 §5.2.1.7).
    static var notCached: (head: ResponseHead, body: ByteBuffer) {
        var head = ResponseHead(status: 504, fields: ["Content-Type": "text/plain; charset=utf-8"])
        CacheStatusField(detail: Reason.onlyIfCached.rawValue).append(to: &head.fields)
        return (head, ByteBuffer(string: "not in the cache\n"))
    }
}
