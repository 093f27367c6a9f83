/// The `If` field (RFC 4918 §10.4): lists of conditions on state tokens and entity tags.
struct IfHeader: Sendable, Equatable {
    enum Condition: Sendable, Equatable {
        case token(String, isNegated: Bool)
        case etag(String, isNegated: Bool)
    }

    struct List: Sendable, Equatable {
        /// The resource the list speaks about; nil is the requested one.
        let tag: String?
        let conditions: [Condition]
    }

    static let mostConditions = 1_000

    let lists: [List]

    /// Every token named without `Not`: those the client says it holds.
    var tokens: Set<String> {
        var tokens: Set<String> = []
        for list in lists {
            for case .token(let token, isNegated: false) in list.conditions { tokens.insert(token) }
        }
        return tokens
    }

    /// Nil: malformed.
    init?(_ text: String) {
        var rest = Substring(text)
        var lists: [List] = []
        var tag: String?
        var isTagFresh = false
        var count = 0
        func skip() { rest = rest.drop { $0 == " " || $0 == "\t" } }
        func take(until end: Character) -> String? {
            guard let index = rest.firstIndex(of: end) else { return nil }
            defer { rest = rest[rest.index(after: index)...] }
            return String(rest[rest.index(after: rest.startIndex)..<index])
        }
        skip()
        while let first = rest.first {
            if first == "<" {
                guard !isTagFresh, lists.isEmpty || tag != nil, let taken = take(until: ">") else { return nil }
                tag = taken
                isTagFresh = true
            } else if first == "(" {
                rest.removeFirst()
                var conditions: [Condition] = []
                skip()
                while let next = rest.first, next != ")" {
                    var isNegated = false
                    if rest.lowercased().hasPrefix("not") {
                        isNegated = true
                        rest = rest.dropFirst(3)
                        skip()
                    }
                    count += 1
                    guard count <= Self.mostConditions else { return nil }
                    switch rest.first {
                    case "<":
                        guard let token = take(until: ">") else { return nil }
                        conditions.append(.token(token, isNegated: isNegated))
                    case "[":
                        guard let etag = take(until: "]") else { return nil }
                        conditions.append(.etag(etag, isNegated: isNegated))
                    default: return nil
                    }
                    skip()
                }
                guard rest.first == ")", !conditions.isEmpty else { return nil }
                rest.removeFirst()
                lists.append(List(tag: tag, conditions: conditions))
                isTagFresh = false
            } else {
                return nil
            }
            skip()
        }
        guard !lists.isEmpty, !isTagFresh else { return nil }
        self.lists = lists
    }

    /// True if one list holds. `state` tells the tokens and entity tag of a tag's resource (nil: the requested one).
    func holds(_ state: (String?) -> (tokens: Set<String>, etag: String?)) -> Bool {
        lists.contains { list in
            let (tokens, current) = state(list.tag)
            return list.conditions.allSatisfy { condition in
                switch condition {
                case .token(let token, let isNegated): tokens.contains(token) != isNegated
                case .etag(let etag, let isNegated): (etag == current) != isNegated
                }
            }
        }
    }
}
