import RiffleCache
import RiffleListings

/// How one principal asks for one form: what a prefetch on its behalf sends for another folder. Raw credentials live
/// here and nowhere else beyond their request; they never leave the process.
struct RequestTemplate: Sendable {
    let request: RequestMessage
    let remoteAddress: String
    let dialect: Dialect
    let credential: Credential

    /// The same request for the folder of this key, in the spelling of its form: with or without its closing slash, with
    /// the same query.
    func request(for key: CacheKey) -> RequestMessage {
        var target = String(decoding: Dialect.requestTarget(of: Array(key.path), form: Array(key.form)), as: UTF8.self)
        if let question = request.target.firstIndex(of: "?") { target += request.target[question...] }
        return RequestMessage(like: request, target: target)
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
