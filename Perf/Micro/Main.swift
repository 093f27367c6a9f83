import Glibc

/// `riffle-micro [--allocations] [WORD]`: times the small operations that a request is made of and counts what they take
/// from the heap; fails where one takes more than it may. `--allocations` leaves the timing out.
@main
enum Main {
    static func main() {
        var arguments = CommandLine.arguments.dropFirst()
        let timed = arguments.first != "--allocations"
        if !timed { arguments.removeFirst() }
        let word = arguments.first ?? ""
        let micros = (Requests.all + Lookups.all + Responses.all).filter { $0.name.contains(word) }
        var broken = false
        print(row("", timed ? "ns" : nil, "allocations", "allowed"))
        for micro in micros {
            let figures = micro.measure(timed: timed)
            let isBroken = figures.allocations > Double(micro.allowed)
            broken = broken || isBroken
            print(
                row(
                    micro.name, timed ? tenths(figures.nanoseconds) : nil, tenths(figures.allocations),
                    "\(micro.allowed)")
                    + (isBroken ? "  too many" : ""))
        }
        if broken || micros.isEmpty { exit(1) }
    }

    private static func row(_ name: String, _ time: String?, _ count: String, _ allowed: String) -> String {
        name + String(repeating: " ", count: max(1, 40 - name.count))
            + [time, count, allowed].compactMap(\.self).map {
                String(repeating: " ", count: max(1, 12 - $0.count)) + $0
            }
            .joined()
    }

    private static func tenths(_ number: Double) -> String {
        let rounded = Int((number * 10).rounded())
        return "\(rounded / 10).\(rounded % 10)"
    }
}
