import RiffleHTTP

/// One fetch of a listing that comes in pages, as riffle names it in the links between them: pages of two fetches have
/// different names, so that they have different keys and never mix.
///
/// It travels through clients, so nothing in it is believed beyond what a client could bring about anyway.
package struct PageChain: Sendable, Equatable {
    /// The query option that carries it.
    static let option: StaticString = "riffle-page"

    /// The riffle that fetched the first page.
    package var node: UInt32
    /// Tells fetches of one riffle apart.
    package var mark: UInt32
    /// The generation of that riffle with which the first page began.
    package var generation: UInt64
    /// When the first page ends, and with it the chain; unix milliseconds.
    package var end: UInt64

    package init(node: UInt32, mark: UInt32, generation: UInt64, end: UInt64) {
        self.node = node
        self.mark = mark
        self.generation = generation
        self.end = end
    }

    package var text: [UInt8] {
        Array([UInt64(node), UInt64(mark), generation, end].map { String($0, radix: 16) }.joined(separator: ".").utf8)
    }

    package init?(_ text: UnsafeRawBufferPointer) {
        guard text.count <= 80 else { return nil }
        let parts = String(decoding: text, as: UTF8.self).split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4, let node = UInt32(parts[0], radix: 16), let mark = UInt32(parts[1], radix: 16),
            let generation = UInt64(parts[2], radix: 16), let end = UInt64(parts[3], radix: 16)
        else { return nil }
        self.init(node: node, mark: mark, generation: generation, end: end)
    }
}

extension PageChain {
    /// The chain that a query names; nil for none.
    static func find(in query: UnsafeRawBufferPointer) -> PageChain? {
        var found: PageChain?
        for option in QueryOptions(query) where ASCII.equals(option.name, Self.option) {
            guard found == nil else { return nil }
            found = PageChain(option.value)
        }
        return found
    }

    /// The target without the option, as the origin gets it.
    static func removed(from target: [UInt8]) -> [UInt8] {
        guard let question = target.firstIndex(of: UInt8(ascii: "?")) else { return target }
        let name = Array("riffle-page=".utf8)
        let rest = target[(question + 1)...].split(separator: UInt8(ascii: "&"), omittingEmptySubsequences: false)
        let kept = rest.filter { !$0.starts(with: name) }
        guard kept.count < rest.count else { return target }
        guard !kept.isEmpty else { return Array(target[..<question]) }
        return Array(target[...question]) + kept.joined(separator: [UInt8(ascii: "&")])
    }

    /// The link with the option.
    func added(to link: [UInt8]) -> [UInt8] {
        var link = link
        link.append(link.contains(UInt8(ascii: "?")) ? UInt8(ascii: "&") : UInt8(ascii: "?"))
        return link + Array("riffle-page=".utf8) + text
    }
}

extension Dialect {
    /// The chain that a request for a page belongs to.
    package func chain(of head: RequestHead, bytes: UnsafeRawBufferPointer) -> PageChain? {
        guard head.hasQuery else { return nil }
        if self == .s3 { return S3Token.chain(of: UnsafeRawBufferPointer(rebasing: bytes[head.query.range])) }
        guard speaksPages else { return nil }
        return PageChain.find(in: UnsafeRawBufferPointer(rebasing: bytes[head.query.range]))
    }

    /// The target as the origin gets it: without what riffle wrote into its links.
    package func unchained(_ target: [UInt8]) -> [UInt8] {
        speaksPages ? PageChain.removed(from: target) : target
    }

    /// The link that clients get instead of the origin's.
    ///
    /// - Parameter translate: an absolute URL of the origin as clients reach it through riffle; nil for one of another place.
    /// - Returns: nil when the link leads elsewhere: such a listing is not stored.
    package func chained(
        _ link: [UInt8], to chain: PageChain, translate: ([UInt8]) -> [UInt8]?
    ) -> [UInt8]? {
        self == .s3 ? S3Token.chained(link, to: chain) : translate(link).map { chain.added(to: $0) }
    }

    /// The link that clients get to a page that is not kept.
    package func unkept(_ link: [UInt8], translate: ([UInt8]) -> [UInt8]?) -> [UInt8]? {
        self == .s3 ? link : translate(link)
    }

    private var speaksPages: Bool { self == .graph || self == .json }
}
