import ArgumentParser
import FoundationEssentials
import Glibc

/// What is read from files and standard input, within limits.
enum Input {
    static let largestBody = 128 * 1024

    /// A one-line secret, without its newline.
    static func text(ofFile path: String) throws -> String {
        String(decoding: try bytes(ofFile: path), as: UTF8.self).trimmingCharacters(of: " \t\r\n")
    }

    /// `-` is standard input.
    static func bytes(ofFile path: String) throws -> Data {
        let descriptor = path == "-" ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw ValidationError("can't read \(path): \(String(cString: strerror(errno)))") }
        defer { if path != "-" { close(descriptor) } }
        var data = Data()
        var chunk = [UInt8](repeating: 0, count: 16 * 1024)
        while true {
            let count = read(descriptor, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw ValidationError("can't read \(path): \(String(cString: strerror(errno)))") }
            guard count > 0 else { return data }
            data.append(contentsOf: chunk[..<count])
            guard data.count <= largestBody else {
                throw ValidationError("\(path) is larger than \(largestBody) bytes")
            }
        }
    }
}

extension String {
    func trimmingCharacters(of set: String) -> String {
        var text = self[...]
        while let first = text.unicodeScalars.first, set.unicodeScalars.contains(first) {
            text = text[text.unicodeScalars.index(after: text.startIndex)...]
        }
        while let last = text.unicodeScalars.last, set.unicodeScalars.contains(last) {
            text = text[..<text.unicodeScalars.index(before: text.endIndex)]
        }
        return String(text)
    }
}
