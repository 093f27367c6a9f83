import ArgumentParser
import RiffleBench

/// `riffle-perf cache-sim`: miss ratio by size of riffle's memory tier, beside the policies it is measured against.
struct CacheSimCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cache-sim",
        abstract: "Replay a browsing trace through the memory tier and other policies at equal bytes.")

    @Argument(
        help: "Trace: NAME.tsv or NAME.tsv.gz (time, client, folder); NAME.tree.tsv beside it sizes the listings.")
    var traces: [String]

    @Option(help: "Sizes as shares of all listings' bytes, comma-separated.")
    var shares = "0.03,0.1,0.3,0.6"

    @Option(help: "Shards of the memory tier; a power of two.")
    var shards = 1

    @Flag(help: "Weigh each miss with what it costs, instead of counting misses.")
    var weighted = false

    func validate() throws {
        guard shards > 0, shards & (shards - 1) == 0, shards <= 1_024 else {
            throw ValidationError("--shards must be a power of two up to 1024")
        }
        guard !parsedShares.isEmpty, parsedShares.allSatisfy({ $0 > 0 && $0 <= 1 }) else {
            throw ValidationError("--shares must be numbers above 0 and up to 1, such as 0.1,0.3")
        }
    }

    private var parsedShares: [Double] {
        shares.split(separator: ",").map { Double($0) ?? 0 }
    }

    func run() throws {
        for file in traces {
            let simulation = CacheSimulation(trace: try CacheTrace(file: file), shards: shards)
            print("\(file): miss ratio in per cent\(weighted ? ", weighted by cost" : "")")
            print(pad("KiB") + CacheSimulation.policies.map(pad).joined())
            for share in parsedShares {
                let limit = max(1, Int(Double(simulation.totalBytes) * share))
                let rows = simulation.run(limit: limit)
                print(
                    pad(String(limit / 1_024))
                        + rows.map { pad(percent(weighted ? $0.missCost : $0.missRatio)) }.joined())
            }
        }
    }

    private func percent(_ ratio: Double) -> String {
        let tenths = Int((ratio * 1_000).rounded())
        return "\(tenths / 10).\(tenths % 10)"
    }

    private func pad(_ text: String) -> String {
        String(repeating: " ", count: max(1, 11 - text.count)) + text
    }
}
