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
            do throws(JSONReader.Failure) {
                try reader.enterObject()
                while let key = try reader.nextKey() {
                    guard reader.isText(key, "uploadUrl") else {
                        try reader.skipValue()
                        continue
                    }
                    guard let text = try reader.textOrSkip(), let value = reader.decoded(text) else { return nil }
                    link = NextLink(range: text.range, escaping: .json, value: value)
                }
                try reader.expectEnd()
            } catch {
                return nil
            }
            return link.map { GraphUploadSession(link: $0, life: usualLife) }
        }
    }

    /// Whether a part was taken and more are due.
    static func awaitsMore(_ body: [UInt8]) -> Bool {
        body.withUnsafeBytes { bytes in
            var reader = JSONReader(bytes)
            var awaits = false
            do throws(JSONReader.Failure) {
                try reader.enterObject()
                while let key = try reader.nextKey() {
                    if reader.isText(key, "nextExpectedRanges") { awaits = true }
                    try reader.skipValue()
                }
                try reader.expectEnd()
            } catch {
                return false
            }
            return awaits
        }
    }
}
