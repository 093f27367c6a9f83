import Foundation

/// Runs histories one after another, each below a folder of its own so that it begins with an empty tree, and compares
/// every read with what the origin itself answers to the same request of the same user.
struct HistoryLane: Sendable {
    let origin: Probe
    let riffles: [Probe]
    /// Credentials, one a user.
    let users: [String]

    struct Mismatch: Sendable {
        let index: Int
        let seen: String
        let real: String
    }

    /// The first read that differs; nil when none does.
    func run(_ history: some Sequence<HistoryStep> & Sendable) async throws -> Mismatch? {
        let home = "/h-\(UInt64.random(in: 0...UInt64.max))/"
        guard try await origin.with(users[0]).send("MKCOL", home).status == 201 else {
            throw TimedOut(description: "the history's folder can't be made")
        }
        var tokens: [String: String] = [:]
        var index = 0
        for step in history {
            let answer = try await step.send(
                riffles[step.riffle].with(users[step.user]), below: home, token: tokens[step.path])
            if case .lock = step.deed, answer.status < 300 { tokens[step.path] = answer["lock-token"] }
            if step.isRead {
                let real = try await step.send(origin.with(users[step.user]), below: home, token: nil)
                if answer.status != real.status || answer.body != real.body {
                    func text(_ answer: Answer) -> String {
                        "\(answer.status) \(answer["cache-status"] ?? "-")\n\(answer.text)"
                    }
                    return Mismatch(index: index, seen: text(answer), real: text(real))
                }
            }
            index += 1
        }
        return nil
    }

    /// Leaves out what a failing history does not need to fail, within a number of attempts.
    func shrink(_ history: [HistoryStep], attempts: Int = 60) async throws -> [HistoryStep] {
        var smallest = history
        var left = attempts
        // What happened long ago seldom matters.
        for length in [20, 60, 200, 1_000] where length < smallest.count && left > 0 {
            left -= 1
            let tail = Array(history.suffix(length))
            if let found = try await run(tail) {
                smallest = Array(tail.prefix(found.index + 1))
                break
            }
        }
        var size = smallest.count / 2
        while size >= 1, left > 0 {
            var start = 0
            while start < smallest.count - 1, left > 0 {
                left -= 1
                let end = min(start + size, smallest.count - 1)
                let candidate = Array(smallest[..<start] + smallest[end...])
                if let found = try await run(candidate) {
                    smallest = Array(candidate.prefix(found.index + 1))
                } else {
                    start = end
                }
            }
            size /= 2
        }
        return smallest
    }
}
