import RiffleCache
import RiffleListings

/// How one principal asks for one form: what a prefetch on its behalf sends for another folder. Raw credentials live
/// here and nowhere else beyond their request; they never leave the process.
struct RequestTemplate: Sendable {
    let request: RequestMessage
    let remoteAddress: String
    let dialect: Dialect
    let credential: Credential

    /// The same request for the folder of this key, in the spelling of its form; nil where the dialect has none.
    func request(for key: CacheKey, rules: DialectRules) -> RequestMessage? {
        let target = dialect.target(
            of: Array(key.path), form: Array(key.form), like: Array(request.target.utf8), rules: rules)
        return target.map { RequestMessage(like: request, target: String(decoding: $0, as: UTF8.self)) }
    }
}

/// The templates lately seen, bounded: the oldest half is forgotten when full, which only costs prefetches.
struct RequestTemplates: Sendable {
    static let maximum = 4_096

    struct Name: Hashable, Sendable {
        let principal: PrincipalID
        let form: [UInt8]

        init(_ key: CacheKey) {
            principal = key.principal
            form = Array(key.form)
        }
    }

    private var templates: [Name: (template: RequestTemplate, stamp: UInt64)] = [:]
    private var clock: UInt64 = 0

    subscript(_ name: Name) -> RequestTemplate? { templates[name]?.template }

    mutating func learn(_ template: RequestTemplate, as name: Name) {
        clock += 1
        templates[name] = (template, clock)
        guard templates.count > Self.maximum else { return }
        let median = templates.values.map(\.stamp).sorted()[templates.count / 2]
        templates = templates.filter { $0.value.stamp > median }
    }
}
