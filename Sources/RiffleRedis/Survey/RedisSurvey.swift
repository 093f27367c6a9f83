/// What riffles keep in one Redis, counted key by key: names are keyed hashes, so it tells how much, never whose.
package struct RedisSurvey: Sendable, Equatable, Codable {
    package var server: String
    package var version = ""
    /// Bytes the server uses for all its keys, riffle's or not, and what it may use; 0 for no limit.
    package var usedMemory: Int64 = 0
    package var memoryLimit: Int64 = 0
    /// Folders with a generation: those of which entries can be stored.
    package var folders = 0
    package var entries = 0
    /// Sealed bytes of all entries.
    package var entryBytes: Int64 = 0
    package var largestEntry: Int64 = 0
    /// Fills under way somewhere in the fleet.
    package var leases = 0
    /// Logs of changed subtrees, one an origin.
    package var subtreeLogs = 0
    /// Keys that no riffle of this version has made.
    package var otherKeys = 0
    /// Riffles that listen, by origin, most first.
    package var listeners: [Int] = []
    /// False when there were more keys than ``keyLimit``.
    package var isWhole = true

    /// Keys looked at before the survey gives up on seeing all.
    package static let keyLimit = 5_000_000

    init(server: String) { self.server = server }
}

/// What a key is for, read off its name (see ``Names``).
enum KeyKind {
    case generation, entry, lease, subtreeLog, other

    init(_ name: some Sequence<UInt8>) {
        // rf1:{32 hex digits}:kind…
        let name = Array(name.prefix(40))
        guard name.count >= 39, name.starts(with: Array("rf1:{".utf8)), name[37] == UInt8(ascii: "}"),
            name[38] == UInt8(ascii: ":")
        else {
            self = .other
            return
        }
        switch name.count > 39 ? name[39] : 0 {
        case UInt8(ascii: "g"): self = .generation
        case UInt8(ascii: "e"): self = .entry
        case UInt8(ascii: "l"): self = .lease
        case UInt8(ascii: "s"): self = .subtreeLog
        default: self = .other
        }
    }
}
