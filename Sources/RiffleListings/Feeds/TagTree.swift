/// What is known of the tags of one tree in which a folder's tag changes with everything below it: by comparing the rows of
/// a folder that changed with those of before, one learns which of its members changed, and goes on there.
package struct TagTree: Sendable {
    /// Rows remembered; beyond, all are forgotten, which costs the next change more than it need.
    package static let rowLimit = 100_000

    package struct Findings: Sendable, Equatable {
        package var effects: [FolderEffect] = []
        /// Folders below that changed, to be read next.
        package var descend: [[UInt8]] = []

        package init(effects: [FolderEffect] = [], descend: [[UInt8]] = []) {
            self.effects = effects
            self.descend = descend
        }
    }

    private struct Row: Equatable {
        let tag: [UInt8]
        let isFolder: Bool
    }

    package let root: [UInt8]
    private var folders: [[UInt8]: [[UInt8]: Row]] = [:]
    private var rows = 0

    package init(root: [UInt8]) {
        self.root = root
    }

    /// The rows of `folder` as they are now, for later comparison or compared with those of before.
    ///
    /// The first rows of a folder say nothing of what changed in it: everything below may have.
    package mutating func learn(_ folder: [UInt8], _ members: [ListingRows.Member]) -> Findings {
        var now: [[UInt8]: Row] = [:]
        for member in members where member.path != folder {
            now[member.path] = Row(tag: member.tag, isFolder: member.isFolder)
        }
        let before = folders.updateValue(now, forKey: folder)
        rows += now.count - (before?.count ?? 0)
        guard rows <= Self.rowLimit else {
            folders.removeAll()
            rows = 0
            return Findings(effects: [.subtree(folder)])
        }
        guard let before else { return Findings(effects: [.subtree(folder)]) }
        var findings = Findings(effects: [.folder(folder)])
        for (path, row) in before where now[path] == nil {
            forget(path)
            findings.effects.append(row.isFolder ? .subtree(path) : .folder(path))
        }
        for (path, row) in now {
            guard let old = before[path], old != row || row.tag.isEmpty else { continue }
            if row.isFolder, old.isFolder {
                findings.descend.append(path)
            } else {
                findings.effects.append(row.isFolder || old.isFolder ? .subtree(path) : .folder(path))
            }
        }
        return findings
    }

    /// Forgets a folder and all below it, as when it can't be read.
    package mutating func forget(_ folder: [UInt8]) {
        guard folders[folder] != nil else { return }
        for (path, known) in folders where path.starts(with: folder) {
            rows -= known.count
            folders[path] = nil
        }
    }

    package func knows(_ folder: [UInt8]) -> Bool { folders[folder] != nil }
}

extension Dialect {
    /// The root of the tree that a path belongs to, where tags are deep: below Nextcloud's and ownCloud's scripts each
    /// user's own folder, else the origin's root.
    package static func tagRoot(of path: [UInt8]) -> [UInt8] {
        var end = 1
        var names: [ArraySlice<UInt8>] = []
        while let slash = path[end...].firstIndex(of: FolderPath.slash) {
            names.append(path[end..<slash])
            end = slash + 1
            guard let script = names.firstIndex(where: { $0.elementsEqual("remote.php".utf8) }) else { continue }
            let behind = names[(script + 1)...]
            guard let service = behind.first else { continue }
            if service.elementsEqual("webdav".utf8) { return Array(path[..<end]) }
            if behind.count == 3 { return Array(path[..<end]) }
        }
        return [FolderPath.slash]
    }
}
