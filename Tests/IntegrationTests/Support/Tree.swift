import Foundation

/// A directory tree to serve: folders and files with contents.
struct Tree: Sendable {
    /// Paths relative to the root; a final slash makes a folder.
    let entries: [(path: String, content: String)]

    /// A few folders with a few files.
    static let small = Tree(entries: [
        ("a/", ""), ("a/one.txt", "one"), ("a/two.txt", "two two"), ("a/deep/", ""), ("a/deep/three.txt", "three"),
        ("b/", ""), ("b/four.txt", "four"), ("c/", ""), ("café & co/", ""), ("café & co/ünï 100%.txt", "five"),
        ("top.txt", "top"),
    ])

    static let empty = Tree(entries: [])

    /// `width` × `width` folders below `width` folders, two files in each.
    static func bushy(width: Int) -> Tree {
        var entries: [(path: String, content: String)] = []
        func fill(_ folder: String, _ depth: Int) {
            for file in 0..<2 { entries.append((folder + "file \(file).txt", folder)) }
            guard depth > 0 else { return }
            for index in 0..<width {
                let child = folder + "folder \(index)/"
                entries.append((child, ""))
                fill(child, depth - 1)
            }
        }
        fill("", 3)
        return Tree(entries: entries)
    }

    /// One folder `big/` of many files.
    static func wide(_ files: Int) -> Tree {
        Tree(entries: [("big/", "")] + (0..<files).map { ("big/file-\($0).txt", "\($0)") })
    }

    /// Folders `0/`, `1/` …, one file in each.
    static func row(_ folders: Int) -> Tree {
        Tree(entries: (0..<folders).flatMap { [("\($0)/", ""), ("\($0)/file-\($0).txt", "\($0)")] })
    }

    /// Everybody may write to it: servers may run as another user.
    func build(at root: String) throws {
        let manager = FileManager.default
        try manager.setAttributes([.posixPermissions: 0o777], ofItemAtPath: root)
        for (path, content) in entries {
            let full = root + "/" + path
            if path.hasSuffix("/") {
                try manager.createDirectory(atPath: full, withIntermediateDirectories: true)
                try manager.setAttributes([.posixPermissions: 0o777], ofItemAtPath: full)
            } else {
                try Data(content.utf8).write(to: URL(fileURLWithPath: full))
                try manager.setAttributes([.posixPermissions: 0o666], ofItemAtPath: full)
            }
        }
    }
}
