internal import Histogram

/// Says when a run measured its generator rather than its target.
///
/// A late send is counted in the planned latency, so it can only make a server look worse. It spoils the answer when it is a
/// part of it that matters: of the 1 % that make p99, more than a tenth, and more than a millisecond, which is what a
/// scheduler on busy cores takes now and then without anybody's fault. A lateness of 5 ms says nothing against a p99 of
/// 200 ms, and everything against one of 6 ms. Waiting for a free connection is the server's doing and never counted here.
package enum Validity {
    /// Above this share of a core the loop itself is the bottleneck.
    static let busiest = 0.95
    static let latenessShare = 0.1
    static let latenessNanoseconds: UInt64 = 1_000_000

    package static func complaints(_ result: LoadRun.Result) -> [String] {
        let recorder = result.recorder
        let late = recorder.lateness.totalCount == 0 ? 0 : recorder.lateness.valueAtPercentile(99)
        let measured = recorder.all.planned.totalCount == 0 ? 0 : recorder.all.planned.valueAtPercentile(99)
        return complaints(busiest: result.busiest, late: late, measured: measured)
    }

    /// `late` and `measured` are p99 in nanoseconds of how late sends were and of the planned latency.
    package static func complaints(busiest: Double, late: UInt64, measured: UInt64) -> [String] {
        var complaints: [String] = []
        if busiest > Self.busiest {
            complaints.append(
                "the generator used \(Int((busiest * 100).rounded())) % of a core: give it more --threads")
        }
        if late > latenessNanoseconds, Double(late) > Double(measured) * latenessShare {
            complaints.append(
                "p99 of \(TextTable.latency(Double(measured) / 1000)) holds \(TextTable.latency(Double(late) / 1000)) that "
                    + "the generator itself was late: give it a core of its own or a lower --rate")
        }
        return complaints
    }
}
