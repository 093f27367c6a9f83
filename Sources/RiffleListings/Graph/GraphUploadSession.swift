/// The answer that begins an upload in parts: where the parts go, and for how long they may.
struct GraphUploadSession: Equatable {
    /// Sessions live a few days at most; without a date this is taken, milliseconds.
    static let usualLife: Int64 = 3_600_000

    var link: NextLink
    /// Milliseconds.
    var life: Int64

    /// Nil when it is no such answer.
    static func parse(_ body: [UInt8]) -> GraphUploadSession? {
        body.withUnsafeBytes { bytes in
            var link: NextLink?
            var reader = JSONReader(bytes)
            let whole: Void? = try? reader.readObject { (reader, name) throws(JSONReader.Failure) in
                guard reader.isName(name, "uploadUrl"), try reader.peek() == UInt8(ascii: "\"") else {
                    return try reader.skipValue()
                }
                var copy = reader
                let value = try copy.readString()
                link = NextLink(range: try reader.skipString(), escaping: .json, value: value)
            }
            guard whole != nil, let link else { return nil }
            return GraphUploadSession(link: link, life: usualLife)
        }
    }
}
