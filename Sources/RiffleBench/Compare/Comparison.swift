internal import Histogram

/// Several servers under the same load, a short turn each, round after round, so that all of them see the same weather.
package struct Comparison: Sendable {
    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    package struct Contender: Sendable {
        package var name: String
        package var url: String
        package var plan: LoadPlan
        package var pid: Int32?

        package init(name: String, url: String, plan: LoadPlan, pid: Int32?) {
            self.name = name
            self.url = url
            self.plan = plan
            self.pid = pid
        }
    }

    /// One turn of one contender.
    struct Turn: Sendable {
        var result: LoadRun.Result
        /// Microseconds the contender's processes used during the turn.
        var cpu: Double?
        var resident: UInt64?
    }

    package static let maxRounds = 1000

    private let contenders: [Contender]
    private let baseline: Int
    private let rounds: Int

    package init(_ contenders: [Contender], baseline: Int, rounds: Int) throws(Failure) {
        guard !contenders.isEmpty, contenders.indices.contains(baseline), (1...Self.maxRounds).contains(rounds) else {
            throw Failure(description: "a comparison takes at least one target and 1 to \(Self.maxRounds) rounds")
        }
        self.contenders = contenders
        self.baseline = baseline
        self.rounds = rounds
    }

    /// Blocks until all rounds are over. `said` hears of each turn before it begins.
    package func run(said: (String) -> Void) throws -> CompareReport {
        for contender in contenders where contender.plan.warmup > 0 {
            said("warming \(contender.name)")
            var plan = contender.plan
            plan.duration = plan.warmup
            plan.warmup = 0
            plan.pace = .closed(think: 0)
            let result = try LoadRun.run(plan)
            guard result.recorder.answered > result.recorder.refused.raw.totalCount else {
                throw Failure(description: "\(contender.name) does not answer with success at \(contender.url)")
            }
        }
        var turns = [[Turn]](repeating: [], count: contenders.count)
        for round in 0..<rounds {
            for position in contenders.indices {
                // Each begins a round once in a while: what follows whom must not favour anyone.
                let index = (position + round) % contenders.count
                said("round \(round + 1) of \(rounds): \(contenders[index].name)")
                turns[index].append(try turn(contenders[index]))
            }
        }
        return CompareReport(contenders, turns: turns, baseline: baseline)
    }

    private func turn(_ contender: Contender) throws -> Turn {
        var plan = contender.plan
        // All that a turn sends is counted, as all that it costs the server is.
        plan.warmup = 0
        let before = contender.pid.flatMap { ProcessTree.usage(of: $0) }
        let result = try LoadRun.run(plan)
        let after = contender.pid.flatMap { ProcessTree.usage(of: $0) }
        if contender.pid != nil, before == nil || after == nil {
            throw Failure(description: "\(contender.name) has no process \(contender.pid ?? 0) any more")
        }
        return Turn(
            result: result, cpu: before.flatMap { before in after.map { $0.cpu - before.cpu } },
            resident: after?.resident)
    }
}
