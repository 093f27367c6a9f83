import NIOHTTP1
import RiffleHTTP

/// Heads, dates, and the fields that decide about caching.
enum HTTPFuzz {
    /// Whatever the bytes: one reading, the same for every way they may be cut, all of it inside the head.
    static func head(_ bytes: UnsafeRawBufferPointer) {
        var head = RequestHead()
        let limits = RequestLimits()
        guard case .complete = RequestParser.parse(bytes, into: &head, limits: limits) else { return }
        let length = head.length
        claim(length > 0 && length <= bytes.count, "a head of \(length) in \(bytes.count) bytes")
        for range in [head.target, head.path, head.query] + head.fields.flatMap({ [$0.name, $0.value] }) {
            claim(range.start >= 0 && range.start <= range.end && Int(range.end) <= length, "\(range) beyond the head")
        }
        for field in head.fields {
            claim(!field.name.isEmpty, "a field without a name")
            claim(bytes[field.name.range].allSatisfy(ByteScan.isToken), "a name that is no token")
            let isLine = bytes[field.value.range].contains { $0 == 0x0D || $0 == 0x0A || $0 == 0 }
            claim(!isLine, "a line end in a value")
        }
        claim(!(head.has(.contentLength) && head.has(.transferEncoding)), "two framings")
        var other = RequestHead()
        for end in [length / 2, length - 1] {
            let part = UnsafeRawBufferPointer(rebasing: bytes[..<end])
            if case .complete = RequestParser.parse(part, into: &other, limits: limits) {
                claim(false, "complete already after \(end) of \(length) bytes")
            }
        }
        let alone = UnsafeRawBufferPointer(rebasing: bytes[..<length])
        guard case .complete = RequestParser.parse(alone, into: &other, limits: limits) else {
            return claim(false, "what follows a head changes its reading")
        }
        claim(other.length == length && other.framing == head.framing, "two readings of one head")
    }

    static func date(_ bytes: UnsafeRawBufferPointer) {
        let text = String(decoding: bytes, as: UTF8.self)
        for ignoringCase in [false, true] {
            guard let seconds = HTTPDate.parse(text, ignoringCase: ignoringCase, now: 784_111_777) else { continue }
            claim(HTTPDate.parse(HTTPDate.format(seconds)) == seconds, "\(text) is another date when said again")
        }
    }

    /// `Cache-Control`, the targeted fields, `Age`, `Expires` and the like, one field a line.
    static func control(_ bytes: UnsafeRawBufferPointer) {
        let fields = fields(
            bytes,
            named: [
                "Cache-Control", "CDN-Cache-Control", "Riffle-Cache-Control", "Age", "Expires", "Date", "Last-Modified",
                "Cache-Groups", "Vary", "ETag", "Pragma", "Connection", "Via", "Set-Cookie",
            ])
        let request = RequestCacheControl(fields)
        let decision = Storing.decide(
            StorePolicyInput(
                method: .get, scope: .general, request: request, hasAuthorization: false, principalKeyed: false,
                status: 200, response: fields, responseTime: 784_111_777, requestDelay: 5,
                policy: FreshnessPolicy(heuristicTTL: 60_000, staleWhileRevalidate: 1_000, declaredStale: 60_000)))
        _ = CacheGroups.members(fields)
        _ = Via.isLoop(fields, pseudonym: "riffle")
        var stripped = fields
        HopByHop.strip(&stripped)
        claim(stripped["cache-control"] == fields["cache-control"], "Connection took Cache-Control away")
        guard case .keep(let lifetime) = decision else { return }
        claim((0...Lifetime.ceiling).contains(lifetime.freshFor), "fresh for \(lifetime.freshFor)")
        claim(lifetime.staleWhileRevalidate <= 60_000 && lifetime.staleIfError <= 60_000, "stale beyond the ceiling")
        claim(!CacheControl(fields).noStore || CacheControl(fields).mustUnderstand, "stored in spite of no-store")
        for elapsed in [0, lifetime.freshFor, lifetime.usableFor, .max / 2] {
            let reuse = Reuse.decide(request, lifetime, elapsed: elapsed)
            claim(reuse != .fresh || elapsed < lifetime.freshFor, "fresh behind its freshness")
        }
    }

    /// Selecting fields: the same request always selects the same variant, and a field that is absent is not empty.
    static func vary(_ bytes: UnsafeRawBufferPointer) {
        let fields = fields(bytes, named: ["Vary", "Accept-Encoding", "Accept-Language", "Cookie", "Foo"])
        guard case .names(let names) = Vary.names(fields) else { return }
        claim(names.count <= Vary.maximumNames && names == names.sorted(), "\(names)")
        claim(Vary.matches(names, stored: fields, request: fields), "a request is not its own variant")
        let all = ["accept-encoding", "accept-language", "foo"]
        var again = fields
        for name in all {
            let lines = fields[name]
            // A quote that its line does not close reaches into the next one when they are joined.
            guard !lines.isEmpty, !lines.contains(where: { $0.contains("\"") }) else { continue }
            again.replaceOrAdd(name: name, value: lines.joined(separator: ", "))
        }
        claim(Vary.matches(all, stored: fields, request: again), "lines and their list differ")
    }

    static func range(_ bytes: UnsafeRawBufferPointer) {
        let fields = fields(bytes, named: ["Range", "If-Range", "ETag", "If-None-Match", "If-Match", "Last-Modified"])
        for length in [1, 10, 1_000_000] {
            let answer = Ranges.decide(method: .get, request: fields, status: 200, stored: fields, length: length)
            let ranges: [Range<Int>] =
                switch answer {
                case .whole, .unsatisfiable: []
                case .single(let range): [range]
                case .several(let ranges): ranges
                }
            claim(ranges.count <= Ranges.maximumRanges, "\(ranges.count) ranges")
            claim(ranges.allSatisfy { !$0.isEmpty && $0.lowerBound >= 0 && $0.upperBound <= length }, "\(ranges)")
        }
        _ = Validation.decide(
            method: .get, request: fields, status: 200, stored: fields, receivedAt: 784_111_777, now: 784_111_777)
    }

    /// URLs of `Location` and the like against the URL they were answered to.
    static func target(_ bytes: UnsafeRawBufferPointer) {
        guard let base = WebTarget(scheme: "http", authority: "files.example:8080", path: "/a/b?c") else {
            return claim(false, "the base is no target")
        }
        guard let found = base.resolve(String(decoding: bytes, as: UTF8.self)) else { return }
        claim(found.path.utf8.first == UInt8(ascii: "/"), "a path without a slash: \(found.path)")
    }

    /// The bytes as fields: each line belongs to the next of the names, in turn, or to the one its first byte picks.
    private static func fields(_ bytes: UnsafeRawBufferPointer, named names: [String]) -> HTTPHeaders {
        var fields = HTTPHeaders()
        for (number, line) in bytes.split(separator: 0x0A, omittingEmptySubsequences: false).prefix(32).enumerated() {
            var line = line
            var index = number
            if let first = line.first, first < 0x20 {
                index = Int(first)
                line = line.dropFirst()
            }
            fields.add(name: names[index % names.count], value: String(decoding: line, as: UTF8.self))
        }
        return fields
    }
}
