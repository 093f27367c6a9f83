/// What Nextcloud and ownCloud add to WebDAV: one tree under two addresses, and endpoints that change a tree without
/// naming it.
///
/// A user's files lie below `remote.php/dav/files/USER/` and, by the older address, below `remote.php/webdav/`. Chunks of
/// an upload go below `uploads` and show nowhere until the last one is moved to its place. Trash bin, versions, bulk
/// uploads, tags, comments and shares change files that their requests don't name.
struct CloudRules {
    /// The path in front of the script.
    private let base: [UInt8]
    /// The names behind it.
    private let rest: [[UInt8]]
    private let script: Script

    private enum Script { case remote, ocs, index }

    /// Nil when the canonical path is none of theirs.
    init?(_ path: [UInt8]) {
        var end = 1
        while let slash = path[end...].firstIndex(of: FolderPath.slash) {
            let name = path[end..<slash]
            if let script = Self.script(name) {
                base = Array(path[..<end])
                rest = path[(slash + 1)...].split(separator: FolderPath.slash).map { Array($0) }
                self.script = script
                return
            }
            end = slash + 1
        }
        return nil
    }

    private static func script(_ name: ArraySlice<UInt8>) -> Script? {
        name.withUnsafeBytes { name in
            if ASCII.equals(name, "remote.php") { return .remote }
            if ASCII.equals(name, "ocs") { return .ocs }
            return ASCII.equals(name, "index.php") ? .index : nil
        }
    }

    private func at(_ path: String) -> [UInt8] { base + Array(path.utf8) }

    private func names(_ index: Int, _ name: String) -> Bool {
        rest.count > index && rest[index].elementsEqual(name.utf8)
    }

    /// A chunk of an upload, or its folder: seen nowhere else. The move that ends an upload is judged by its destination.
    var isUpload: Bool { script == .remote && names(0, "dav") && names(1, "uploads") }

    /// Trees that a write to this path may change besides what it names.
    var unnamed: [FolderEffect] {
        let files = [FolderEffect.subtree(at("remote.php/dav/files/")), .subtree(at("remote.php/webdav/"))]
        switch script {
        case .remote where names(0, "dav") && (names(1, "trashbin") || names(1, "versions")) && rest.count > 2:
            return [
                .subtree(at("remote.php/dav/files/") + rest[2] + [FolderPath.slash]),
                .subtree(at("remote.php/webdav/")),
            ]
        case .remote where names(0, "dav"):
            let isElsewhere = ["bulk", "systemtags-relations", "systemtags", "comments"].contains { names(1, $0) }
            return isElsewhere ? files : []
        case .ocs, .index:
            // Shares show in the trees of those they are given to, by public links as well.
            let speaksOfFiles = rest.contains { name in name.starts(with: "files".utf8) }
            return speaksOfFiles ? files + [.subtree(at("public.php/"))] : []
        case .remote: return []
        }
    }

    /// The other address of what lies at this path.
    ///
    /// - Parameter user: who asks, as far as the request tells; the older address does not say whose tree it is.
    func twin(user: [UInt8]?) -> FolderEffect? {
        guard script == .remote else { return nil }
        if names(0, "dav"), names(1, "files"), rest.count > 2 {
            return .folder(at("remote.php/webdav/") + rest.dropFirst(3).flatMap { $0 + [FolderPath.slash] })
        }
        guard names(0, "webdav") else { return nil }
        var path = at("remote.php/dav/files/")
        // A mail address signs in as a user who is called otherwise.
        guard let user, !user.contains(UInt8(ascii: "@")), FolderPath.appendSegment(user, to: &path) else {
            return .subtree(at("remote.php/dav/files/"))
        }
        path.append(FolderPath.slash)
        return .folder(path + rest.dropFirst().flatMap { $0 + [FolderPath.slash] })
    }
}

/// The user name of HTTP's Basic scheme (RFC 7617).
enum BasicUser {
    /// Longer credentials name nobody.
    private static let longest = 1_024

    static func name(in authorization: UnsafeRawBufferPointer) -> [UInt8]? {
        guard authorization.count > 6, authorization.count <= longest,
            ASCII.matches(UnsafeRawBufferPointer(rebasing: authorization[0..<6]), "basic ")
        else { return nil }
        var decoded: [UInt8] = []
        var (bits, count): (UInt32, Int) = (0, 0)
        for byte in ASCII.trimmed(UnsafeRawBufferPointer(rebasing: authorization[6...])) {
            guard byte != UInt8(ascii: "="), let value = value(byte) else { break }
            bits = bits << 6 | value
            count += 6
            if count >= 8 {
                count -= 8
                decoded.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
            }
        }
        guard let colon = decoded.firstIndex(of: UInt8(ascii: ":")), colon > 0 else { return nil }
        return Array(decoded[..<colon])
    }

    private static func value(_ byte: UInt8) -> UInt32? {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(byte - UInt8(ascii: "A"))
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(byte - UInt8(ascii: "a")) + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte - UInt8(ascii: "0")) + 52
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }
}
