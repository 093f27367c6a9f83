/// The options of a query, in order, as slices of its bytes: names and values as sent, undecoded. Allocates nothing.
struct QueryOptions: Sequence, IteratorProtocol {
    struct Option {
        var name: UnsafeRawBufferPointer
        var value: UnsafeRawBufferPointer
        var hasValue: Bool
    }

    private let bytes: UnsafeRawBufferPointer
    private var position = 0

    init(_ query: UnsafeRawBufferPointer) {
        bytes = query
    }

    mutating func next() -> Option? {
        while position < bytes.count {
            let start = position
            var equals: Int?
            while position < bytes.count, bytes[position] != UInt8(ascii: "&") {
                if equals == nil, bytes[position] == UInt8(ascii: "=") { equals = position }
                position &+= 1
            }
            let end = position
            position &+= 1
            guard end > start else { continue }
            let split = equals ?? end
            return Option(
                name: UnsafeRawBufferPointer(rebasing: bytes[start..<split]),
                value: UnsafeRawBufferPointer(rebasing: bytes[Swift.min(split + 1, end)..<end]),
                hasValue: equals != nil)
        }
        return nil
    }
}
