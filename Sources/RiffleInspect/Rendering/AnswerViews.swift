import RiffleTelemetry

// The answers of top, explain and purge as text.

extension HotFolder {
    /// Hottest folders as a table.
    package static func lines(_ folders: [HotFolder], _ ink: Ink = .none) -> [String] {
        guard !folders.isEmpty else { return ["no folder is held in memory"] }
        var table = TextTable([
            "hits": .right, "bytes": .right, "age": .right, "ttl": .right, "for": .left, "folder": .left,
        ])
        for folder in folders {
            table.add(
                Figures.count(folder.hits), Figures.bytes(folder.bytes), Figures.span(seconds: folder.ageSeconds),
                folder.ttlSeconds < 0 ? "stale" : Figures.span(seconds: folder.ttlSeconds),
                folder.principal.map(Ink.harmless) ?? "everyone",
                Ink.harmless(folder.path) + (folder.prefetched ? "  (prefetched)" : ""))
        }
        return table.lines(ink)
    }
}

extension Explanation {
    package func lines(_ ink: Ink = .none) -> [String] {
        var verdict = ink(.bold, ink(isHit ? .green : .yellow, outcome.rawValue)) + " (\(tier.rawValue)"
        if let reason { verdict += ", \(reason.rawValue)" }
        if prefetched { verdict += ", prefetched" }
        var lines = [verdict + ")", ""]
        lines += sentences.map { "  " + Ink.harmless($0) }
        let width = key.reduce(10) { max($0, $1.name.count) }
        func field(_ name: String, _ value: String) -> String {
            ink(.dim, Ink.harmless(name) + String(repeating: " ", count: max(0, width - name.count))) + "  "
                + Ink.harmless(value)
        }
        if !key.isEmpty || generation != nil { lines.append("") }
        lines += key.map { field($0.name, $0.value) }
        if let generation { lines.append(field("generation", generation)) }
        if !tiers.isEmpty { lines.append("") }
        lines += tiers.map { field($0.tier.rawValue, $0.words) }
        return lines
    }
}

extension Explanation.TierState {
    var words: String {
        var words = [holding == .none ? "not configured" : holding.rawValue]
        if let ageSeconds { words.append("age \(Figures.span(seconds: ageSeconds))") }
        if let ttlSeconds { words.append("ttl \(Figures.span(seconds: ttlSeconds))") }
        if let bytes { words.append(Figures.bytes(bytes)) }
        if prefetched { words.append("prefetched") }
        return words.joined(separator: ", ")
    }
}

extension PurgeReport {
    package func lines(_ ink: Ink = .none) -> [String] {
        let what = Ink.harmless(path) + (recursive ? " and everything below it" : "")
        let entries = "\(Figures.count(memoryEntries)) \(memoryEntries == 1 ? "entry" : "entries")"
        var lines = [
            dryRun
                ? "would purge \(what): \(entries) in memory, \(Figures.bytes(memoryBytes))"
                : "purged \(what): \(entries) in memory, \(Figures.bytes(memoryBytes))"
        ]
        switch redis {
        case .none: break
        case .purged: lines.append("redis: purged for every riffle")
        case .untouched: lines.append("redis: left as it is")
        case .unavailable:
            lines.append(ink(.red, "redis: unavailable; other riffles may serve what they hold until it expires"))
        }
        if !dryRun, peersKnown > 0 {
            let line = "peers: \(peersAcknowledged) of \(peersKnown) acknowledged"
            lines.append(peersAcknowledged < peersKnown ? ink(.red, line) : line)
        }
        return lines
    }
}
