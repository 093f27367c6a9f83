/// The `traceparent` of W3C Trace Context (Level 1 §3.2): riffle passes it on as it is, being no span of its own, and names
/// the trace in the access log.
package enum TraceParent {
    private static let idStart = 3
    private static let idLength = 32
    private static let length = 55

    /// The trace a request belongs to, 32 lower-case hexadecimal digits; nil for a malformed field, which says nothing.
    ///
    /// A later version than 00 may be longer, after one more hyphen. O(1).
    package static func traceID(_ value: some StringProtocol) -> String? {
        let bytes = Array(value.utf8.prefix(length + 1))
        guard bytes.count >= length, bytes[2] == UInt8(ascii: "-"), bytes[35] == UInt8(ascii: "-"),
            bytes[52] == UInt8(ascii: "-"), hex(bytes[0..<2]), hex(bytes[36..<52]), hex(bytes[53..<55]),
            !bytes[0..<2].elementsEqual("ff".utf8), !bytes[36..<52].allSatisfy({ $0 == UInt8(ascii: "0") })
        else { return nil }
        if bytes.count > length {
            guard !bytes[0..<2].elementsEqual("00".utf8), bytes[length] == UInt8(ascii: "-") else { return nil }
        }
        let id = bytes[idStart..<idStart + idLength]
        guard hex(id), !id.allSatisfy({ $0 == UInt8(ascii: "0") }) else { return nil }
        return String(decoding: id, as: UTF8.self)
    }

    private static func hex(_ bytes: ArraySlice<UInt8>) -> Bool {
        bytes.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"): true
            default: false
            }
        }
    }
}
