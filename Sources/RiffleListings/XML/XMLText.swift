/// Character references in XML text.
enum XMLText {
    /// The character that `&name;` stands for; nil for any but the five predefined names and numbers of characters.
    static func reference(_ name: UnsafeRawBufferPointer) -> Unicode.Scalar? {
        if ASCII.equals(name, "amp") { return "&" }
        if ASCII.equals(name, "lt") { return "<" }
        if ASCII.equals(name, "gt") { return ">" }
        if ASCII.equals(name, "quot") { return "\"" }
        if ASCII.equals(name, "apos") { return "'" }
        guard name.count >= 2, name[0] == UInt8(ascii: "#") else { return nil }
        let isHex = name[1] == UInt8(ascii: "x")
        let digits = name.dropFirst(isHex ? 2 : 1)
        guard (1...8).contains(digits.count) else { return nil }
        var value: UInt32 = 0
        for digit in digits {
            guard let number = Character(Unicode.Scalar(digit)).hexDigitValue, isHex || number < 10 else { return nil }
            value = value &* (isHex ? 16 : 10) &+ UInt32(number)
        }
        guard value >= 0x20 || value == 9 || value == 10 || value == 13 else { return nil }
        return Unicode.Scalar(value)
    }

    /// Appends the characters that `text` stands for, as UTF-8.
    static func appendDecoded(_ text: UnsafeRawBufferPointer, to out: inout [UInt8]) {
        var index = 0
        while index < text.count {
            if text[index] == UInt8(ascii: "&") {
                var end = index + 1
                while end < text.count, text[end] != UInt8(ascii: ";") { end += 1 }
                if let scalar = reference(UnsafeRawBufferPointer(rebasing: text[index + 1..<end])) {
                    out.append(contentsOf: UTF8.encode(scalar).map { Array($0) } ?? [])
                }
                index = end + 1
            } else {
                out.append(text[index])
                index += 1
            }
        }
    }
}
