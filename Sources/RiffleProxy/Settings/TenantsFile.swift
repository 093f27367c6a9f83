import RiffleCache
import RiffleListings
import Yams

/// Reads `tenants:` of a configuration file: parts of the tree with bounds of their own in the memory tier.
///
///     tenants:
///       - path: /teams/finance/     # everything below it
///         floor: 32MiB              # kept for it, whatever others ask for
///         ceiling: 128MiB           # never more
struct TenantsFile {
    private static let fields: Set = ["path", "floor", "ceiling"]

    private(set) var tenants: [Tenant] = []
    private(set) var errors: [ConfigurationError] = []
    private let name: String

    /// - Parameter name: how the file is called in errors.
    init(_ node: Node, name: String) {
        self.name = name
        // An empty group, as when all of it is commented out, is no mistake.
        if let word = node.scalar?.string, word.isEmpty || word == "null" { return }
        guard let sequence = node.sequence else {
            fail(node, "`tenants` takes a list, such as `- path: /teams/finance/`")
            return
        }
        for tenant in sequence { read(tenant) }
    }

    private mutating func read(_ node: Node) {
        guard let mapping = node.mapping else { return fail(node, "a tenant begins with `path:`") }
        var values: [String: Node] = [:]
        for (key, value) in mapping {
            guard let field = key.scalar?.string, Self.fields.contains(field) else {
                return fail(key, "a tenant has `path`, `floor` and `ceiling`")
            }
            guard value.scalar != nil else { return fail(value, "`\(field)` takes one value") }
            values[field] = value
        }
        guard let pathNode = values["path"], let path = path(pathNode) else {
            if values["path"] == nil { fail(node, "a tenant needs a `path`, such as /teams/finance/") }
            return
        }
        guard values["floor"] != nil || values["ceiling"] != nil else {
            return fail(node, "a tenant needs a `floor` or a `ceiling`")
        }
        guard let floor = size(values["floor"], else: 0), let ceiling = size(values["ceiling"], else: .max) else {
            return
        }
        guard floor <= ceiling else {
            return fail(values["floor"] ?? node, "the `floor` is above the `ceiling`")
        }
        guard tenants.count < MemoryTier.mostTenants else {
            return fail(node, "more than \(MemoryTier.mostTenants) tenants")
        }
        tenants.append(Tenant(path: path, floor: floor, ceiling: ceiling))
    }

    private mutating func path(_ node: Node) -> [UInt8]? {
        let text = node.scalar?.string ?? ""
        guard text.hasSuffix("/"), let path = Dialect.canonicalFolderPath(text.utf8) else {
            fail(node, "`\(text)` is no folder: it begins and ends with a slash and has no dot segments")
            return nil
        }
        guard !tenants.contains(where: { $0.path == path }) else {
            fail(node, "`\(text)` is the path of another tenant")
            return nil
        }
        return path
    }

    private mutating func size(_ node: Node?, else absent: Int) -> Int? {
        guard let node else { return absent }
        let size = SettingValue.bytes(node.scalar?.string ?? "")
        if size == nil { fail(node, "takes a size such as 64KiB or 256MiB") }
        return size
    }

    private mutating func fail(_ node: Node, _ message: String) {
        let place = node.mark.map { "\(name):\($0.line):\($0.column)" } ?? name
        errors.append(ConfigurationError(place: place, message))
    }
}
