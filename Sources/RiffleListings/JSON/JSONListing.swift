/// Confirms a listing by an operator's rule: one JSON document, read to its end, with an array of members that each have
/// a name.
struct JSONListing {
    /// Bytes of one member, or of what stands beside the members.
    private static let memberLimit = 256 << 10

    private enum Role { case items, next, name, isFolder }
    private typealias Target = (role: Role, keys: ArraySlice<[UInt8]>)

    private struct Refused: Error {
        let failure: ConfirmationFailure
    }

    /// An object on the way to what the rule points to.
    private struct Level {
        let targets: [Target]
        var seen: Set<[UInt8]> = []
    }

    private enum Place {
        case before
        /// In the innermost level, or behind the whole where there is none.
        case within(JSONReader.Mark)
        case members(JSONReader.Mark)
    }

    private let rule: OperatorRules.Listing
    private let folder: [UInt8]
    private var place = Place.before
    private var levels: [Level] = []
    private var shape = ListingShape()
    private var sawItems = false
    // Of the member being read.
    private var name: [UInt8]?
    private var isFolder = false

    init(_ rule: OperatorRules.Listing, folder: [UInt8]) {
        self.rule = rule
        self.folder = folder
    }

    var next: NextLink? { shape.next }

    /// Reads on in `window`, which begins at `offset` of the body. A member is read when all of it is there.
    mutating func read(_ window: UnsafeRawBufferPointer, at offset: Int, isLast: Bool) -> ListingProgress {
        var consumed = 0
        do {
            return try read(window, at: offset, isLast: isLast, &consumed)
        } catch let refused as Refused {
            return .decided(.refused(refused.failure))
        } catch {
            let isIncomplete = (error as? JSONReader.Failure) == .incomplete
            if isIncomplete, !isLast, window.count - consumed <= Self.memberLimit { return .more(consumed: consumed) }
            return .decided(.refused(isIncomplete ? .incomplete : .malformed))
        }
    }

    private mutating func read(
        _ window: UnsafeRawBufferPointer, at offset: Int, isLast: Bool, _ consumed: inout Int
    ) throws -> ListingProgress {
        var reader: JSONReader
        switch place {
        case .before:
            guard isLast || window.count >= 3 else { return .more(consumed: 0) }
            reader = JSONReader(window)
            var targets: [Target] = [(.items, rule.items.keys[...])]
            if let next = rule.next { targets.append((.next, next.keys[...])) }
            try enter(targets, &reader, at: offset, isLast: isLast)
        case .within(let mark), .members(let mark): reader = JSONReader(window, resuming: mark)
        }
        while true {
            consumed = reader.mark.position
            if case .members = place {
                while try reader.nextElement() {
                    try readMember(&reader)
                    consumed = reader.mark.position
                    place = .members(reader.mark)
                }
                place = .within(reader.mark)
            } else if let level = levels.last {
                try readKey(level, &reader, at: offset, isLast: isLast)
            } else {
                try reader.expectEnd()
                guard isLast else { return .more(consumed: window.count) }
                return .decided(sawItems ? .listing(shape) : .refused(.noSelf))
            }
        }
    }

    /// One key of the innermost level with its value, or the level's end.
    private mutating func readKey(
        _ level: Level, _ reader: inout JSONReader, at offset: Int, isLast: Bool
    ) throws {
        guard let spelled = try reader.nextKey() else {
            levels.removeLast()
            place = .within(reader.mark)
            return
        }
        guard let key = reader.decoded(spelled) else { throw Refused(failure: .malformed) }
        let inner = level.targets.filter { $0.keys.first == key }.map { Target($0.role, $0.keys.dropFirst()) }
        // Of a key that stands twice nobody knows which one counts.
        guard inner.isEmpty || !level.seen.contains(key) else { throw Refused(failure: .malformed) }
        let depth = levels.count - 1
        try enter(inner, &reader, at: offset, isLast: isLast)
        if !inner.isEmpty { levels[depth].seen.insert(key) }
    }

    /// Takes a value in front of the members, or goes into it.
    private mutating func enter(
        _ targets: [Target], _ reader: inout JSONReader, at offset: Int, isLast: Bool
    ) throws {
        if let target = targets.first(where: { $0.keys.isEmpty }) {
            if target.role == .items {
                try reader.enterArray()
                sawItems = true
                place = .members(reader.mark)
                return
            }
            try takeNext(&reader, at: offset, isLast: isLast)
        } else if !targets.isEmpty, try reader.kind() == .object {
            try reader.enterObject()
            levels.append(Level(targets: targets))
        } else {
            try reader.skipValue()
            try checkEnd(reader, isLast)
        }
        place = .within(reader.mark)
    }

    /// A number that reaches to the end of the window may go on in the next one.
    private func checkEnd(_ reader: JSONReader, _ isLast: Bool) throws {
        guard isLast || !reader.isAtEnd else { throw JSONReader.Failure.incomplete }
    }

    private mutating func takeNext(_ reader: inout JSONReader, at offset: Int, isLast: Bool) throws {
        let text = try reader.readStringOrNull()
        try checkEnd(reader, isLast)
        guard let text else { return }
        guard let value = reader.decoded(text), shape.next == nil else { throw Refused(failure: .malformed) }
        guard !value.isEmpty else { return }
        shape.next = try NextLink(text, value: value, at: offset)
    }

    // MARK: Members

    private mutating func readMember(_ reader: inout JSONReader) throws {
        name = nil
        isFolder = false
        guard try reader.kind() == .object else {
            throw Refused(failure: .malformed)
        }
        var targets: [Target] = [(.name, rule.name.keys[...])]
        if let test = rule.isFolder { targets.append((.isFolder, test.pointer.keys[...])) }
        try readPart(targets, &reader)
        guard let name, !name.isEmpty else { throw Refused(failure: .malformed) }
        shape.childCount += 1
        if isFolder, let child = Dialect.childFolderPath(of: folder, named: name) { shape.addChildFolder(child) }
    }

    /// Takes one value of a member, and of it what the targets point to.
    private mutating func readPart(_ targets: [Target], _ reader: inout JSONReader) throws {
        if let target = targets.first(where: { $0.keys.isEmpty }) {
            switch target.role {
            case .name: return try takeName(&reader)
            case .isFolder, .items, .next:
                isFolder = try Self.holds(rule.isFolder?.value, &reader)
                return
            }
        }
        guard !targets.isEmpty, try reader.kind() == .object else {
            try reader.skipValue()
            return
        }
        var seen: Set<[UInt8]> = []
        try reader.enterObject()
        while let spelled = try reader.nextKey() {
            guard let key = reader.decoded(spelled) else { throw Refused(failure: .malformed) }
            let inner = targets.filter { $0.keys.first == key }.map { Target($0.role, $0.keys.dropFirst()) }
            if !inner.isEmpty, !seen.insert(key).inserted { throw Refused(failure: .malformed) }
            try readPart(inner, &reader)
        }
    }

    private mutating func takeName(_ reader: inout JSONReader) throws {
        switch try reader.kind() {
        case .string:
            let text = try reader.readString()
            name = reader.decoded(text)
        case .number:
            let range = try reader.readNumber()
            name = Array(reader.bytes[range])
        default: throw Refused(failure: .malformed)
        }
    }

    /// Whether the next value is the one that makes a folder.
    private static func holds(_ value: [UInt8]?, _ reader: inout JSONReader) throws(JSONReader.Failure) -> Bool {
        let kind = try reader.kind()
        guard let value else {
            if kind == .bool { return try reader.readBool() }
            try reader.skipValue()
            return kind != .null
        }
        if kind == .string {
            let text = try reader.readString()
            return reader.decoded(text) == value
        }
        let range = try reader.skipValue()
        return reader.bytes[range].elementsEqual(value)
    }
}
