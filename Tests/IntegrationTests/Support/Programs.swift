import Foundation

/// Where the programs under test and the tools are.
enum Programs {
    struct Missing: Error, CustomStringConvertible {
        let description: String
    }

    /// A product of this package: it lies beside the test executable.
    static func built(_ name: String) throws -> String {
        let folder = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
        let path = folder.appendingPathComponent(name).path
        guard FileManager.default.isExecutableFile(atPath: path) else {
            throw Missing(description: "\(name) is not beside the tests (\(path)); build with --build-tests")
        }
        return path
    }

    /// A program of the tests' private Python environment, which `.ci/venv` makes.
    static func python(_ name: String) throws -> String {
        var folder = URL(fileURLWithPath: #filePath)
        for _ in 0..<4 { folder.deleteLastPathComponent() }
        let path = folder.appendingPathComponent(".build/python/bin/" + name).path
        guard FileManager.default.isExecutableFile(atPath: path) else {
            throw Missing(description: "\(path) is not there; `.ci/venv` installs it")
        }
        return path
    }

    /// A program of the machine; servers are often outside a user's PATH.
    static func installed(_ name: String) throws -> String {
        let search = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map(String.init)
        for folder in search + ["/usr/sbin", "/usr/bin", "/usr/local/bin", "/usr/local/sbin"] {
            let path = folder + "/" + name
            if FileManager.default.isExecutableFile(atPath: path) { return path }
        }
        throw Missing(description: "\(name) is not installed; `make test` installs what the tests need")
    }
}
