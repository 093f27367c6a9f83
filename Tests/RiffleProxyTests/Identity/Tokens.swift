import Foundation
import RiffleCache

@testable import RiffleProxy

/// Tokens as tests need them; the origins of the tests take those whose signature is ``genuine``.
enum Tokens {
    static let genuine = "c2lnbmF0dXJlLW9mLXRoZS1pc3N1ZXI"
    static let forged = "c2lnbmF0dXJlLW9mLXNvbWVib2R5"

    static func encode(_ text: String) -> String {
        Data(text.utf8).base64EncodedString()
            .replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    static func raw(header: String = #"{"alg":"RS256","typ":"JWT"}"#, _ payload: String, signature: String = genuine)
        -> String
    {
        "\(encode(header)).\(encode(payload)).\(signature)"
    }

    /// A token for `name`, told from his others by `number`.
    static func token(_ name: String, _ number: Int, signature: String = genuine, scope: String = "files") -> String {
        let end = Int(Date().timeIntervalSince1970) + 3_600
        return raw(
            #"{"iss":"https://login.test","sub":"\#(name)","exp":\#(end),"iat":\#(number),"scp":"\#(scope)"}"#,
            signature: signature)
    }

    static func subject(_ token: String) -> String? {
        let parts = token.split(separator: ".")
        guard parts.count == 3, let bytes = Base64URL.decode(Array(parts[1].utf8)[...]),
            let members = FlatJSON.members(bytes), let subject = members.first(where: { $0.name == "sub" })
        else { return nil }
        return String(decoding: subject.value.dropFirst().dropLast(), as: UTF8.self)
    }

    static func claims(_ token: String) -> TokenClaims? { TokenClaims(Array(token.utf8)[...]) }
}
