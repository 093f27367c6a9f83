/// Confirms a listing by an operator's rule: one JSON document, read to its end, with an array of members that each have
/// a name.
struct JSONListing {
    private enum Role { case items, next, name, isFolder }
    private typealias Target = (role: Role, keys: ArraySlice<[UInt8]>)

    private struct Refused: Error {
        let failure: ConfirmationFailure
    }

    private let rule: OperatorRules.Listing
    private let folder: [UInt8]
    private var reader: JSONReader
    private var shape = ListingShape()
    private var sawItems = false
    // Of the member being read.
    private var name: [UInt8]?
    private var isFolder = false

    init(_ rule: OperatorRules.Listing, folder: [UInt8], body: UnsafeRawBufferPointer) {
        self.rule = rule
        self.folder = folder
        reader = JSONReader(body)
    }

    mutating func confirm() -> Confirmation {
        var targets: [Target] = [(.items, rule.items.keys[...])]
        if let next = rule.next { targets.append((.next, next.keys[...])) }
        do {
            try read(targets)
            try reader.expectEnd()
        } catch let refused as Refused {
            return .refused(refused.failure)
        } catch {
            return .refused((error as? JSONReader.Failure) == .incomplete ? .incomplete : .malformed)
        }
        return sawItems ? .listing(shape) : .refused(.noSelf)
    }

    /// Takes one value, and of it what the targets point to.
    private mutating func read(_ targets: [Target]) throws {
        if let target = targets.first(where: { $0.keys.isEmpty }) { return try take(target.role) }
        guard !targets.isEmpty, try reader.kind() == .object else {
            try reader.skipValue()
            return
        }
        var seen: Set<[UInt8]> = []
        try reader.enterObject()
        while let key = try reader.nextKey() {
            guard let key = reader.decoded(key) else { throw Refused(failure: .malformed) }
            let inner = targets.filter { $0.keys.first == key }.map { Target($0.role, $0.keys.dropFirst()) }
            // Of a key that stands twice nobody knows which one counts.
            if !inner.isEmpty, !seen.insert(key).inserted { throw Refused(failure: .malformed) }
            try read(inner)
        }
    }

    private mutating func take(_ role: Role) throws {
        switch role {
        case .items:
            sawItems = true
            try reader.enterArray()
            while try reader.nextElement() { try readMember() }
        case .next:
            guard try !reader.acceptNull() else { return }
            let text = try reader.readString()
            guard let value = reader.decoded(text), shape.next == nil else { throw Refused(failure: .malformed) }
            if !value.isEmpty { shape.next = NextLink(range: text.range, escaping: .json, value: value) }
        case .name:
            switch try reader.kind() {
            case .string: name = reader.decoded(try reader.readString())
            case .number: name = Array(reader.bytes[try reader.readNumber()])
            default: throw Refused(failure: .malformed)
            }
        case .isFolder: isFolder = try holds(rule.isFolder?.value)
        }
    }

    private mutating func readMember() throws {
        name = nil
        isFolder = false
        guard try reader.kind() == .object else { throw Refused(failure: .malformed) }
        var targets: [Target] = [(.name, rule.name.keys[...])]
        if let test = rule.isFolder { targets.append((.isFolder, test.pointer.keys[...])) }
        try read(targets)
        guard let name, !name.isEmpty else { throw Refused(failure: .malformed) }
        shape.childCount += 1
        if isFolder, let child = Dialect.childFolderPath(of: folder, named: name) { shape.addChildFolder(child) }
    }

    /// Whether the next value is the one that makes a folder.
    private mutating func holds(_ value: [UInt8]?) throws -> Bool {
        let kind = try reader.kind()
        guard let value else {
            if kind == .bool { return try reader.readBool() }
            try reader.skipValue()
            return kind != .null
        }
        if kind == .string { return reader.decoded(try reader.readString()) == value }
        return reader.bytes[try reader.skipValue()].elementsEqual(value)
    }
}
