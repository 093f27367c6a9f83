/// What the monitor of a background operation says, as Microsoft Graph and OneDrive write it.
package enum MonitorRules {
    /// Whether the operation has ended, well or badly. Anything that is not understood has not.
    package static func isDone(_ answer: WriteAnswer) -> Bool {
        switch answer.status {
        case 200, 202:
            guard let body = answer.body else { return false }
            return ["completed", "failed", "cancelled"].contains { word in
                body.withUnsafeBytes { statusWord($0).map { $0 == Array(word.utf8) } ?? false }
            }
        // The finished item itself, a redirect to it, or a monitor that is forgotten.
        case 201, 303, 404, 410: return true
        default: return false
        }
    }

    private static func statusWord(_ body: UnsafeRawBufferPointer) -> [UInt8]? {
        var reader = JSONReader(body)
        return (try? reader.firstString(named: "status")).map {
            Array(String(decoding: $0, as: UTF8.self).lowercased().utf8)
        }
    }
}
