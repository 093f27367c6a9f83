import Foundation

/// A browsing trace for the cache simulator: which folder was opened, by number, and what each folder's listing weighs.
package struct CacheTrace: Sendable {
    /// Folder numbers in order of opening.
    package var opens: [Int] = []
    package var folders: [Folder] = []

    package struct Folder: Sendable {
        package var path: String
        /// Head and body of its listing.
        package var bytes: Int
        /// What a miss costs the visitor, milliseconds.
        package var missCost: Int
    }

    /// How listings are weighed: like a WebDAV multistatus compressed a little, at an origin that answers in a tenth of a
    /// second and spends a little on each entry.
    package struct Weights: Sendable {
        package var head = 850
        package var perChild = 350
        package var millisecondsPerCall = 100.0
        package var millisecondsPerChild = 0.05

        package init() {}
    }

    package enum Failure: Error, CustomStringConvertible {
        case unreadable(String)
        case malformed(file: String, line: Int)

        package var description: String {
            switch self {
            case .unreadable(let file): "\(file): can't be read (a .gz needs the gzip program)"
            case .malformed(let file, let line): "\(file):\(line): expected tab-separated time, client and folder"
            }
        }
    }

    package init() {}

    /// Reads `NAME.tsv` or `NAME.tsv.gz` and, when it lies beside it, `NAME.tree.tsv` with the same ending.
    package init(file: String, weights: Weights = Weights()) throws {
        var children: [Substring: (count: Int, bytes: Int)] = [:]
        let tree = Self.treeFile(of: file)
        if let tree, FileManager.default.fileExists(atPath: tree) {
            for line in try Self.lines(tree) {
                let fields = TraceFile.columns(line)
                guard fields.count >= 3 else { continue }
                children[fields[0], default: (0, 0)].count += 1
                children[fields[0], default: (0, 0)].bytes += fields[2].utf8.count
            }
        }
        var numbers: [Substring: Int] = [:]
        for (index, line) in try Self.lines(file).enumerated() {
            guard let open = TraceFile.Open(line) else { throw Failure.malformed(file: file, line: index + 1) }
            let folder = open.folder
            if let known = numbers[folder] {
                opens.append(known)
                continue
            }
            let listing = children[folder] ?? (0, 0)
            numbers[folder] = folders.count
            opens.append(folders.count)
            folders.append(
                Folder(
                    path: String(folder),
                    bytes: weights.head + folder.utf8.count + listing.bytes + listing.count * weights.perChild,
                    missCost: Int(
                        weights.millisecondsPerCall + weights.millisecondsPerChild * Double(listing.count))))
        }
    }

    private static func treeFile(of file: String) -> String? {
        for ending in [".tsv.gz", ".tsv"] where file.hasSuffix(ending) {
            return file.dropLast(ending.count) + ".tree" + ending
        }
        return nil
    }

    private static func lines(_ file: String) throws -> [Substring] {
        guard let lines = TraceFile.lines(file) else { throw Failure.unreadable(file) }
        return lines
    }
}
