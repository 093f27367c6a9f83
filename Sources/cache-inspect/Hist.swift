import ArgumentParser
import RiffleInspect

/// Latencies as a picture.
struct Hist: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "How long answers took: a log-scale histogram, and percentiles by outcome and tier.",
        discussion: """
            Each | stands for answers from the cache, each # for answers that waited for the origin. Everything since
            riffle started is shown.

            EXAMPLES
              cache-inspect hist
              cache-inspect hist --watch
            """)

    @OptionGroup var admin: AdminOptions
    @OptionGroup var watching: Watching

    func run() async throws {
        try await watching.run(admin) { now, _, ink in
            let size = Screen.size
            let table = now.requests.latencies.count + 8
            return HistogramView(now.requests, width: size.columns, height: max(6, min(16, size.rows - table))).lines(
                ink)
        }
    }
}
