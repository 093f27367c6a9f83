/// A query as signatures see it: names and values decoded and encoded anew in the one prescribed spelling, sorted.
package struct QueryPairs {
    /// Most parameters of one query.
    package static let limit = 64

    private struct Pair {
        var name: Range<Int>
        var value: Range<Int>
        /// `?uploads` has none, `?uploads=` has one: signed alike, sent on as they came.
        var hasEquals: Bool
    }

    private var bytes: [UInt8] = []
    private var pairs: [Pair] = []
    private var scratch: [UInt8] = []

    package init() {}

    package var count: Int { pairs.count }

    /// Reads a query without its `?`; false on a broken escape or more than ``limit`` parameters.
    package mutating func read(_ raw: UnsafeRawBufferPointer) -> Bool {
        bytes.removeAll(keepingCapacity: true)
        pairs.removeAll(keepingCapacity: true)
        var start = 0
        while start <= raw.count, !raw.isEmpty {
            var end = start
            while end < raw.count, raw[end] != UInt8(ascii: "&") { end &+= 1 }
            if end > start {
                guard pairs.count < Self.limit, append(UnsafeRawBufferPointer(rebasing: raw[start..<end])) else {
                    return false
                }
            }
            start = end + 1
        }
        sort()
        return true
    }

    private mutating func append(_ part: UnsafeRawBufferPointer) -> Bool {
        let equals = part.firstIndex(of: UInt8(ascii: "="))
        let name = UnsafeRawBufferPointer(rebasing: part[..<(equals ?? part.count)])
        let value = UnsafeRawBufferPointer(rebasing: part[(equals.map { $0 + 1 } ?? part.count)...])
        guard let nameRange = respell(name), let valueRange = respell(value) else { return false }
        pairs.append(Pair(name: nameRange, value: valueRange, hasEquals: equals != nil))
        return true
    }

    private mutating func respell(_ raw: UnsafeRawBufferPointer) -> Range<Int>? {
        scratch.removeAll(keepingCapacity: true)
        guard URIBytes.decode(raw, plusIsSpace: true, into: &scratch) else { return nil }
        let start = bytes.count
        URIBytes.encode(scratch, keepsSlash: false, into: &bytes)
        return start..<bytes.count
    }

    /// Insertion sort: queries are short and often sorted already.
    private mutating func sort() {
        guard pairs.count > 1 else { return }
        for index in 1..<pairs.count {
            var place = index
            while place > 0, precedes(pairs[place], pairs[place - 1]) {
                pairs.swapAt(place, place - 1)
                place -= 1
            }
        }
    }

    private func precedes(_ left: Pair, _ right: Pair) -> Bool {
        if bytes[left.name] != bytes[right.name] {
            return bytes[left.name].lexicographicallyPrecedes(bytes[right.name])
        }
        return bytes[left.value].lexicographicallyPrecedes(bytes[right.value])
    }

    package func has(_ name: StaticString) -> Bool {
        pairs.contains { isNamed($0, name) }
    }

    /// Whether every parameter has one of these names.
    package func hasOnly(_ names: [StaticString]) -> Bool {
        pairs.allSatisfy { pair in names.contains { isNamed(pair, $0) } }
    }

    /// The decoded value of the parameter of that name; nil when it is not there or there twice.
    package func value(_ name: StaticString) -> [UInt8]? {
        var found: Pair?
        for pair in pairs where isNamed(pair, name) {
            guard found == nil else { return nil }
            found = pair
        }
        guard let found else { return nil }
        var value: [UInt8] = []
        value.reserveCapacity(found.value.count)
        let isWhole = bytes.withUnsafeBytes {
            URIBytes.decode(UnsafeRawBufferPointer(rebasing: $0[found.value]), plusIsSpace: false, into: &value)
        }
        return isWhole ? value : nil
    }

    private func isNamed(_ pair: Pair, _ name: StaticString) -> Bool {
        guard pair.name.count == name.utf8CodeUnitCount else { return false }
        for (offset, index) in pair.name.enumerated() where bytes[index] != name.utf8Start[offset] { return false }
        return true
    }

    /// Appends the canonical query but for the parameters of these names.
    ///
    /// - Parameter asSent: leaves out the `=` where the sender did; a signature's canonical form always has it.
    package func append(
        to out: inout [UInt8], without dropped: [StaticString] = [], asSent: Bool = false
    ) {
        var isFirst = true
        for pair in pairs where !dropped.contains(where: { isNamed(pair, $0) }) {
            if !isFirst { out.append(UInt8(ascii: "&")) }
            isFirst = false
            out.append(contentsOf: bytes[pair.name])
            if pair.hasEquals || !asSent { out.append(UInt8(ascii: "=")) }
            out.append(contentsOf: bytes[pair.value])
        }
    }
}
