/// A request as it came over the wire, borrowed for the length of one check.
package struct WireRequest {
    package struct Field {
        package var name: UnsafeRawBufferPointer
        /// Without the white space around it.
        package var value: UnsafeRawBufferPointer

        package init(name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer) {
            self.name = name
            self.value = value
        }
    }

    package var method: UnsafeRawBufferPointer
    package var path: UnsafeRawBufferPointer
    /// Without its `?`.
    package var query: UnsafeRawBufferPointer
    package var fields: ContiguousArray<Field> = []

    package init(
        method: UnsafeRawBufferPointer, path: UnsafeRawBufferPointer, query: UnsafeRawBufferPointer
    ) {
        self.method = method
        self.path = path
        self.query = query
    }

    /// The value of the only field of that name (lower case); nil when it is absent or repeated.
    func value(_ name: StaticString) -> UnsafeRawBufferPointer? {
        var found: UnsafeRawBufferPointer?
        for field in fields where Names.matches(field.name, name) {
            guard found == nil else { return nil }
            found = field.value
        }
        return found
    }

    func has(_ name: StaticString) -> Bool {
        fields.contains { Names.matches($0.name, name) }
    }
}

/// Names of fields, which ignore the case of letters.
enum Names {
    /// `lowered` is in lower case already.
    static func matches(_ name: UnsafeRawBufferPointer, _ lowered: StaticString) -> Bool {
        guard name.count == lowered.utf8CodeUnitCount else { return false }
        for index in 0..<name.count where lower(name[index]) != lowered.utf8Start[index] { return false }
        return true
    }

    static func matches(_ name: UnsafeRawBufferPointer, _ lowered: ArraySlice<UInt8>) -> Bool {
        guard name.count == lowered.count else { return false }
        for (offset, byte) in lowered.enumerated() where lower(name[offset]) != byte { return false }
        return true
    }

    static func begins(_ name: UnsafeRawBufferPointer, with lowered: StaticString) -> Bool {
        name.count >= lowered.utf8CodeUnitCount
            && matches(UnsafeRawBufferPointer(rebasing: name[0..<lowered.utf8CodeUnitCount]), lowered)
    }

    static func lower(_ byte: UInt8) -> UInt8 {
        byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte | 0x20 : byte
    }
}
