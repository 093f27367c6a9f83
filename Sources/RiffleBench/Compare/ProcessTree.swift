import Foundation
import Glibc

/// What a process and all its descendants have used, as the kernel accounts for it in `/proc`.
package struct ProcessUsage: Sendable, Equatable {
    /// Microseconds of processor time, user and system. Of children that ended, what their parent was charged.
    package var cpu = 0.0
    /// Resident bytes. Pages that processes share are counted once for each.
    package var resident: UInt64 = 0
}

package enum ProcessTree {
    /// Nil when there is no such process.
    package static func usage(of pid: Int32, root: String = "/proc") -> ProcessUsage? {
        let all = processes(root)
        guard all[pid] != nil else { return nil }
        var children: [Int32: [Int32]] = [:]
        for (number, stat) in all { children[stat.parent, default: []].append(number) }
        let tick = 1_000_000 / Double(max(sysconf(Int32(_SC_CLK_TCK)), 1))
        let page = UInt64(max(sysconf(Int32(_SC_PAGESIZE)), 1))
        var usage = ProcessUsage()
        var pending = [pid]
        var seen: Set<Int32> = []
        while let next = pending.popLast() {
            guard seen.insert(next).inserted, let stat = all[next] else { continue }
            usage.cpu += Double(stat.ticks) * tick
            usage.resident += stat.residentPages * page
            pending += children[next] ?? []
        }
        return usage
    }

    private static func processes(_ root: String) -> [Int32: Stat] {
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: root) else { return [:] }
        var all: [Int32: Stat] = [:]
        for name in names {
            guard let number = Int32(name),
                let text = try? String(contentsOfFile: "\(root)/\(name)/stat", encoding: .utf8),
                let stat = Stat(text)
            else { continue }
            all[number] = stat
        }
        return all
    }

    /// The fields of `/proc/PID/stat` (proc_pid_stat(5)) that matter here.
    struct Stat: Equatable {
        var parent: Int32
        var ticks: UInt64
        var residentPages: UInt64

        init?(_ text: String) {
            // The name in parentheses may hold spaces and parentheses of its own, so fields are counted from its end.
            guard let close = text.lastIndex(of: ")") else { return nil }
            let fields = text[text.index(after: close)...].split(whereSeparator: \.isWhitespace)
            guard fields.count > 21, let parent = Int32(fields[1]), let pages = UInt64(fields[21]) else { return nil }
            let times = fields[11...14].compactMap { UInt64($0) }
            guard times.count == 4 else { return nil }
            self.parent = parent
            ticks = times.reduce(0, +)
            residentPages = pages
        }
    }
}
