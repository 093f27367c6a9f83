import Glibc
import Synchronization

/// Uploads in parts that are under way. Bounded in number, in time and in bytes.
final class GraphUploads: Sendable {
    static let maximum = 1_000
    static let largestFile = 64 << 20
    /// Seconds.
    static let life = 3_600

    struct Upload: Sendable {
        let place: ResourcePath
        let principal: Principal
        let end: Int
        var bytes: [UInt8] = []

        var status: GraphJSON {
            .object([
                "expirationDateTime": .string(HTTPDate.iso8601(end)),
                "nextExpectedRanges": .array([.string("\(bytes.count)-")]),
            ])
        }
    }

    /// `bytes 0-9/100`
    struct Range {
        let first: Int
        let count: Int
        let total: Int

        init?(_ text: String) {
            guard text.hasPrefix("bytes ") else { return nil }
            let parts = text.dropFirst(6).split(whereSeparator: { $0 == "-" || $0 == "/" }).map { Int($0) }
            guard parts.count == 3, let first = parts[0], let last = parts[1], let total = parts[2], first >= 0,
                last >= first, total > last
            else { return nil }
            self.first = first
            count = last - first + 1
            self.total = total
        }
    }

    private let running = Mutex<[String: Upload]>([:])

    static func now() -> Int { time(nil) }

    func begin(_ place: ResourcePath, _ principal: Principal) throws(GraphError) -> String {
        let name =
            String(UInt64.random(in: .min ... .max), radix: 36) + String(UInt64.random(in: .min ... .max), radix: 36)
        let began = running.withLock { running in
            running = running.filter { $0.value.end > Self.now() }
            guard running.count < Self.maximum else { return false }
            running[name] = Upload(place: place, principal: principal, end: Self.now() + Self.life)
            return true
        }
        guard began else { throw GraphError(503, "serviceNotAvailable", "Too many uploads are under way.") }
        return name
    }

    func find(_ name: String) -> Upload? { running.withLock { $0[name] } }

    func end(_ name: String) -> Upload? { running.withLock { $0.removeValue(forKey: name) } }

    /// Takes a part; the whole upload when it was the last.
    func add(_ bytes: [UInt8], _ range: Range, to name: String) throws(GraphError) -> Upload? {
        let result = running.withLock { running -> Result<Upload?, GraphError> in
            guard var upload = running[name] else { return .failure(GraphError.notFound) }
            guard range.first == upload.bytes.count else {
                return .failure(GraphError(416, "invalidRange", "The part does not follow the last one."))
            }
            guard bytes.count == range.count, range.total <= Self.largestFile else {
                return .failure(GraphError(400, "invalidRequest", "The part has not the length it says."))
            }
            upload.bytes += bytes
            guard upload.bytes.count >= range.total else {
                running[name] = upload
                return .success(nil)
            }
            running[name] = nil
            return .success(upload)
        }
        return try result.get()
    }
}
