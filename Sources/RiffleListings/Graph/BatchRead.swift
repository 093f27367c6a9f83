/// One request of a `$batch` in which all only read, as it would be sent alone.
package struct BatchRead: Equatable, Sendable {
    package struct Field: Equatable, Sendable {
        package let name: [UInt8]
        package let value: [UInt8]
    }

    /// Fields that may stand beside the address: what a listing's form knows of, and what says nothing of the answer. With any
    /// other the request is left to the origin, an identity of its own above all.
    private static let known: [StaticString] = ["accept", "prefer", "accept-language"]
    private static let harmless: [StaticString] = ["client-request-id", "sdkversion", "user-agent", "content-type"]

    package let id: [UInt8]
    /// Path and query.
    package let target: [UInt8]
    package let fields: [Field]

    /// What goes before its own fields: the request line.
    package func write(into head: inout [UInt8]) {
        head += Array("GET ".utf8) + target + Array(" HTTP/1.1\r\n".utf8)
        for field in fields { head += field.name + Array(": ".utf8) + field.value + Array("\r\n".utf8) }
    }

    /// The requests of a batch; nil when one of them writes, waits for another, or says what nobody here understands.
    ///
    /// - Parameter target: of the batch itself, which all their addresses are relative to.
    static func all(in body: [UInt8], of target: [UInt8]) -> [BatchRead]? {
        let path = target.prefix { $0 != UInt8(ascii: "?") }
        guard path.withUnsafeBytes({ GraphBatch.isBatch($0) }), let requests = GraphBatch.parse(body),
            !requests.isEmpty
        else { return nil }
        let version = [FolderPath.slash] + path.drop { $0 == FolderPath.slash }.prefix { $0 != FolderPath.slash }
        var ids: Set<[UInt8]> = []
        var reads: [BatchRead] = []
        for request in requests {
            guard let read = BatchRead(request, version: version), ids.insert(read.id).inserted else { return nil }
            reads.append(read)
        }
        return reads
    }

    private init?(_ request: GraphBatch.Request, version: [UInt8]) {
        guard request.isRead, request.isPlain, !request.hasBody, request.url.allSatisfy(Self.isVisible) else {
            return nil
        }
        id = request.id
        target = version + (request.url.first == FolderPath.slash ? [] : [FolderPath.slash]) + request.url
        var kept: [Field] = []
        for field in request.fields {
            func isOne(_ names: [StaticString]) -> Bool {
                field.name.withUnsafeBytes { name in names.contains { ASCII.matches(name, $0) } }
            }
            if isOne(Self.harmless) { continue }
            guard isOne(Self.known), field.value.allSatisfy({ Self.isVisible($0) || $0 == UInt8(ascii: " ") }) else {
                return nil
            }
            kept.append(field)
        }
        fields = kept
    }

    /// No space, no control: nothing that could end a line.
    private static func isVisible(_ byte: UInt8) -> Bool { byte > 0x20 && byte != 0x7F }

    // MARK: The answer

    /// One answer within the answer to a batch.
    package struct Part: Sendable {
        package let id: [UInt8]
        package let status: Int
        package let fields: [Field]
        /// A JSON document.
        package let body: [UInt8]

        package init(id: [UInt8], status: Int, fields: [(name: String, value: String)], body: [UInt8]) {
            self.id = id
            self.status = status
            self.fields = fields.map { Field(name: Array($0.name.utf8), value: Array($0.value.utf8)) }
            self.body = body
        }
    }

    /// The answer to the batch.
    package static func answer(_ parts: [Part]) -> [UInt8] {
        var out = Array("{\"responses\":[".utf8)
        out.reserveCapacity(parts.reduce(64) { $0 + $1.body.count + 512 })
        for (index, part) in parts.enumerated() {
            out += Array("\(index == 0 ? "" : ","){\"id\":".utf8)
            quote(part.id, into: &out)
            out += Array(",\"status\":\(part.status),\"headers\":{".utf8)
            for (index, field) in part.fields.enumerated() {
                if index > 0 { out.append(UInt8(ascii: ",")) }
                quote(field.name, into: &out)
                out.append(UInt8(ascii: ":"))
                quote(field.value, into: &out)
            }
            out += Array("},\"body\":".utf8)
            out += part.body
            out.append(UInt8(ascii: "}"))
        }
        out += Array("]}".utf8)
        return out
    }

    private static func quote(_ text: [UInt8], into out: inout [UInt8]) {
        out.append(UInt8(ascii: "\""))
        for byte in text {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): out += [UInt8(ascii: "\\"), byte]
            case 0..<0x20:
                let digits = String(byte, radix: 16)
                out += Array(("\\u" + String(repeating: "0", count: 4 - digits.count) + digits).utf8)
            default: out.append(byte)
            }
        }
        out.append(UInt8(ascii: "\""))
    }
}

extension Dialect {
    /// The requests of a batch that only reads; nil for all else.
    package func batchReads(of target: [UInt8], body: [UInt8]) -> [BatchRead]? {
        self == .graph ? BatchRead.all(in: body, of: target) : nil
    }
}
