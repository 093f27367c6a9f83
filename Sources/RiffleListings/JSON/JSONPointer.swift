/// Where a value stands in a JSON document (RFC 6901), through objects only.
package struct JSONPointer: Sendable, Equatable {
    static let depthLimit = 16

    let keys: [[UInt8]]

    /// Nil when the text is no pointer: `""` for the whole, else keys with a slash in front of each.
    package init?(_ text: String) {
        guard text.isEmpty || text.hasPrefix("/") else { return nil }
        var keys: [[UInt8]] = []
        for part in text.split(separator: "/", omittingEmptySubsequences: false).dropFirst() {
            var rest = part[...]
            while let tilde = rest.firstIndex(of: "~") {
                let next = rest.index(after: tilde)
                guard next < rest.endIndex, rest[next] == "0" || rest[next] == "1" else { return nil }
                rest = rest[rest.index(after: next)...]
            }
            keys.append(Array(part.replacing("~1", with: "/").replacing("~0", with: "~").utf8))
        }
        guard keys.count <= Self.depthLimit else { return nil }
        self.keys = keys
    }
}

/// Whether a member is a folder: by a value that is there (`/folder`), or that is a certain one (`/type=dir`).
package struct JSONTest: Sendable, Equatable {
    let pointer: JSONPointer
    /// The text of a string, or how a number, `true`, `false` or `null` is spelled; nil: anything but `false` and `null`.
    let value: [UInt8]?

    package init?(_ text: String) {
        let sides = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = sides.first, !first.isEmpty, let pointer = JSONPointer(String(first)) else { return nil }
        self.pointer = pointer
        value = sides.count > 1 ? Array(sides[1].utf8) : nil
    }
}
