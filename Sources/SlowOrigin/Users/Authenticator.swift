import HTTPTypes

/// Tells who asks, from the `Authorization` field.
struct Authenticator: Sendable {
    /// Nil: there are no users, everybody may do everything.
    let users: UserFile?

    func principal(_ authorization: String?) throws(Refusal) -> Principal {
        guard let users else { return .everybody }
        guard let authorization else {
            guard let anonymous = users.anonymous else { throw Self.challenge("credentials are needed") }
            return anonymous
        }
        let parts = authorization.split(separator: " ", maxSplits: 1)
        guard parts.count == 2 else { throw Self.challenge("the credentials are malformed") }
        switch parts[0].lowercased() {
        case "basic":
            if let bytes = Base64.decode(parts[1]), let pair = String(validating: bytes, as: UTF8.self),
                let principal = users.byPassword[pair]
            {
                return principal
            }
        case "bearer":
            if let principal = users.byToken[String(parts[1])] { return principal }
        default: break
        }
        throw Self.challenge("the credentials are not valid")
    }

    private static func challenge(_ reason: String) -> Refusal {
        var headers = HTTPFields()
        headers.append(HTTPField(name: .wwwAuthenticate, value: "Basic realm=\"slow-origin\", charset=\"UTF-8\""))
        headers.append(HTTPField(name: .wwwAuthenticate, value: "Bearer realm=\"slow-origin\""))
        return Refusal(.unauthorized, reason, headers: headers)
    }
}
