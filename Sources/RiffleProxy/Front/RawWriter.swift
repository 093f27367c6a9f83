import Glibc

/// Appends to memory of known size; what does not fit is left out, so whoever makes one provides for the most it writes.
struct RawWriter {
    private let output: UnsafeMutableRawBufferPointer
    private(set) var count = 0

    init(_ output: UnsafeMutableRawBufferPointer) {
        self.output = output
    }

    @inline(__always)
    mutating func put(_ text: StaticString) {
        put(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    @inline(__always)
    mutating func put(_ bytes: UnsafeRawBufferPointer) {
        guard let source = bytes.baseAddress, let target = output.baseAddress, count + bytes.count <= output.count
        else {
            return
        }
        memcpy(target + count, source, bytes.count)
        count &+= bytes.count
    }

    /// Leaves out bytes that are written later.
    @inline(__always)
    mutating func skip(_ bytes: Int) { count &+= bytes }

    /// Replaces a byte that was written before.
    @inline(__always)
    func set(_ place: Int, to byte: UInt8) {
        if place < count, place < output.count { output[place] = byte }
    }

    @inline(__always)
    mutating func put(decimal value: Int64) {
        guard count + 20 <= output.count else { return }
        if value < 0 {
            output[count] = UInt8(ascii: "-")
            count &+= 1
        }
        var rest = value.magnitude
        var end = count
        var probe = rest
        repeat {
            end &+= 1
            probe /= 10
        } while probe > 0
        var place = end
        repeat {
            place &-= 1
            output[place] = UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        } while rest > 0
        count = end
    }
}
