/// A request target taken apart: what it addresses and what it asks of it.
struct GraphRequestPath: Equatable, Sendable {
    enum Item: Equatable, Sendable {
        case id(String)
        case path([String])
        /// Names below an item given by id.
        case below(String, [String])
    }

    var version: String
    var item: Item?
    /// `children`, `content`, ..., decoded.
    var action: [String] = []
    /// The query in order, names in lower case, decoded.
    var options: [(name: String, value: String)] = []
    /// The query as it was sent.
    var query: Substring

    static func == (left: Self, right: Self) -> Bool {
        left.version == right.version && left.item == right.item && left.action == right.action
    }

    init(target: String) throws(GraphError) {
        let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        query = parts.count > 1 ? parts[1] : ""
        for option in query.split(separator: "&") {
            let pair = option.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = pair[0].graphDecoded,
                let value = (pair.count > 1 ? pair[1] : "").replacing("+", with: " ").graphDecoded
            else { throw GraphError(400, "invalidRequest", "The query is malformed.") }
            options.append((name.lowercased(), value))
        }
        guard let path = parts[0].graphDecoded else {
            throw GraphError(400, "invalidRequest", "The path is malformed.")
        }
        var segments = path.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard segments.first == "", segments.count > 1 else {
            throw GraphError(400, "invalidRequest", "The path is malformed.")
        }
        segments.removeFirst()
        segments = segments.flatMap(Self.keyForm)
        version = segments.removeFirst()
        guard version == "v1.0" || version == "beta" else {
            throw GraphError(400, "invalidVersion", "The version is none of v1.0 and beta.")
        }
        guard Self.dropDrive(&segments) else {
            action = segments.filter { !$0.isEmpty }
            return
        }
        try readItem(&segments)
        action = segments.filter { !$0.isEmpty }
    }

    func option(_ name: String) -> String? {
        options.first { $0.name == name || $0.name == "$" + name }?.value
    }

    /// `items('x')` is `items/x`.
    private static func keyForm(_ segment: String) -> [String] {
        guard segment.hasSuffix("')"), let open = segment.firstRange(of: "('"), !segment.hasPrefix("delta") else {
            return [segment]
        }
        return [String(segment[..<open.lowerBound]), String(segment[open.upperBound...].dropLast(2))]
    }

    /// There is one drive, whatever way leads to it.
    private static func dropDrive(_ segments: inout [String]) -> Bool {
        var rest = segments[...]
        switch rest.first?.lowercased() {
        case "me": rest = rest.dropFirst()
        case "users", "groups", "sites": rest = rest.dropFirst(2)
        default: break
        }
        switch rest.first?.lowercased() {
        case "drive": rest = rest.dropFirst()
        case "drives" where rest.count > 1:
            guard rest.dropFirst().first?.lowercased() == GraphItems.driveID.lowercased() else { return false }
            rest = rest.dropFirst(2)
        default: return false
        }
        segments = Array(rest)
        return true
    }

    private mutating func readItem(_ segments: inout [String]) throws(GraphError) {
        guard let first = segments.first?.lowercased() else { return }
        switch first {
        case "root", "root:":
            item = .path([])
            segments.removeFirst()
            if first == "root:" { item = .path(try names(&segments)) }
        case "items" where segments.count > 1:
            var id = segments[1]
            segments.removeFirst(2)
            let opens = id.hasSuffix(":")
            if opens { id.removeLast() }
            let isRoot = id.lowercased() == "root"
            item = isRoot ? .path([]) : .id(id)
            guard opens else { return }
            let names = try names(&segments)
            item = isRoot ? .path(names) : .below(id, names)
        default: return
        }
    }

    private func names(_ segments: inout [String]) throws(GraphError) -> [String] {
        var names: [String] = []
        while !segments.isEmpty {
            let name = segments.removeFirst()
            if name.hasSuffix(":") {
                if name.count > 1 { names.append(String(name.dropLast())) }
                return try Self.checked(names)
            }
            names.append(name)
        }
        if names.last == "" { names.removeLast() }
        return try Self.checked(names)
    }

    private static func checked(_ names: [String]) throws(GraphError) -> [String] {
        for name in names { try GraphItems.checkName(name) }
        return names
    }
}

extension StringProtocol {
    /// Percent escapes resolved; nil for broken ones and for what is not UTF-8.
    var graphDecoded: String? {
        var bytes: [UInt8] = []
        var iterator = utf8.makeIterator()
        while let byte = iterator.next() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = iterator.next(), let low = iterator.next(),
                let value = UInt8(String(decoding: [high, low], as: UTF8.self), radix: 16)
            else { return nil }
            bytes.append(value)
        }
        return String(validating: bytes, as: UTF8.self)
    }
}
