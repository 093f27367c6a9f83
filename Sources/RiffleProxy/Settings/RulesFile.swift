import RiffleListings
import Yams

/// Reads `rules:` of a configuration file: what an operator says about requests that riffle can't know the meaning of.
///
///     rules:
///       - listing: /api/folders/{path*}        # GET of such a path lists a folder (dialect json)
///         folder: /{path}/                     # which is called so
///         query: sort, limit                   # options that the answer depends on; all when absent
///         items: /entries                      # JSON pointers: the array of members,
///         name: /name                          # in each its name,
///         isFolder: /type=dir                  # and what tells a folder
///         next: /links/next                    # the link to the next page
///       - write: POST /api/folders/{path*}/upload
///         voids: /{path}/                      # with ** behind it everything below as well; several with commas between
///       - bypass: GET /api/live/{rest*}        # never answered from the cache
struct RulesFile {
    private(set) var rules = OperatorRules()
    private(set) var errors: [ConfigurationError] = []
    private let name: String

    private static let fields: [String: Set<String>] = [
        "listing": ["folder", "query", "items", "name", "isFolder", "next"],
        "write": ["voids"],
        "bypass": [],
    ]

    /// - Parameter name: how the file is called in errors.
    init(_ node: Node, name: String) {
        self.name = name
        guard let sequence = node.sequence else {
            fail(node, "`rules` takes a list, such as `- bypass: GET /api/live/{rest*}`")
            return
        }
        for rule in sequence { read(rule) }
    }

    private mutating func read(_ rule: Node) {
        guard let mapping = rule.mapping else {
            return fail(rule, "a rule begins with `listing:`, `write:` or `bypass:`")
        }
        var values: [String: Node] = [:]
        for (key, value) in mapping {
            guard let name = key.scalar?.string else { return fail(key, "a rule's field must be a word") }
            guard value.scalar != nil else { return fail(value, "`\(name)` takes one value") }
            values[name] = value
        }
        let kinds = values.keys.filter { Self.fields[$0] != nil }
        guard let kind = kinds.first, kinds.count == 1, let head = values[kind], let known = Self.fields[kind] else {
            return fail(rule, "a rule begins with one of `listing:`, `write:` and `bypass:`")
        }
        for (key, _) in mapping {
            guard let name = key.scalar?.string, name != kind, !known.contains(name) else { continue }
            let wanted = known.isEmpty ? "none" : known.sorted().map { "`\($0)`" }.joined(separator: ", ")
            return fail(key, "no field `\(name)` in a `\(kind)` rule; it has \(wanted)")
        }
        guard rules.listings.count + rules.writes.count + rules.bypasses.count < OperatorRules.limit else {
            return fail(rule, "more than \(OperatorRules.limit) rules")
        }
        switch kind {
        case "listing": readListing(head, values)
        case "write": readWrite(head, values)
        default:
            if let (methods, path) = request(head) { rules.bypasses.append(.init(methods: methods, path: path)) }
        }
    }

    // MARK: Kinds

    private mutating func readListing(_ head: Node, _ values: [String: Node]) {
        guard let path = pattern(head, text(head)) else { return }
        guard let folderNode = values["folder"], let itemsNode = values["items"], let nameNode = values["name"] else {
            return fail(head, "a `listing` rule needs `folder`, `items` and `name`")
        }
        guard let folder = pattern(folderNode, text(folderNode)) else { return }
        guard folder.endsInSlash else { return fail(folderNode, "a folder's name ends in a slash: `/{path}/`") }
        guard folder.names == path.names else {
            return fail(
                folderNode, "`folder` must have the same names in braces as the path: two paths must not be one folder")
        }
        guard let items = pointer(itemsNode), let name = pointer(nameNode) else { return }
        var rule = OperatorRules.Listing(
            path: path, folder: folder, query: nil, items: items, name: name, isFolder: nil, next: nil)
        if let node = values["query"] { rule.query = words(node).map { Array($0.utf8) } }
        if let node = values["isFolder"] {
            guard let test = JSONTest(text(node)) else {
                return fail(node, "`isFolder` takes a JSON pointer such as /folder, or with a value: /type=dir")
            }
            rule.isFolder = test
        }
        if let node = values["next"] {
            guard let next = pointer(node) else { return }
            rule.next = next
        }
        rules.listings.append(rule)
    }

    private mutating func readWrite(_ head: Node, _ values: [String: Node]) {
        guard let (methods, path) = request(head) else { return }
        guard let node = values["voids"] else { return fail(head, "a `write` rule needs `voids`: what it changes") }
        var voids: [(folder: PathPattern, isDeep: Bool)] = []
        for word in words(node) {
            let isDeep = word.hasSuffix("**")
            guard let folder = pattern(node, isDeep ? String(word.dropLast(2)) : word) else { return }
            guard folder.endsInSlash else {
                return fail(node, "what is voided is a folder: `/{path}/`, or `/{path}/**` with all below it")
            }
            guard folder.names.isSubset(of: path.names) else {
                return fail(node, "`\(word)` has a name in braces that the path has not")
            }
            voids.append((folder, isDeep))
        }
        guard !voids.isEmpty else { return fail(node, "`voids` names no folder") }
        rules.writes.append(.init(methods: methods, path: path, voids: voids))
    }

    // MARK: Parts

    /// `POST|PUT /path`, or a path alone for any method.
    private mutating func request(_ node: Node) -> (methods: Set<String>?, path: PathPattern)? {
        let words = text(node).split(separator: " ").map(String.init)
        guard (1...2).contains(words.count), let last = words.last else {
            fail(node, "expected a path, or a method and a path: `POST /api/{path*}`")
            return nil
        }
        var methods: Set<String>?
        if words.count == 2 {
            let names = words[0].split(separator: "|").map(String.init)
            guard !names.isEmpty, names.allSatisfy({ $0.allSatisfy { $0.isASCII && $0.isUppercase || $0 == "-" } })
            else {
                fail(node, "`\(words[0])` is no method; write POST, or several as POST|PUT")
                return nil
            }
            methods = Set(names)
        }
        return pattern(node, last).map { (methods, $0) }
    }

    private mutating func pattern(_ node: Node, _ text: String) -> PathPattern? {
        do {
            return try PathPattern(text)
        } catch {
            let why =
                switch error {
                case .noSlash: "a path begins with a slash"
                case .brokenName: "a segment is a word or one name in braces: {name}, or {name*} for several segments"
                case .repeatedName: "a name in braces may stand once only"
                case .twoOpenEnded: "{name*} may stand once only"
                case .unsafe: "a segment that servers read in different ways"
                }
            fail(node, "`\(text)` is no path: \(why)")
            return nil
        }
    }

    private mutating func pointer(_ node: Node) -> JSONPointer? {
        let pointer = JSONPointer(text(node))
        if pointer == nil { fail(node, "`\(text(node))` is no JSON pointer, such as /data/items") }
        return pointer
    }

    private func text(_ node: Node) -> String { node.scalar?.string ?? "" }

    private func words(_ node: Node) -> [String] {
        text(node).split(separator: ",").map { $0.filter { $0 != " " } }.filter { !$0.isEmpty }
    }

    private mutating func fail(_ node: Node, _ message: String) {
        let place = node.mark.map { "\(name):\($0.line):\($0.column)" } ?? name
        errors.append(ConfigurationError(place: place, message))
    }
}
