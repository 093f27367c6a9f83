import Glibc

/// A moment of the wall clock in UTC, written the ways logs write it.
struct WallTime {
    let milliseconds: Int64

    static func now() -> WallTime {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return WallTime(milliseconds: Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000)
    }

    private var parts: tm {
        var seconds = time_t(milliseconds / 1_000)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        return parts
    }

    /// `2026-11-25T16:00:57.123Z`
    var rfc3339: String {
        let parts = self.parts
        let day = "\(parts.tm_year + 1_900)-\(Self.two(parts.tm_mon + 1))-\(Self.two(parts.tm_mday))"
        let fraction = String(1_000 + milliseconds % 1_000).dropFirst()
        return "\(day)T\(Self.clock(parts)).\(fraction)Z"
    }

    /// `25/Nov/2026:16:00:57 +0000`
    var common: String {
        let parts = self.parts
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let month = months[Int(parts.tm_mon) % months.count]
        return "\(Self.two(parts.tm_mday))/\(month)/\(parts.tm_year + 1_900):\(Self.clock(parts)) +0000"
    }

    private static func clock(_ parts: tm) -> String {
        "\(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec))"
    }

    private static func two(_ value: Int32) -> String { value < 10 ? "0\(value)" : "\(value)" }
}
