/// `$batch`: up to twenty requests in one body, each with an answer of its own in the other.
struct GraphBatch: Equatable, Sendable {
    /// Requests of one batch; Graph takes no more.
    static let limit = 20

    struct Request: Equatable, Sendable {
        var id: [UInt8]
        var method: String
        var url: [UInt8]
        var hasBody = false

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
            var requests: [Request]?
            var reader = JSONReader(bytes)
            let whole: Void? = try? reader.readObject { (reader, name) throws(JSONReader.Failure) in
                guard reader.isName(name, "requests"), requests == nil else { return try reader.skipValue() }
                var list: [Request] = []
                try reader.readArray { reader throws(JSONReader.Failure) in
                    guard list.count < limit, let request = try readRequest(&reader) else { throw .malformed }
                    list.append(request)
                }
                requests = list
            }
            return whole == nil ? nil : requests
        }
    }

    private static func readRequest(_ reader: inout JSONReader) throws(JSONReader.Failure) -> Request? {
        var id: [UInt8]?
        var method: [UInt8]?
        var url: [UInt8]?
        var hasBody = false
        try reader.readObject { (reader, name) throws(JSONReader.Failure) in
            if reader.isName(name, "id") {
                id = try reader.readStringOrSkip()
            } else if reader.isName(name, "method") {
                method = try reader.readStringOrSkip()
            } else if reader.isName(name, "url") {
                url = try reader.readStringOrSkip()
            } else {
                if reader.isName(name, "body") { hasBody = true }
                try reader.skipValue()
            }
        }
        guard let id, let method, let url else { return nil }
        return Request(
            id: id, method: String(decoding: method, as: UTF8.self).uppercased(), url: url, hasBody: hasBody)
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

    private static func parseAnswers(_ body: [UInt8]) -> [[UInt8]: (status: Int, item: GraphItem?)]? {
        body.withUnsafeBytes { bytes in
            var answers: [[UInt8]: (status: Int, item: GraphItem?)] = [:]
            var reader = JSONReader(bytes)
            let whole: Void? = try? reader.readObject { (reader, name) throws(JSONReader.Failure) in
                guard reader.isName(name, "responses") else { return try reader.skipValue() }
                try reader.readArray { reader throws(JSONReader.Failure) in
                    var id: [UInt8]?
                    var status: Int?
                    var item: GraphItem?
                    try reader.readObject { (reader, name) throws(JSONReader.Failure) in
                        if reader.isName(name, "id") {
                            id = try reader.readStringOrSkip()
                        } else if reader.isName(name, "status") {
                            status = try reader.readInteger()
                        } else if reader.isName(name, "body"), try reader.peek() == UInt8(ascii: "{") {
                            item = try GraphItem.read(&reader)
                        } else {
                            try reader.skipValue()
                        }
                    }
                    guard let id, let status, answers.count < limit else { throw .malformed }
                    answers[id] = (status, item)
                }
            }
            return whole == nil ? nil : answers
        }
    }
}
