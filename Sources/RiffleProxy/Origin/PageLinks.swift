import NIOCore
import RiffleCache
import RiffleListings

/// Makes the links between the pages of a listing lead through riffle, and binds the pages of one fetch together.
///
/// The first page names a new chain in its link, the next ones carry it on. No page lives longer than the first, so that a
/// chain ends as a whole.
struct PageLinks {
    let gateway: Gateway

    /// The chain of a page about to be kept; nil for a listing that comes whole.
    func chain(
        _ work: ListingWork, _ shape: ListingShape, generation: Generation, life: EntryLife, now: Int64
    ) -> PageChain? {
        if let chain = work.chain { return chain }
        guard shape.next != nil else { return nil }
        let wall = WallTime.now().milliseconds + max(0, life.freshUntil - now)
        return PageChain(
            node: gateway.chainNode, mark: .random(in: .min ... .max), generation: generation.value,
            end: UInt64(clamping: wall))
    }

    /// When a chain ends, in milliseconds of the monotonic clock.
    func end(of chain: PageChain, now: Int64) -> Int64 {
        now + Int64(clamping: chain.end) - WallTime.now().milliseconds
    }

    /// Puts the link that clients get in the place of the origin's.
    ///
    /// - Parameter chain: nil when the page is not kept: its link only leads through riffle.
    /// - Returns: false when the link leads elsewhere; the answer stays as it was and must not be kept.
    func rewrite(
        _ received: inout ListingIntake.Received, _ shape: ListingShape, work: ListingWork, request: RequestMessage,
        chain: PageChain?
    ) -> Bool {
        if shape.hasAbsoluteLinks {
            let bases = gateway.fields.bases(request.authority).map { Array($0.utf8) }
            let relative = received.body.withUnsafeReadableBytes { AbsoluteLinks.relative($0, bases: bases) }
            if let relative { received.body = ByteBuffer(bytes: relative) }
        }
        guard let next = shape.next else { return true }
        let fields = gateway.fields
        func translate(_ url: [UInt8]) -> [UInt8]? {
            let url = String(decoding: url, as: UTF8.self)
            return fields.translated(link: url, to: request.authority).map { Array($0.utf8) }
        }
        let link =
            chain.map { work.dialect.chained(next.value, to: $0, translate: translate) }
            ?? work.dialect.unkept(next.value, translate: translate)
        guard let link else { return false }
        return received.replace(next, with: next.escaped(link))
    }
}

extension NextLink {
    /// `value` as it stands in a body of this kind.
    func escaped(_ value: [UInt8]) -> [UInt8] {
        switch escaping {
        case .json:
            value.flatMap { byte -> [UInt8] in
                byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") ? [UInt8(ascii: "\\"), byte] : [byte]
            }
        case .xml:
            value.flatMap { byte -> [UInt8] in
                switch byte {
                case UInt8(ascii: "&"): Array("&amp;".utf8)
                case UInt8(ascii: "<"): Array("&lt;".utf8)
                case UInt8(ascii: ">"): Array("&gt;".utf8)
                default: [byte]
                }
            }
        }
    }
}

extension ByteBuffer {
    /// The bytes with those at `range`, counted from the first readable one, replaced; the same where there are none.
    func replacing(_ range: Range<Int>, with bytes: [UInt8]) -> ByteBuffer {
        guard range.upperBound <= readableBytes else { return self }
        var result = ByteBuffer()
        result.reserveCapacity(readableBytes - range.count + bytes.count)
        result.writeImmutableBuffer(slicePrefix(range.lowerBound))
        result.writeBytes(bytes)
        result.writeImmutableBuffer(slice(from: range.upperBound))
        return result
    }
}
