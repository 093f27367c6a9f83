import NIOHTTP1

/// What a server says of how long it keeps an unused connection (the `Keep-Alive` field, RFC 2068 §19.7.1).
package enum KeepAlive {
    /// Longer promises than this are as good as none.
    static let maximumTimeout = 86_400

    /// Seconds after which the server closes the connection; nil when it does not say.
    package static func timeout(_ fields: HTTPHeaders) -> Int? {
        for member in FieldText.members(fields["keep-alive"]) {
            guard let equals = member.firstIndex(of: "=") else { continue }
            guard FieldText.lowercased(FieldText.trim(member[..<equals])) == "timeout" else { continue }
            let value = FieldText.trim(member[member.index(after: equals)...])
            return FieldText.digits(String(value), ceiling: maximumTimeout)
        }
        return nil
    }
}
