/// What the fields of a request head say together: host, body framing and the connection's life.
enum RequestFramingRules {
    static func check(_ head: inout RequestHead, _ bytes: UnsafeRawBufferPointer) throws(Stop) {
        try checkHost(head, bytes)
        head.framing = try framing(of: head, bytes)
        head.keepAlive = keepsAlive(head, bytes)
    }

    /// Exactly one valid `Host`, which an absolute target must not contradict (RFC 9112 §3.2).
    private static func checkHost(_ head: RequestHead, _ bytes: UnsafeRawBufferPointer) throws(Stop) {
        guard !head.isRepeated(.host) else { throw .bad("the request has several Host fields") }
        guard let host = head.value(.host) else {
            if head.isHTTP11 { throw .bad("the request has no Host field") }
            return
        }
        guard HostGrammar.isValid(bytes[host.range]) else { throw .bad("the Host field is malformed") }
        let target = head.target
        guard bytes[Int(target.start)] != UInt8(ascii: "/"), bytes[Int(target.start)] != UInt8(ascii: "*") else {
            return
        }
        guard let authority = AbsoluteTarget.authority(in: bytes, Int(target.start), Int(head.path.end)),
            authority.count == host.count,
            zip(authority.range, host.range).allSatisfy({ bytes[$0] | 0x20 == bytes[$1] | 0x20 })
        else { throw .bad("the Host field contradicts the request target") }
    }

    /// RFC 9112 §6.1–6.3, without its repairs: whatever could be read in two ways is refused.
    private static func framing(of head: RequestHead, _ bytes: UnsafeRawBufferPointer) throws(Stop) -> Framing {
        if let coding = head.value(.transferEncoding) {
            guard head.isHTTP11 else { throw .bad("HTTP/1.0 has no Transfer-Encoding") }
            guard !head.has(.contentLength) else {
                throw .bad("the request has both Transfer-Encoding and Content-Length")
            }
            guard !head.isRepeated(.transferEncoding) else { throw .bad("the request has several transfer codings") }
            guard equals(bytes[coding.range], "chunked") else {
                let listed = bytes[coding.range].contains { !ByteScan.isToken($0) }
                throw listed
                    ? .bad("the transfer coding is malformed")
                    : .rejected(HeadRejection(501, "the transfer coding is not implemented"))
            }
            return .chunked
        }
        guard let length = head.value(.contentLength) else { return .none }
        guard !head.isRepeated(.contentLength) else { throw .bad("the request has several Content-Length fields") }
        guard length.count >= 1, length.count <= 18 else { throw .bad("the Content-Length is malformed") }
        var value = 0
        for byte in bytes[length.range] {
            guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else {
                throw .bad("the Content-Length is malformed")
            }
            value = value * 10 + Int(byte - UInt8(ascii: "0"))
        }
        return .length(value)
    }

    /// RFC 9112 §9.3; a Connection field that says anything odd closes.
    private static func keepsAlive(_ head: RequestHead, _ bytes: UnsafeRawBufferPointer) -> Bool {
        guard head.has(.connection) else { return head.isHTTP11 }
        var close = false
        var keepAlive = false
        for field in head.fields where field.known == .connection {
            // Every browser sends this field: an array of its options would be an allocation a hit.
            var rest = bytes[field.value.range]
            while !rest.isEmpty {
                let option = rest.prefix { $0 != UInt8(ascii: ",") }
                rest = rest.dropFirst(option.count + 1)
                let trimmed = option.trimmingWhitespace()
                if equals(trimmed, "close") { close = true }
                if equals(trimmed, "keep-alive") { keepAlive = true }
            }
        }
        return !close && (head.isHTTP11 || keepAlive)
    }

    /// Equal but for the case of ASCII letters; `text` is given in lower case.
    private static func equals(_ bytes: Slice<UnsafeRawBufferPointer>, _ text: StaticString) -> Bool {
        guard bytes.count == text.utf8CodeUnitCount else { return false }
        for (byte, expected) in zip(bytes, UnsafeBufferPointer(start: text.utf8Start, count: bytes.count)) {
            let lowered = byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte | 0x20 : byte
            if lowered != expected { return false }
        }
        return true
    }
}

extension Slice<UnsafeRawBufferPointer> {
    func trimmingWhitespace() -> Self {
        var result = self
        while let first = result.first, first == 0x20 || first == 0x09 { result = result.dropFirst() }
        while let last = result.last, last == 0x20 || last == 0x09 { result = result.dropLast() }
        return result
    }
}
