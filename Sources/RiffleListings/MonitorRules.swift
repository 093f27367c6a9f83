/// What the monitor of a background operation says, as Microsoft Graph and OneDrive write it.
package enum MonitorRules {
    /// Whether the operation has ended, well or badly. Anything that is not understood has not.
    package static func isDone(_ answer: WriteAnswer) -> Bool {
        switch answer.status {
        case 200, 202: answer.body.map { $0.withUnsafeBytes(saysDone) } ?? false
        // The finished item itself, a redirect to it, or a monitor that is forgotten.
        case 201, 303, 404, 410: true
        default: false
        }
    }

    private static func saysDone(_ body: UnsafeRawBufferPointer) -> Bool {
        var reader = JSONReader(body)
        do throws(JSONReader.Failure) {
            try reader.enterObject()
            while let key = try reader.nextKey() {
                guard reader.isText(key, "status") else {
                    try reader.skipValue()
                    continue
                }
                let status = reader.spelled(try reader.readString())
                return ["completed", "failed", "cancelled"].contains { (word: StaticString) in
                    ASCII.matches(status, word)
                }
            }
            return false
        } catch {
            return false
        }
    }
}
