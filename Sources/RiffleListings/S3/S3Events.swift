import RiffleSigning

/// Reads what a store tells of changes: S3's own notifications and MinIO's (`Records`, keys in form coding), EventBridge's
/// (`detail`, keys as they are), and the test event that comes first. Events only void, so that repeated and disordered ones
/// do no harm, and of one that is not understood the widest reading holds.
package enum S3Events {
    /// The folders to void; empty for a test event, nil when the body is none of these documents.
    package static func effects(_ body: [UInt8]) -> [FolderEffect]? {
        body.withUnsafeBytes { bytes in
            var reader = Reader(json: JSONReader(bytes))
            do throws(JSONReader.Failure) {
                try reader.document()
            } catch {
                return nil
            }
            return reader.isKnown ? reader.effects : nil
        }
    }

    private struct Reader {
        var json: JSONReader
        var isKnown = false
        private var folders: [[UInt8]: FolderSet] = [:]
        private var whole: Set<[UInt8]> = []
        private var isEverything = false

        init(json: JSONReader) {
            self.json = json
        }

        var effects: [FolderEffect] {
            if isEverything { return [.everything] }
            let buckets = whole.map { FolderEffect.subtree(S3Target.folder(bucket: $0, prefix: [])) }
            return buckets + folders.filter { !whole.contains($0.key) }.flatMap { $0.value.effects }
        }

        mutating func document() throws(JSONReader.Failure) {
            try json.enterObject()
            while let key = try json.nextKey() {
                if json.isText(key, "Records") {
                    isKnown = true
                    try json.enterArray()
                    while try json.nextElement() { try record() }
                } else if json.isText(key, "detail") {
                    isKnown = true
                    try change(isEncoded: false)
                } else if json.isText(key, "Event"), try json.kind() == .string {
                    if json.isText(try json.readString(), "s3:TestEvent") { isKnown = true }
                } else {
                    _ = try json.skipValue()
                }
            }
            try json.expectEnd()
        }

        private mutating func record() throws(JSONReader.Failure) {
            var isOfStore = false
            try json.enterObject()
            while let key = try json.nextKey() {
                if json.isText(key, "s3") {
                    isOfStore = true
                    try change(isEncoded: true)
                } else {
                    _ = try json.skipValue()
                }
            }
            if !isOfStore { isEverything = true }
        }

        /// `{"bucket": {"name": …}, "object": {"key": …}}`
        private mutating func change(isEncoded: Bool) throws(JSONReader.Failure) {
            var bucket: [UInt8]?
            var key: [UInt8]?
            try json.enterObject()
            while let name = try json.nextKey() {
                if json.isText(name, "bucket") {
                    bucket = try member("name")
                } else if json.isText(name, "object") {
                    key = try member("key")
                } else {
                    _ = try json.skipValue()
                }
            }
            guard let bucket, !bucket.isEmpty else {
                isEverything = true
                return
            }
            guard let key = key.flatMap({ isEncoded ? Self.decoded($0) : $0 }), !key.isEmpty else {
                whole.insert(bucket)
                return
            }
            folders[bucket, default: FolderSet(bucket: bucket)].add(key)
        }

        /// The string of that name in the object that is due next; nil when it has none.
        private mutating func member(_ wanted: StaticString) throws(JSONReader.Failure) -> [UInt8]? {
            var found: [UInt8]?
            try json.enterObject()
            while let name = try json.nextKey() {
                if json.isText(name, wanted), try json.kind() == .string {
                    found = json.decoded(try json.readString())
                } else {
                    _ = try json.skipValue()
                }
            }
            return found
        }

        private static func decoded(_ key: [UInt8]) -> [UInt8]? {
            var out: [UInt8] = []
            return key.withUnsafeBytes { URIBytes.decode($0, plusIsSpace: true, into: &out) } ? out : nil
        }
    }
}
