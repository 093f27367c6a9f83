import HTTPTypes

/// What one principal may see and change: rules by folder, of which the longest matching one decides.
struct Permissions: Sendable, Equatable {
    enum Right: Int, Sendable, Comparable {
        case deny, read, write
        static func < (left: Right, right: Right) -> Bool { left.rawValue < right.rawValue }
    }

    struct Rule: Sendable, Equatable {
        let right: Right
        let segments: [String]
    }

    var rules: [Rule] = []

    /// May do everything; the right of everybody where there are no users.
    static let all = Permissions(rules: [Rule(right: .write, segments: [])])

    /// Without a matching rule nothing is allowed.
    func right(to path: ResourcePath) -> Right {
        var best: Rule?
        for rule in rules where path.segments.starts(with: rule.segments) {
            if rule.segments.count >= (best?.segments.count ?? -1) { best = rule }
        }
        return best?.right ?? .deny
    }

    /// The least right to anything at or below `path`: a tree may be moved or removed only if all of it may.
    func leastRight(under path: ResourcePath) -> Right {
        var least = right(to: path)
        for rule in rules where rule.segments.starts(with: path.segments) { least = min(least, rule.right) }
        return least
    }
}

/// On whose behalf a request is made.
struct Principal: Sendable, Equatable {
    let name: String
    let permissions: Permissions

    static let everybody = Principal(name: "", permissions: .all)

    func requireRead(_ path: ResourcePath) throws(Refusal) {
        guard permissions.right(to: path) >= .read else { throw Refusal(.forbidden, "\(name) may not see this") }
    }

    func requireWrite(_ path: ResourcePath) throws(Refusal) {
        guard permissions.right(to: path) >= .write else { throw Refusal(.forbidden, "\(name) may not change this") }
    }

    func requireReadOfTree(_ path: ResourcePath) throws(Refusal) {
        guard permissions.leastRight(under: path) >= .read else {
            throw Refusal(.forbidden, "\(name) may not see all of this")
        }
    }

    func requireWriteOfTree(_ path: ResourcePath) throws(Refusal) {
        guard permissions.leastRight(under: path) >= .write else {
            throw Refusal(.forbidden, "\(name) may not change all of this")
        }
    }
}
