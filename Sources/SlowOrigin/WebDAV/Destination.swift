import HTTPTypes

/// The `Destination` field: an absolute URL of this server, or a path.
enum Destination {
    static func parse(_ text: String, authority: String?) throws(Refusal) -> ResourcePath {
        if text.hasPrefix("/") { return try ResourcePath(target: text) }
        for scheme in ["http://", "https://"] where text.lowercased().hasPrefix(scheme) {
            let rest = text.dropFirst(scheme.count)
            let named = rest.prefix { $0 != "/" }
            guard let authority, named.lowercased() == authority.lowercased() else {
                throw Refusal(.badGateway, "the destination is on another server")
            }
            let path = rest.dropFirst(named.count)
            return try ResourcePath(target: path.isEmpty ? "/" : path)
        }
        throw Refusal(.badRequest, "the Destination is neither a URL nor a path")
    }
}
