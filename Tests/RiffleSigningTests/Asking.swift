@testable import RiffleSigning

/// A request as lines of text: `GET /path?query`, then fields.
struct TextRequest {
    var line: String
    var fields: [(name: String, value: String)]

    init(_ lines: [String]) {
        line = lines[0]
        fields = lines.dropFirst().map { line in
            let parts = line.split(separator: ":", maxSplits: 1)
            return (String(parts[0]), parts.count > 1 ? String(parts[1].drop { $0 == " " }) : "")
        }
    }

    /// Calls `body` with the request over one run of bytes.
    func wired<Result>(_ body: (borrowing WireRequest) -> Result) -> Result {
        var bytes: [UInt8] = []
        func add(_ text: some StringProtocol) -> Range<Int> {
            let start = bytes.count
            bytes.append(contentsOf: text.utf8)
            return start..<bytes.count
        }
        let words = line.split(separator: " ", maxSplits: 1)
        let target = words[1].split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let (method, path) = (add(words[0]), add(target[0]))
        let query = add(target.count > 1 ? target[1] : "")
        let ranges = fields.map { (add($0.name), add($0.value)) }
        return bytes.withUnsafeBytes { bytes in
            func slice(_ range: Range<Int>) -> UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: bytes[range]) }
            var request = WireRequest(method: slice(method), path: slice(path), query: slice(query))
            for (name, value) in ranges { request.fields.append(.init(name: slice(name), value: slice(value))) }
            return body(request)
        }
    }

    /// What becomes of the request: who it is from, or why it is refused.
    func checked(secret: String = Example.secret, now: Int64) -> Claimed {
        wired { request in
            var check = SignatureCheck()
            let claimed = check.read(request)
            guard case .signed(let claim) = claimed else { return claimed }
            let key = SigningKey(secret: Array(secret.utf8), scope: claim.scope)
            return check.refusal(of: claim, request, key: key, now: now).map { .refused($0) } ?? claimed
        }
    }
}

/// The access key of AWS's documentation.
enum Example {
    static let accessKey = "AKIAIOSFODNN7EXAMPLE"
    static let secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
}

extension Claimed {
    var refusal: SignatureRefusal? {
        if case .refused(let refusal) = self { return refusal }
        return nil
    }

    var accessKey: String? {
        if case .signed(let claim) = self { return String(decoding: claim.accessKey, as: UTF8.self) }
        return nil
    }
}
