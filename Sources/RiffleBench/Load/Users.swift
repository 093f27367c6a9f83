import Foundation

/// The fields by which a server tells users apart, from what people write down about them.
package enum Users {
    package struct Failure: Misuse {
        package let description: String
    }

    /// `NAME:PASSWORD`, which becomes Basic credentials (RFC 7617), or a whole header as `Name: value`.
    package static func field(_ text: String) throws(Failure) -> String {
        guard let colon = text.firstIndex(of: ":"), colon > text.startIndex else {
            throw Failure(description: "a user is NAME:PASSWORD or a header 'Name: value' (one given is neither)")
        }
        if text[text.index(after: colon)...].hasPrefix(" ") { return text }
        return "Authorization: Basic " + Data(text.utf8).base64EncodedString()
    }

    /// One on each line.
    package static func lines(_ text: String) throws(Failure) -> [[String]] {
        var users: [[String]] = []
        for line in text.split(whereSeparator: \.isNewline) { users.append([try field(String(line))]) }
        guard !users.isEmpty else { throw Failure(description: "the file of users names nobody") }
        return users
    }

    /// `{n}` in the pattern counts from 1.
    package static func pattern(_ text: String, count: Int) throws(Failure) -> [[String]] {
        guard (1...RequestSet.maxUsers).contains(count) else {
            throw Failure(description: "1 to \(RequestSet.maxUsers) users, please")
        }
        guard count == 1 || text.contains("{n}") else {
            throw Failure(description: "a pattern for several users has {n} where their numbers go")
        }
        var users: [[String]] = []
        for number in 1...count { users.append([try field(text.replacingOccurrences(of: "{n}", with: "\(number)"))]) }
        return users
    }
}
