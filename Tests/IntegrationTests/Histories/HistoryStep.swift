import Foundation
import NIOCore
import NIOHTTP1

/// One request of a random history, drawn from few names so that steps meet.
struct HistoryStep: Sendable, CustomStringConvertible {
    enum Deed: Sendable {
        /// A listing or one member's row, asked for in one of ``HistoryStep/bodies``.
        case read(depth: String, body: Int)
        case put(length: Int)
        case makeFolder, delete, proppatch, lock, unlock
        case move(to: String), copy(to: String)
    }

    let deed: Deed
    /// Relative to the history's own folder.
    let path: String
    let user: Int
    let riffle: Int

    var isRead: Bool {
        if case .read = deed { true } else { false }
    }

    var description: String { "user \(user), riffle \(riffle): \(deed) \(path)" }

    static let folders = ["", "a/", "b/", "a/x/", "a/y/", "b/x/", "a/x/z/"]
    static let files = ["one.txt", "two.txt", "d%20%25.txt", ".DS_Store"]

    /// What clients ask for: nothing, which is everything; what a file manager shows; what a cloud's client compares.
    static let bodies = [
        "", Probe.properties,
        """
        <?xml version="1.0"?><propfind xmlns="DAV:"><prop><resourcetype/><getetag/><lockdiscovery/></prop></propfind>
        """,
    ]

    static func random(_ random: inout SeededGenerator, users: Int, riffles: Int) -> HistoryStep {
        func folder() -> String { folders.randomElement(using: &random) ?? "" }
        func below() -> String { folders.dropFirst().randomElement(using: &random) ?? "a/" }
        func file() -> String { folder() + (files.randomElement(using: &random) ?? "f") }
        let user = Int.random(in: 0..<users, using: &random)
        let riffle = Int.random(in: 0..<riffles, using: &random)
        func step(_ deed: Deed, _ path: String) -> HistoryStep {
            HistoryStep(deed: deed, path: path, user: user, riffle: riffle)
        }
        func read(_ path: String) -> HistoryStep {
            let depth = Int.random(in: 0..<3, using: &random) == 0 ? "0" : "1"
            return step(.read(depth: depth, body: Int.random(in: 0..<bodies.count, using: &random)), path)
        }
        switch Int.random(in: 0..<40, using: &random) {
        case 0..<18: return read(folder())
        case 18..<22: return read(file())
        case 22..<26: return step(.put(length: Int.random(in: 0..<200, using: &random)), file())
        case 26..<30: return step(.makeFolder, below())
        case 30: return step(.delete, file())
        case 31: return step(.delete, below())
        case 32, 33: return step(.move(to: file()), file())
        case 34: return step(.move(to: below()), below())
        case 35: return step(.copy(to: file()), file())
        case 36: return step(.copy(to: below()), below())
        case 37: return step(.proppatch, Bool.random(using: &random) ? file() : below())
        case 38: return step(.lock, Bool.random(using: &random) ? file() : below())
        default: return step(.unlock, Bool.random(using: &random) ? file() : below())
        }
    }

    private static let proppatch = """
        <?xml version="1.0"?><D:propertyupdate xmlns:D="DAV:" xmlns:T="urn:test"><D:set><D:prop><T:n>1</T:n></D:prop>\
        </D:set></D:propertyupdate>
        """
    private static let lockinfo = """
        <?xml version="1.0"?><D:lockinfo xmlns:D="DAV:"><D:lockscope><D:exclusive/></D:lockscope>\
        <D:locktype><D:write/></D:locktype></D:lockinfo>
        """

    /// Sends it below `home`, which ends in a slash.
    ///
    /// - Parameter token: of the lock to end.
    func send(_ probe: Probe, below home: String, token: String?) async throws -> Answer {
        let path = home + path
        switch deed {
        case .read(let depth, let body):
            return try await probe.send(
                "PROPFIND", path, ["Depth": depth, "Content-Type": "application/xml"], body: Self.bodies[body])
        case .put(let length):
            return try await probe.send("PUT", path, body: String(repeating: "x", count: length))
        case .makeFolder: return try await probe.send("MKCOL", path)
        case .delete: return try await probe.send("DELETE", path)
        case .proppatch:
            return try await probe.send("PROPPATCH", path, ["Content-Type": "application/xml"], body: Self.proppatch)
        case .lock:
            return try await probe.send(
                "LOCK", path, ["Content-Type": "application/xml", "Timeout": "Second-86400"], body: Self.lockinfo)
        case .unlock: return try await probe.send("UNLOCK", path, ["Lock-Token": token ?? "<urn:none>"])
        case .move(let target): return try await probe.send("MOVE", path, ["Destination": probe.base + home + target])
        case .copy(let target): return try await probe.send("COPY", path, ["Destination": probe.base + home + target])
        }
    }
}
