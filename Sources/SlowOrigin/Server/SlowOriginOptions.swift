/// Everything that shapes a server; the command line fills it, tests fill it directly.
package struct SlowOriginOptions: Sendable {
    package enum DialectName: String, Sendable, CaseIterable { case webdav, autoindex, s3, graph }

    package var root: String
    package var host = "127.0.0.1"
    /// 0 takes a free port.
    package var port = 0
    package var dialect = DialectName.webdav
    package var latency = Latency.none
    package var latencyOnEverything = false
    /// Nil: no limit.
    package var concurrency: Int?
    package var faults = Faults()
    package var seed: UInt64 = 1
    package var users: UserFile?
    package var isReadOnly = false
    /// Whether tags of WebDAV folders change with everything below them.
    package var hasDeepTags = false
    /// Where requests go instead of the tree: `http://host[:port]`.
    package var upstream: String?

    package init(root: String) { self.root = root }

    /// `host:port`, `[v6]:port`.
    package mutating func listen(on text: String) throws(SlowOriginError) {
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
            (0...65_535).contains(port), colon != text.startIndex
        else { throw .invalid("listen address '\(text)' is not HOST:PORT, for example 127.0.0.1:8090") }
        host = text[..<colon].filter { $0 != "[" && $0 != "]" }
        self.port = port
    }
}
