import Foundation
import Synchronization

/// Ends the servers of a test run that was itself killed: a shell that learns of every server and acts once its standard
/// input closes, which the kernel sees to however this process ends.
final class Janitor: Sendable {
    static let shared = Janitor()

    /// Each process id is also the id of the server's process group.
    private static let script = """
        trap '' INT TERM HUP
        pids=' '
        while read -r change pid; do
            case $change in
            +) pids="$pids$pid " ;;
            -) pids=$(printf '%s' "$pids" | sed "s/ $pid / /") ;;
            esac
        done
        for pid in $pids; do kill -9 -- "-$pid" 2>/dev/null; done
        """

    private let input: Mutex<FileHandle?>

    private init() {
        let pipe = Pipe()
        let shell = Process()
        shell.executableURL = URL(fileURLWithPath: "/bin/sh")
        shell.arguments = ["-c", Self.script]
        shell.standardInput = pipe.fileHandleForReading
        let started = (try? shell.run()) != nil
        input = Mutex(started ? pipe.fileHandleForWriting : nil)
    }

    func watch(_ pid: Int32) { tell("+ \(pid)\n") }
    func forget(_ pid: Int32) { tell("- \(pid)\n") }

    private func tell(_ line: String) {
        input.withLock { try? $0?.write(contentsOf: Data(line.utf8)) }
    }
}
