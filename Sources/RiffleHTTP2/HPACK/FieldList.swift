/// The fields of one header block in the order they came, as bytes in one piece of memory that is used for block after
/// block.
package final class FieldList {
    package struct Field: Sendable {
        @usableFromInline let start: Int
        @usableFromInline let nameLength: Int
        @usableFromInline let valueLength: Int
        /// Names a name out of ``StaticTable``; 0 for all others.
        package let token: UInt8
    }

    /// Bytes of all fields as RFC 9113 §6.5.2 counts them.
    package let limit: Int
    package private(set) var size = 0
    package private(set) var fields = ContiguousArray<Field>()
    /// There were more than fit; what is listed is not the whole.
    package private(set) var isTooLarge = false
    /// Times its limit that a block may unfold to before nobody reads on: a byte that names a remembered field of 4 KiB
    /// costs as much as those 4 KiB.
    private static let patience = 8
    /// Whether the block unfolds to more than is worth reading for the sake of those behind it.
    var isHopeless: Bool { size > Self.patience * limit }
    @usableFromInline let memory: UnsafeMutableRawBufferPointer
    private var end = 0

    package init(limit: Int) {
        self.limit = limit
        // Behind the last field that fits there is still room for one that does not.
        memory = .allocate(byteCount: 2 * limit, alignment: 16)
        fields.reserveCapacity(64)
    }

    deinit {
        memory.deallocate()
    }

    @inlinable
    package func name(_ field: Field) -> UnsafeRawBufferPointer { slice(field.start, field.nameLength) }

    @inlinable
    package func value(_ field: Field) -> UnsafeRawBufferPointer {
        slice(field.start + field.nameLength, field.valueLength)
    }

    @inlinable
    func slice(_ start: Int, _ length: Int) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: memory[start..<(start + length)])
    }

    func clear() {
        fields.removeAll(keepingCapacity: true)
        size = 0
        end = 0
        isTooLarge = false
    }

    /// Room for the next field, beginning `offset` behind the last.
    func room(from offset: Int) -> UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(rebasing: memory[min(end + offset, memory.count)...])
    }

    /// What was written into ``room(from:)``, before it is taken in.
    func written(_ nameLength: Int, _ valueLength: Int) -> (name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer)
    {
        (slice(end, nameLength), slice(end + nameLength, valueLength))
    }

    /// Takes in what was written into ``room(from:)``.
    func append(nameLength: Int, valueLength: Int, token: UInt8) {
        size += nameLength + valueLength + DynamicTable.overhead
        guard size <= limit, !isTooLarge else {
            isTooLarge = true
            return
        }
        fields.append(Field(start: end, nameLength: nameLength, valueLength: valueLength, token: token))
        end += nameLength + valueLength
    }
}
