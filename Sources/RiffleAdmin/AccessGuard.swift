/// Who may use the admin API: a bearer token, compared in constant time.
struct AccessGuard: Sendable {
    private let token: [UInt8]?

    init(token: String?) {
        self.token = token.map { Array($0.utf8) }
    }

    var hasToken: Bool { token != nil }

    /// - Parameter authorization: the field's value as it came.
    func admits(_ authorization: String?) -> Bool {
        guard let token else { return true }
        guard let authorization, authorization.utf8.count > 7, authorization.prefix(7).lowercased() == "bearer " else {
            return false
        }
        return Self.equal(Array(authorization.dropFirst(7).utf8), token)
    }

    /// Takes the same time wherever the two differ; only the length of what was offered can be told from it.
    static func equal(_ offered: [UInt8], _ expected: [UInt8]) -> Bool {
        guard !expected.isEmpty else { return false }
        var difference = offered.count ^ expected.count
        for (index, byte) in offered.enumerated() {
            difference |= Int(byte ^ expected[index % expected.count])
        }
        return difference == 0
    }
}
