import RiffleCache

/// What keys and channels are called in Redis: keyed hashes only, nothing in clear.
struct Names: Sendable {
    let origin: String

    init(origin: Hash128) { self.origin = "rf1:{\(origin.hex)}" }

    static func generation(_ folder: FolderID) -> String { "rf1:{\(folder.hash.hex)}:g" }

    static func entry(_ folder: FolderID, _ entry: EntryID) -> String {
        "rf1:{\(folder.hash.hex)}:e:\(entry.hash.hex)"
    }

    static func lease(_ folder: FolderID, _ entry: EntryID) -> String {
        "rf1:{\(folder.hash.hex)}:l:\(entry.hash.hex)"
    }

    /// Where one principal's change feed of a folder goes on.
    static func mark(_ folder: FolderID, _ principal: PrincipalID) -> String {
        "rf1:{\(folder.hash.hex)}:m:\(principal.hash.hex)"
    }

    /// The log of changed subtrees of one origin.
    var subtrees: String { origin + ":s" }
    var bus: String { origin + ":bus" }

    func acknowledgements(of node: UInt64) -> String { origin + ":ack:" + String(node, radix: 16) }
}
