import RiffleSigning

/// Continuation tokens as clients get them: the origin's own with the chain of the page behind it.
enum S3Token {
    private static let mark = Array("~riffle~".utf8)

    static func chained(_ token: [UInt8], to chain: PageChain) -> [UInt8] {
        token + mark + chain.text
    }

    /// The origin's token and the chain of one that riffle wrote; nil for any other.
    static func split(_ token: [UInt8]) -> (origin: [UInt8], chain: PageChain)? {
        guard token.count > mark.count else { return nil }
        for start in stride(from: token.count - mark.count, to: 0, by: -1)
        where token[start..<start + mark.count].elementsEqual(mark) {
            let chain = token[(start + mark.count)...].withUnsafeBytes { PageChain($0) }
            return chain.map { (Array(token[..<start]), $0) }
        }
        return nil
    }

    static func chain(of query: UnsafeRawBufferPointer) -> PageChain? {
        var pairs = QueryPairs()
        guard pairs.read(query), let token = pairs.value("continuation-token") else { return nil }
        return split(token)?.chain
    }
}

/// A request as riffle sends it on: the bucket in the path, the query in its canonical spelling without what signs it, and
/// the origin's own token.
package enum S3Outbound {
    /// nil when path or query can't be read.
    package static func target(_ target: S3Target, query: UnsafeRawBufferPointer) -> [UInt8]? {
        var pairs = QueryPairs()
        guard pairs.read(query) else { return nil }
        let split = pairs.value("continuation-token").flatMap { S3Token.split($0) }
        var result = target.path + [UInt8(ascii: "?")]
        let start = result.count
        pairs.append(
            to: &result, without: S3Form.ofSignature + (split == nil ? [] : ["continuation-token"]), asSent: true)
        if let split {
            if result.count > start { result.append(UInt8(ascii: "&")) }
            result.append(contentsOf: "continuation-token=".utf8)
            URIBytes.encode(split.origin, keepsSlash: false, into: &result)
        }
        if result.count == start { result.removeLast() }
        return result
    }
}
