import Foundation
import Hummingbird
import NIOCore

/// A JSON value whose objects keep their order, as the service writes them.
indirect enum GraphJSON: Sendable, Equatable {
    case object([Member])
    case array([GraphJSON])
    case string(String)
    case number(Int)
    case bool(Bool)
    case null

    struct Member: Sendable, Equatable {
        let name: String
        let value: GraphJSON
    }

    /// Longest request body that is read as JSON.
    static let longestBody = 4 << 20

    static func object(_ members: KeyValuePairs<String, GraphJSON>) -> GraphJSON {
        .object(members.map { Member(name: $0.key, value: $0.value) })
    }

    subscript(name: String) -> GraphJSON? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.name == name }?.value
    }

    var text: String? {
        if case .string(let text) = self { text } else { nil }
    }

    var elements: [GraphJSON]? {
        if case .array(let elements) = self { elements } else { nil }
    }

    /// The object with more members.
    func adding(_ more: KeyValuePairs<String, GraphJSON>) -> GraphJSON {
        guard case .object(let members) = self else { return self }
        return .object(members + more.map { Member(name: $0.key, value: $0.value) })
    }

    // MARK: Bytes

    var bytes: [UInt8] {
        var out: [UInt8] = []
        append(to: &out)
        return out
    }

    private func append(to out: inout [UInt8]) {
        switch self {
        case .object(let members):
            out.append(UInt8(ascii: "{"))
            for (index, member) in members.enumerated() {
                if index > 0 { out.append(UInt8(ascii: ",")) }
                Self.append(member.name, to: &out)
                out.append(UInt8(ascii: ":"))
                member.value.append(to: &out)
            }
            out.append(UInt8(ascii: "}"))
        case .array(let elements):
            out.append(UInt8(ascii: "["))
            for (index, element) in elements.enumerated() {
                if index > 0 { out.append(UInt8(ascii: ",")) }
                element.append(to: &out)
            }
            out.append(UInt8(ascii: "]"))
        case .string(let text): Self.append(text, to: &out)
        case .number(let number): out += Array(String(number).utf8)
        case .bool(let value): out += Array((value ? "true" : "false").utf8)
        case .null: out += Array("null".utf8)
        }
    }

    private static func append(_ text: String, to out: inout [UInt8]) {
        out.append(UInt8(ascii: "\""))
        JSONText.append(text, to: &out)
        out.append(UInt8(ascii: "\""))
    }

    /// Reads a document; nil when it is none.
    init?(_ bytes: [UInt8]) {
        guard let value = try? JSONSerialization.jsonObject(with: Data(bytes), options: [.fragmentsAllowed]) else {
            return nil
        }
        self.init(any: value)
    }

    private init(any value: Any) {
        switch value {
        case let text as String: self = .string(text)
        case let number as NSNumber:
            self = CFNumberKind.isBool(number) ? .bool(number.boolValue) : .number(number.intValue)
        case let elements as [Any]: self = .array(elements.map { GraphJSON(any: $0) })
        case let members as [String: Any]:
            self = .object(members.keys.sorted().map { Member(name: $0, value: GraphJSON(any: members[$0] as Any)) })
        default: self = .null
        }
    }

    private enum CFNumberKind {
        static func isBool(_ number: NSNumber) -> Bool { String(cString: number.objCType) == "c" }
    }
}

extension Request {
    /// The body as JSON.
    func graphJSON() async throws -> GraphJSON {
        let buffer = try await body.collect(upTo: GraphJSON.longestBody)
        guard let json = GraphJSON(Array(buffer.readableBytesView)) else {
            throw GraphError(400, "invalidRequest", "The body is no JSON.")
        }
        return json
    }
}
