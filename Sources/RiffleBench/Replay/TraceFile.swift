import Foundation

/// A file's bytes, unpacked by the gzip program where its name ends in `.gz`.
enum TraceFile {
    /// A line `time TAB client TAB folder` of a browsing trace.
    struct Open {
        var time: Double
        var client: Substring
        var folder: Substring

        init?(_ line: Substring) {
            let columns = TraceFile.columns(line)
            guard columns.count >= 3, let time = Double(columns[0]), time.isFinite else { return nil }
            self.time = time
            client = columns[1]
            folder = columns[2]
        }
    }

    static func columns(_ line: Substring) -> [Substring] {
        line.split(separator: "\t", omittingEmptySubsequences: false)
    }

    /// Its lines, without comments and empty ones; nil when it can't be read.
    static func lines(_ path: String) -> [Substring]? {
        read(path).map { data in
            String(decoding: data, as: UTF8.self).split(separator: "\n").filter { !$0.hasPrefix("#") }
        }
    }

    static func read(_ path: String) -> Data? {
        guard path.hasSuffix(".gz") else { return try? Data(contentsOf: URL(filePath: path), options: .mappedIfSafe) }
        let gzip = Process()
        let output = Pipe()
        gzip.executableURL = URL(filePath: "/usr/bin/env")
        gzip.arguments = ["gzip", "-dc", "--", path]
        gzip.standardOutput = output
        gzip.standardError = FileHandle.nullDevice
        guard (try? gzip.run()) != nil else { return nil }
        let data = try? output.fileHandleForReading.readToEnd()
        gzip.waitUntilExit()
        return gzip.terminationStatus == 0 ? data ?? Data() : nil
    }
}
