/// `$batch`: up to twenty requests in one body, each with an answer of its own in the other.
struct GraphBatch: Equatable, Sendable {
    /// Requests of one batch; Graph takes no more.
    static let limit = 20
    /// Fields of one of them that are looked at.
    private static let fieldLimit = 32

    struct Request: Equatable, Sendable {
        var id: [UInt8]
        var method: String
        var url: [UInt8]
        var hasBody = false
        var fields: [BatchRead.Field] = []
        /// Whether it says no more than all of this: it waits for no other.
        var isPlain = true

        var isRead: Bool { method == "GET" }
    }

    static func isBatch(_ path: UnsafeRawBufferPointer) -> Bool {
        var scratch = GraphScratch()
        guard scratch.split(path), scratch.count <= 3 else { return false }
        return (scratch.matches(0, "v1.0") || scratch.matches(0, "beta")) && scratch.matches(1, "$batch")
    }

    /// The batch as one write.
    static func write(_ body: [UInt8]?, path: UnsafeRawBufferPointer) -> GraphWrite {
        guard let body, let requests = parse(body) else { return GraphWrite(kind: .opaque) }
        var write = GraphWrite(kind: .batch)
        for request in requests where !request.isRead {
            let target =
                Array("/v1.0".utf8) + (request.url.first == FolderPath.slash ? [] : [FolderPath.slash])
                + request.url.prefix { $0 != UInt8(ascii: "?") }
            let part = target.withUnsafeBytes { GraphWrite(method: GraphMethod(request.method), path: $0) }
            write.parts[request.id] = part?.kind ?? .opaque
        }
        return write
    }

    /// The requests of a batch; nil when it is none.
    static func parse(_ body: [UInt8]) -> [Request]? {
        body.withUnsafeBytes { bytes in
            var reader = JSONReader(bytes)
            return (try? readRequests(&reader)).flatMap { $0 }
        }
    }

    private static func readRequests(_ reader: inout JSONReader) throws(JSONReader.Failure) -> [Request]? {
        var requests: [Request]?
        try reader.enterObject()
        while let key = try reader.nextKey() {
            guard reader.isText(key, "requests"), requests == nil else {
                try reader.skipValue()
                continue
            }
            var list: [Request] = []
            try reader.enterArray()
            while try reader.nextElement() {
                guard list.count < limit, let request = try readRequest(&reader) else { throw .malformed }
                list.append(request)
            }
            requests = list
        }
        try reader.expectEnd()
        return requests
    }

    private static func readRequest(_ reader: inout JSONReader) throws(JSONReader.Failure) -> Request? {
        var id: [UInt8]?
        var method: [UInt8]?
        var url: [UInt8]?
        var hasBody = false
        var isPlain = true
        var fields: [BatchRead.Field] = []
        try reader.enterObject()
        while let key = try reader.nextKey() {
            if reader.isText(key, "id") {
                id = try reader.textOrSkip().flatMap { reader.decoded($0) }
            } else if reader.isText(key, "method") {
                method = try reader.textOrSkip().flatMap { reader.decoded($0) }
            } else if reader.isText(key, "url") {
                url = try reader.textOrSkip().flatMap { reader.decoded($0) }
            } else if reader.isText(key, "headers"), try reader.kind() == .object {
                isPlain = try readFields(&reader, &fields) && isPlain
            } else {
                isPlain = false
                if reader.isText(key, "body") { hasBody = true }
                try reader.skipValue()
            }
        }
        guard let id, let method, let url else { return nil }
        return Request(
            id: id, method: String(decoding: method, as: UTF8.self).uppercased(), url: url, hasBody: hasBody,
            fields: fields, isPlain: isPlain)
    }

    /// - Returns: false where one of them is no text.
    private static func readFields(
        _ reader: inout JSONReader, _ fields: inout [BatchRead.Field]
    ) throws(JSONReader.Failure) -> Bool {
        var areTexts = true
        try reader.enterObject()
        while let key = try reader.nextKey() {
            let name = reader.decoded(key)
            let value = try reader.textOrSkip().flatMap { reader.decoded($0) }
            guard let name, let value, fields.count < fieldLimit else {
                areTexts = false
                continue
            }
            fields.append(BatchRead.Field(name: name, value: value))
        }
        return areTexts
    }

    /// What the answered parts changed: each by its own answer, and everything where one does not tell.
    static func changes(_ write: GraphWrite, _ answer: WriteAnswer) -> [FolderEffect] {
        let writes = write.parts.filter { $0.value != .harmless }
        guard !writes.isEmpty else { return [] }
        guard let body = answer.body, let answers = parseAnswers(body) else { return [.everything] }
        var effects = GraphEffects()
        for (id, kind) in writes {
            guard let part = answers[id] else { return [.everything] }
            if (400...499).contains(part.status), part.status != 408 { continue }
            guard kind == .create, (200...299).contains(part.status), let item = part.item, item.parent?.drive != nil
            else { return [.everything] }
            effects.touch(item, wholeTree: item.isFolder)
        }
        return effects.effects
    }

    private typealias Answers = [[UInt8]: (status: Int, item: GraphItem?)]

    private static func parseAnswers(_ body: [UInt8]) -> Answers? {
        body.withUnsafeBytes { bytes in
            var reader = JSONReader(bytes)
            return try? readAnswers(&reader)
        }
    }

    private static func readAnswers(_ reader: inout JSONReader) throws(JSONReader.Failure) -> Answers {
        var answers: Answers = [:]
        try reader.enterObject()
        while let key = try reader.nextKey() {
            guard reader.isText(key, "responses") else {
                try reader.skipValue()
                continue
            }
            try reader.enterArray()
            while try reader.nextElement() {
                guard answers.count < limit else { throw .malformed }
                let (id, status, item) = try readAnswer(&reader)
                answers[id] = (status, item)
            }
        }
        try reader.expectEnd()
        return answers
    }

    private static func readAnswer(
        _ reader: inout JSONReader
    ) throws(JSONReader.Failure) -> ([UInt8], Int, GraphItem?) {
        var id: [UInt8]?
        var status: Int64?
        var item: GraphItem?
        try reader.enterObject()
        while let key = try reader.nextKey() {
            if reader.isText(key, "id") {
                id = try reader.textOrSkip().flatMap { reader.decoded($0) }
            } else if reader.isText(key, "status"), try reader.kind() == .number {
                status = try reader.readInteger()
            } else if reader.isText(key, "body"), try reader.kind() == .object {
                item = GraphItem(try GraphRow.read(&reader), in: reader)
            } else {
                try reader.skipValue()
            }
        }
        guard let id, let status else { throw .malformed }
        return (id, Int(status), item)
    }
}
