/// The users of the server, from a text file of one statement a line:
///
///     # who, and how they prove it: Basic passwords, Bearer tokens, any number of each
///     user alice password=secret token=alice-token
///     # what they may do; the longest matching folder decides, and without one nothing is allowed
///     allow /
///     read  /handbook
///     deny  /board/salaries
///
///     # requests without credentials, if there may be any
///     anonymous
///     read /public
///
/// `allow` is reading and writing. Names, passwords and tokens have no white space; folders may have spaces.
package struct UserFile: Sendable {
    static let mostUsers = 10_000
    static let mostRules = 1_000

    var byPassword: [String: Principal] = [:]
    var byToken: [String: Principal] = [:]
    /// Every password of a name, for those who prove that they know it without saying it.
    var secrets: [String: [(secret: String, principal: Principal)]] = [:]
    var anonymous: Principal?

    private struct Draft {
        let line: Int
        let name: String
        let isAnonymous: Bool
        var passwords: [String] = []
        var tokens: [String] = []
        var permissions = Permissions()
    }

    /// `source` names the text in errors.
    package init(parsing text: String, source: String) throws(SlowOriginError) {
        var drafts: [Draft] = []
        var number = 0
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            number += 1
            let trimmed = Self.trim(line)
            if trimmed.isEmpty || trimmed.hasPrefix("#") { continue }
            do {
                try Self.read(trimmed, number, into: &drafts)
            } catch let problem as Problem {
                throw .invalid("\(source):\(number): \(problem.reason)")
            } catch {
                throw .invalid("\(source):\(number): \(error)")
            }
        }
        for draft in drafts { try add(draft, source) }
        guard !byPassword.isEmpty || !byToken.isEmpty || anonymous != nil else {
            throw .invalid("\(source): there is no user in it (expected 'user NAME password=… token=…')")
        }
    }

    private struct Problem: Error { let reason: String }

    private static func read(_ line: Substring, _ number: Int, into drafts: inout [Draft]) throws {
        let words = line.split(separator: " ", maxSplits: 1).map(trim)
        let rest = words.count > 1 ? words[1] : ""
        switch words[0] {
        case "user":
            let parts = rest.split { $0 == " " || $0 == "\t" }
            guard drafts.count < mostUsers else { throw Problem(reason: "more than \(mostUsers) users") }
            guard let name = parts.first, !name.contains("="), !name.contains(":") else {
                throw Problem(reason: "expected 'user NAME password=… token=…'")
            }
            var draft = Draft(line: number, name: String(name), isAnonymous: false)
            for part in parts.dropFirst() {
                if part.hasPrefix("password=") {
                    draft.passwords.append(String(part.dropFirst("password=".count)))
                } else if part.hasPrefix("token="), part.count > "token=".count {
                    draft.tokens.append(String(part.dropFirst("token=".count)))
                } else {
                    throw Problem(reason: "'\(part)' is neither password=… nor token=…")
                }
            }
            guard !draft.passwords.isEmpty || !draft.tokens.isEmpty else {
                throw Problem(reason: "user \(name) has neither password=… nor token=…")
            }
            drafts.append(draft)
        case "anonymous":
            guard rest.isEmpty else { throw Problem(reason: "'anonymous' takes nothing after it") }
            drafts.append(Draft(line: number, name: "anonymous", isAnonymous: true))
        case "allow", "read", "deny":
            guard !drafts.isEmpty else { throw Problem(reason: "'\(words[0])' before the first user") }
            guard rest.hasPrefix("/") else { throw Problem(reason: "expected '\(words[0]) /FOLDER'") }
            let last = drafts.count - 1
            guard drafts[last].permissions.rules.count < mostRules else {
                throw Problem(reason: "more than \(mostRules) rules for one user")
            }
            let right: Permissions.Right = words[0] == "allow" ? .write : words[0] == "read" ? .read : .deny
            let segments = rest.split(separator: "/").map(String.init)
            drafts[last].permissions.rules.append(Permissions.Rule(right: right, segments: segments))
        default:
            throw Problem(reason: "'\(words[0])' is none of user, anonymous, allow, read, deny")
        }
    }

    private mutating func add(_ draft: Draft, _ source: String) throws(SlowOriginError) {
        let principal = Principal(name: draft.name, permissions: draft.permissions)
        if draft.isAnonymous {
            guard anonymous == nil else { throw .invalid("\(source):\(draft.line): a second 'anonymous'") }
            anonymous = principal
        }
        for password in draft.passwords {
            guard byPassword.updateValue(principal, forKey: "\(draft.name):\(password)") == nil else {
                throw .invalid("\(source):\(draft.line): user \(draft.name) is given twice")
            }
            secrets[draft.name, default: []].append((password, principal))
        }
        for token in draft.tokens {
            guard byToken.updateValue(principal, forKey: token) == nil else {
                throw .invalid("\(source):\(draft.line): a token is given twice")
            }
        }
    }

    private static func trim(_ text: Substring) -> Substring {
        var text = text
        while let last = text.last, last.isWhitespace { text.removeLast() }
        return text.drop { $0.isWhitespace }
    }
}
