import FoundationEssentials
import Glibc
import RiffleInspect

/// Standard output as a terminal or a pipe.
enum Screen {
    static var isTerminal: Bool { isatty(STDOUT_FILENO) == 1 }

    /// Colour only for a terminal, and never against NO_COLOR.
    static var ink: Ink {
        let environment = ProcessInfo.processInfo.environment
        return Ink(
            coloured: isTerminal && (environment["NO_COLOR"] ?? "").isEmpty && environment["TERM"] != "dumb")
    }

    static var size: (columns: Int, rows: Int) {
        var size = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0 else {
            return (80, 24)
        }
        return (Int(size.ws_col), Int(size.ws_row))
    }

    /// Whole and at once, also when what follows is a wait.
    static func print(_ text: String) {
        write(text + "\n", to: STDOUT_FILENO)
    }

    /// Puts the lines where the last ones stood, cut to the terminal's height.
    static func repaint(_ lines: [String]) {
        let visible = lines.prefix(max(1, size.rows - 1))
        write("\u{1B}[H" + visible.map { $0 + "\u{1B}[K" }.joined(separator: "\n") + "\n\u{1B}[J", to: STDOUT_FILENO)
    }

    static var showsProgress: Bool { isatty(STDERR_FILENO) == 1 }

    /// Replaces the last such line on standard error.
    static func progress(_ text: String) {
        write("\r\u{1B}[K" + text, to: STDERR_FILENO)
    }

    static func complain(_ text: String) {
        write("cache-inspect: \(text)\n", to: STDERR_FILENO)
    }

    private static func write(_ text: String, to descriptor: Int32) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let written = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if written < 0, errno == EINTR { continue }
            guard written > 0 else { return }
            rest = rest.dropFirst(written)
        }
    }
}
