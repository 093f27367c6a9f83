/// Percent-encoding as Signature Version 4 prescribes it: letters, digits and `-._~` are literal, all else is `%XX` in
/// upper case.
package enum URIBytes {
    /// Appends `raw` decoded; false on a broken escape.
    package static func decode(
        _ raw: UnsafeRawBufferPointer, plusIsSpace: Bool, into out: inout [UInt8]
    ) -> Bool {
        var index = 0
        while index < raw.count {
            let byte = raw[index]
            index &+= 1
            switch byte {
            case UInt8(ascii: "%"):
                guard index &+ 1 < raw.count, let high = value(raw[index]), let low = value(raw[index &+ 1]) else {
                    return false
                }
                out.append(high << 4 | low)
                index &+= 2
            case UInt8(ascii: "+") where plusIsSpace: out.append(0x20)
            default: out.append(byte)
            }
        }
        return true
    }

    package static func encode(_ bytes: some Sequence<UInt8>, keepsSlash: Bool, into out: inout [UInt8]) {
        for byte in bytes {
            if isUnreserved(byte) || (keepsSlash && byte == UInt8(ascii: "/")) {
                out.append(byte)
            } else {
                out.append(UInt8(ascii: "%"))
                out.append(digit(byte >> 4))
                out.append(digit(byte & 15))
            }
        }
    }

    @inline(__always)
    private static func isUnreserved(_ byte: UInt8) -> Bool {
        let low: UInt64 = 0x03FF_6000_0000_0000
        let high: UInt64 = 0x47FF_FFFE_87FF_FFFE
        guard byte < 128 else { return false }
        return (byte < 64 ? low : high) >> UInt64(byte & 63) & 1 == 1
    }

    private static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "A") - 10 + value
    }

    private static func value(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        default: nil
        }
    }
}
