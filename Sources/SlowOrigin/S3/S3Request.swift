import HTTPTypes
import Hummingbird

/// A request in S3's terms: bucket, key and parameters, all decoded. Path style only.
struct S3Request {
    let request: Request
    let method: String
    /// Exactly as sent.
    let rawPath: String
    /// Empty for the service itself.
    let bucket: String
    /// Empty for the bucket itself.
    let key: String
    let parameters: [(name: String, value: String)]

    init(_ request: Request, target: String) throws(S3Error) {
        self.request = request
        method = request.method.rawValue
        rawPath = String(target.prefix { $0 != "?" })
        guard rawPath.hasPrefix("/"), let path = Self.decode(rawPath, plusIsSpace: false) else {
            throw S3Error(.badRequest, "InvalidURI", "the path cannot be read")
        }
        let parts = path.dropFirst().split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        bucket = parts.first.map(String.init) ?? ""
        key = parts.count > 1 ? String(parts[1]) : ""
        guard !bucket.isEmpty || key.isEmpty, bucket != ".", bucket != "..", !bucket.contains("\0") else {
            throw S3Error(.badRequest, "InvalidBucketName", "the bucket has no usable name")
        }
        var parameters: [(name: String, value: String)] = []
        for part in target.drop(while: { $0 != "?" }).dropFirst().split(separator: "&") {
            let sides = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = Self.decode(sides[0], plusIsSpace: true),
                let value = sides.count > 1 ? Self.decode(sides[1], plusIsSpace: true) : ""
            else { throw S3Error(.badRequest, "InvalidURI", "the query cannot be read") }
            parameters.append((name, value))
        }
        self.parameters = parameters
    }

    subscript(_ name: String) -> String? { parameters.first { $0.name == name }?.value }

    func has(_ name: String) -> Bool { parameters.contains { $0.name == name } }

    func header(_ name: String) -> String? {
        HTTPField.Name(name).flatMap { request.headers[$0] }
    }

    static func decode(_ text: some StringProtocol, plusIsSpace: Bool) -> String? {
        var bytes: [UInt8] = []
        var iterator = text.utf8.makeIterator()
        while let byte = iterator.next() {
            switch byte {
            case UInt8(ascii: "%"):
                guard let high = iterator.next(), let low = iterator.next(),
                    let value = UInt8(String(decoding: [high, low], as: UTF8.self), radix: 16)
                else { return nil }
                bytes.append(value)
            case UInt8(ascii: "+") where plusIsSpace: bytes.append(0x20)
            default: bytes.append(byte)
            }
        }
        return String(validating: bytes, as: UTF8.self)
    }

    /// As signatures spell it.
    static func encode(_ text: String, slash: Bool = false) -> String {
        var out: [UInt8] = []
        if slash {
            for (index, part) in text.split(separator: "/", omittingEmptySubsequences: false).enumerated() {
                if index > 0 { out.append(UInt8(ascii: "/")) }
                ResourcePath.encode(String(part), to: &out)
            }
        } else {
            ResourcePath.encode(text, to: &out)
        }
        return String(decoding: out, as: UTF8.self)
    }
}
