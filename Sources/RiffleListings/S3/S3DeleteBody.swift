/// Reads the keys out of the body of `POST ?delete`.
enum S3DeleteBody {
    /// Most keys of one request.
    static let keyLimit = 1_000

    /// nil when the body is no whole `Delete` document, or has more keys than the service takes.
    static func keys(_ body: [UInt8]) -> [[UInt8]]? {
        body.withUnsafeBytes { bytes in
            var reader = XMLReader(bytes)
            var keys: [[UInt8]] = []
            var key: [UInt8] = []
            var isObject = false
            var isKey = false
            while true {
                switch reader.next() {
                case .failed, .starved: return nil
                case .done: return keys
                case .start:
                    switch reader.depth {
                    case 1: guard ASCII.equals(reader.localName, "Delete") else { return nil }
                    case 2: isObject = ASCII.equals(reader.localName, "Object")
                    case 3 where isObject:
                        isKey = ASCII.equals(reader.localName, "Key")
                        if isKey { key.removeAll(keepingCapacity: true) }
                    default: break
                    }
                case .text: if isKey { XMLText.append(reader, to: &key) }
                case .end:
                    if reader.depth == 3, isKey {
                        guard keys.count < keyLimit, !key.isEmpty else { return nil }
                        keys.append(key)
                        isKey = false
                    }
                }
            }
        }
    }
}
