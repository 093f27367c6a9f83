import RiffleTelemetry

extension ProxySnapshot {
    /// All metrics of this moment as text for a scraper.
    package func exposition(_ format: ExpositionWriter.Format) -> String {
        var writer = ExpositionWriter(format)
        writer.family(.build)
        writer.sample(.build, labels: ["version": version, "dialect": dialect, "origin": origin.url], 1)
        writer.gauge(.uptime, uptimeSeconds)
        writer.gauge(.loops, Double(loops))
        writer.gauge(.connections, Double(connections))
        writer.gauge(.fills, Double(fillsInFlight))
        requests.write(to: &writer)

        writer.gauge(.memoryEntries, Double(memory.entries))
        writer.gauge(.memoryUsed, Double(memory.bytes))
        writer.gauge(.memoryLimit, Double(memory.limit))
        writer.counter(.memoryEvictions, memory.evictions)
        writer.gauge(.memorySaved, Double(memory.saved))
        writer.family(.tenantUsed)
        for tenant in memory.tenants {
            writer.sample(.tenantUsed, labels: ["tenant": tenant.path], Double(tenant.bytes))
        }
        writer.family(.tenantEvictions)
        for tenant in memory.tenants {
            writer.sample(.tenantEvictions, labels: ["tenant": tenant.path], tenant.evictions)
        }

        writer.counter(.originCalls, origin.calls)
        writer.counter(.originFailures, origin.failures)
        writer.gauge(.originInFlight, Double(origin.inFlight))

        writer.family(.redisState)
        for state in RedisFigures.State.allCases {
            writer.sample(.redisState, labels: ["state": state.rawValue], state == redis.state ? 1 : 0)
        }
        writer.family(.redisEvents)
        for (kind, count) in redis.numbers.sorted(by: { $0.key < $1.key }) {
            writer.sample(.redisEvents, labels: ["kind": kind], count)
        }

        writer.gauge(.prefetchEnabled, prefetch.enabled ? 1 : 0)
        writer.family(.prefetches)
        writer.sample(.prefetches, labels: ["state": "issued"], prefetch.issued)
        writer.sample(.prefetches, labels: ["state": "used"], prefetch.used)
        writer.sample(.prefetches, labels: ["state": "wasted"], prefetch.wasted)
        writer.sample(.prefetches, labels: ["state": "skipped"], prefetch.skippedByBudget)
        writer.gauge(.prefetchInFlight, Double(prefetch.inFlight))
        writer.gauge(.prefetchExtra, prefetch.extraShare)
        write(feeds.sorted { $0.key < $1.key }, to: &writer)
        writer.family(.canaryChecks)
        for (result, count) in canary.sorted(by: { $0.key < $1.key }) {
            writer.sample(.canaryChecks, labels: ["result": result], count)
        }
        return writer.finish()
    }
}

extension ProxySnapshot {
    private func write(_ feeds: [(key: String, value: FeedFigures)], to writer: inout ExpositionWriter) {
        writer.family(.feedChannels)
        for (name, figures) in feeds {
            for (health, count) in figures.channels.sorted(by: { $0.key < $1.key }) {
                writer.sample(.feedChannels, labels: ["feed": name, "health": health], Double(count))
            }
        }
        writer.family(.feedLag)
        for (name, figures) in feeds { writer.sample(.feedLag, labels: ["feed": name], figures.lagSeconds) }
        writer.family(.feedChanges)
        for (name, figures) in feeds { writer.sample(.feedChanges, labels: ["feed": name], figures.changes) }
        writer.family(.feedFailures)
        for (name, figures) in feeds { writer.sample(.feedFailures, labels: ["feed": name], figures.failures) }
    }
}

extension RequestFigures {
    fileprivate func write(to writer: inout ExpositionWriter) {
        writer.family(.requests)
        for row in rows {
            writer.sample(
                .requests,
                labels: [
                    "outcome": row.outcome.rawValue, "tier": row.tier.rawValue, "reason": row.reason?.rawValue ?? "",
                    "prefetched": row.prefetched ? "yes" : "no",
                ], row.count)
        }
        writer.family(.responses)
        for (name, count) in statuses.sorted(by: { $0.key < $1.key }) {
            writer.sample(.responses, labels: ["class": name], count)
        }
        writer.family(.sent)
        for latency in latencies {
            writer.sample(
                .sent, labels: ["outcome": latency.outcome.rawValue, "tier": latency.tier.rawValue], latency.bytesOut)
        }
        writer.family(.duration)
        for latency in latencies {
            writer.histogram(.duration, outcome: latency.outcome, tier: latency.tier, latency.histogram)
        }
    }
}

extension ExpositionWriter {
    fileprivate mutating func gauge(_ metric: MetricDefinition, _ value: Double) {
        family(metric)
        sample(metric, value)
    }

    fileprivate mutating func counter(_ metric: MetricDefinition, _ value: UInt64) {
        family(metric)
        sample(metric, value)
    }
}
