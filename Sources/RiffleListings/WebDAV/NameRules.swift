/// Which names may be called absent because a listing does not show them.
///
/// A listing that lacks a name proves little where servers read names in their own way: some ignore case, fold Unicode,
/// cut final dots and spaces off, or know short names (`PROGRA~1`) and streams (`a:b`). Only plain names count, and none
/// that begins with a dot, which some servers serve but do not list, unless it is one that file managers ask for in vain.
package enum NameRules {
    /// Whether the canonical path's last name, missing in its folder's whole listing, can be called absent.
    package static func isPlain(_ path: [UInt8]) -> Bool {
        guard let name = lastName(path), name.first != UInt8(ascii: "."), name.first != UInt8(ascii: " "),
            name.last != UInt8(ascii: "."), name.last != UInt8(ascii: " ")
        else { return false }
        return isTransparent(name)
    }

    /// Whether file managers ask for that name in every folder: Finder's and Explorer's own files.
    package static func isProbe(_ path: [UInt8]) -> Bool {
        guard let name = lastName(path), isTransparent(name) else { return false }
        if name.count > 2, name.starts(with: [UInt8(ascii: "."), UInt8(ascii: "_")]) { return true }
        return name.withUnsafeBytes { bytes in probes.contains { ASCII.matches(bytes, $0) } }
    }

    /// Whether it is worth asking ``isProbe(_:)`` of a path as sent: one look at how its last segment begins.
    package static func mayBeProbe(_ path: UnsafeRawBufferPointer) -> Bool {
        guard let slash = path.lastIndex(of: FolderPath.slash), slash + 1 < path.count else { return false }
        return switch path[slash + 1] | 0x20 {
        case UInt8(ascii: "."), UInt8(ascii: "d"), UInt8(ascii: "t"), UInt8(ascii: "a"): true
        default: false
        }
    }

    private static let probes: [StaticString] = [
        ".ds_store", "desktop.ini", "thumbs.db", ".localized", ".hidden", ".directory", ".metadata_never_index",
        "autorun.inf",
    ]

    private static func isTransparent(_ name: [UInt8]) -> Bool {
        name.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "~"), UInt8(ascii: ":"), UInt8(ascii: "*"), UInt8(ascii: "?"), UInt8(ascii: "\""),
                UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "|"), UInt8(ascii: "%"), UInt8(ascii: ";"):
                false
            default: byte >= 0x20 && byte < 0x7F
            }
        }
    }

    /// The last segment of a canonical path, decoded.
    private static func lastName(_ path: [UInt8]) -> [UInt8]? {
        guard path.count > 1, let start = path.dropLast().lastIndex(of: FolderPath.slash) else { return nil }
        var name: [UInt8] = []
        var index = start + 1
        while index < path.count - 1 {
            if path[index] == UInt8(ascii: "%"), index + 2 < path.count,
                let high = ASCII.hexValue(path[index + 1]), let low = ASCII.hexValue(path[index + 2])
            {
                name.append(high << 4 | low)
                index += 3
            } else {
                name.append(path[index])
                index += 1
            }
        }
        return name.isEmpty ? nil : name
    }
}
