/// One cache directive: `token [ "=" ( token / quoted-string ) ]` (RFC 9111 §5.2).
struct Directive: Equatable {
    enum Argument: Equatable {
        case none
        case value(String)
        /// Neither a token nor a quoted string, or white space around the equals sign.
        case malformed
    }

    /// In lower case.
    var name: String
    var argument: Argument

    /// The directives of a field over all its lines. A member whose name is no token is skipped.
    static func list(_ lines: [String]) -> [Directive] {
        FieldText.members(lines).flatMap { member -> [Directive] in
            guard let directive = Directive(member) else { return [] }
            guard directive.argument == .malformed, member.utf8.contains(UInt8(ascii: ",")) else { return [directive] }
            // A quote that never closes must not hide the directives behind it.
            return member.split(separator: ",").compactMap { Directive(FieldText.trim($0)) }
        }
    }

    private init(name: String, argument: Argument) {
        self.name = name
        self.argument = argument
    }

    private init?(_ member: Substring) {
        let bytes = member.utf8
        guard let equals = bytes.firstIndex(of: UInt8(ascii: "=")) else {
            guard FieldText.isToken(member) else { return nil }
            self.init(name: FieldText.lowercased(member), argument: .none)
            return
        }
        let name = member[..<equals]
        let trimmed = FieldText.trim(name)
        guard FieldText.isToken(trimmed) else { return nil }
        let value = member[bytes.index(after: equals)...]
        var argument = Argument.malformed
        if trimmed.utf8.count == name.utf8.count {
            if FieldText.isToken(value) {
                argument = .value(String(value))
            } else if let text = FieldText.unquote(value) {
                argument = .value(text)
            }
        }
        self.init(name: FieldText.lowercased(trimmed), argument: argument)
    }

    /// Delta-seconds, as a token or quoted (RFC 9111 §5.2: recipients accept both); nil when malformed.
    var seconds: Int? {
        guard case .value(let text) = argument else { return nil }
        return FieldText.deltaSeconds(text)
    }

    /// The fields `no-cache` or `private` is narrowed to; a malformed list means all of them.
    var scope: CacheControl.Scope {
        switch argument {
        case .none, .malformed: .whole
        case .value(let text): Self.fieldNames(text)
        }
    }

    static func fieldNames(_ text: String) -> CacheControl.Scope {
        let names = FieldText.members([text])
        guard !names.isEmpty, names.allSatisfy({ FieldText.isToken($0) }) else { return .whole }
        return .fields(names.map { FieldText.lowercased($0) })
    }
}
