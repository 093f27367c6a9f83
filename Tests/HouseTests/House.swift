import Foundation

/// The repository as it lies on disk.
enum House {
    struct File: Sendable {
        /// From the repository's root.
        let path: String
        let text: String

        var lines: [Substring] { text.split(separator: "\n", omittingEmptySubsequences: false) }
        /// The target it belongs to.
        var target: String { path.split(separator: "/").dropFirst().first.map(String.init) ?? "" }
    }

    static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    static func read(_ path: String) -> String {
        String(decoding: FileManager.default.contents(atPath: root.path + "/" + path) ?? Data(), as: UTF8.self)
    }

    /// The Swift files below a folder of the root.
    static func files(_ folder: String) -> [File] {
        let names = FileManager.default.enumerator(atPath: root.path + "/" + folder)?.allObjects ?? []
        return names.compactMap { $0 as? String }.filter { $0.hasSuffix(".swift") }.sorted()
            .map { File(path: folder + "/" + $0, text: read(folder + "/" + $0)) }
    }
}
