/// A trace as requests, the order they go out in, and when.
package struct ReplayPlan: Sendable {
    package struct Failure: Misuse {
        package let description: String
    }

    package enum Pace: Sendable {
        /// As many times faster than it happened; nothing in between takes longer than `longestGap` seconds.
        case speed(Double, longestGap: Double)
        /// In order, so many a second.
        case rate(Double)
    }

    package enum Paths: Sendable {
        /// The trace's own, behind a prefix without a slash at its end.
        case prefix(String)
        /// Folders of a real tree, by number.
        case tree(Tree, [String])
    }

    package private(set) var requests: RequestSet
    package private(set) var order: [Int] = []
    package private(set) var times: [UInt64] = []

    /// `method` is for events that name none.
    package init(
        _ trace: AccessTrace, limit: Int, pace: Pace, paths: Paths, method: String, requests: RequestSet
    ) throws {
        self.requests = requests
        var numbers: [String: Int] = [:]
        var map: FolderMap? = if case .tree(let tree, _) = paths { FolderMap(tree) } else { nil }
        var clock = 0.0
        var before = 0.0
        for event in trace.events.prefix(limit) {
            let target: String
            switch paths {
            case .prefix(let prefix): target = prefix + event.path
            case .tree(_, let found):
                let number = map?.folder(for: event.path) ?? 0
                guard found.indices.contains(number) else { continue }
                target = found[number]
            }
            let verb = event.method ?? method
            let key = verb + " " + target
            if let known = numbers[key] {
                order.append(known)
            } else {
                let number = self.requests.count
                try self.requests.add(method: verb, target: target)
                numbers[key] = number
                order.append(number)
            }
            switch pace {
            case .speed(let speed, let longestGap):
                clock += min((event.time - before) / speed, longestGap)
                before = event.time
                times.append(Nanoseconds.from(seconds: clock))
            case .rate(let rate): times.append(Nanoseconds.from(seconds: Double(times.count) / rate))
            }
        }
        guard !order.isEmpty else { throw Failure(description: "there is nothing to replay") }
    }

    package func load(_ address: SocketAddress) -> LoadPlan {
        var plan = LoadPlan(address: address, requests: requests, workload: .replay(order), pace: .replay(times))
        plan.duration = (times.last ?? 0) + 1
        return plan
    }
}
