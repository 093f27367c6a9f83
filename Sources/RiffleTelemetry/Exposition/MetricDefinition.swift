/// One metric family, defined once: its name, kind, unit and what it means.
package struct MetricDefinition: Sendable, Equatable {
    package enum Kind: String, Sendable {
        case counter, gauge, histogram
    }

    package enum Unit: String, Sendable {
        case seconds, bytes, ratio
    }

    /// Without the `_total` that samples of a counter carry; ends in the unit when there is one.
    package let name: String
    package let kind: Kind
    package let unit: Unit?
    package let help: String

    package init(_ name: String, _ kind: Kind, unit: Unit? = nil, _ help: String) {
        self.name = name
        self.kind = kind
        self.unit = unit
        self.help = help
    }
}

/// Every metric that riffle exposes.
extension MetricDefinition {
    package static let build = Self("riffle_build_info", .gauge, "Version, dialect and origin of this riffle.")
    package static let uptime = Self("riffle_uptime_seconds", .gauge, unit: .seconds, "Time since the start.")
    package static let loops = Self("riffle_event_loops", .gauge, "Event loops that serve clients.")

    package static let requests = Self(
        "riffle_requests", .counter,
        "Requests answered, by outcome, tier, reason of a miss or bypass, and whether a prefetch had brought the entry."
    )
    package static let responses = Self("riffle_responses", .counter, "Answers by class of status code.")
    package static let sent = Self(
        "riffle_sent_bytes", .counter, unit: .bytes, "Bytes written to clients, heads and bodies, by outcome and tier.")
    package static let duration = Self(
        "riffle_request_duration_seconds", .histogram, unit: .seconds,
        "From the first byte of a request to the last byte of its answer, by outcome and tier.")
    package static let connections = Self("riffle_connections", .gauge, "Client connections open now.")
    package static let fills = Self("riffle_fills_in_flight", .gauge, "Fills of cold forms that are running now.")

    package static let memoryEntries = Self("riffle_memory_entries", .gauge, "Entries in the memory tier.")
    package static let memoryUsed = Self(
        "riffle_memory_used_bytes", .gauge, unit: .bytes, "Bytes charged to the memory tier.")
    package static let memoryLimit = Self(
        "riffle_memory_limit_bytes", .gauge, unit: .bytes, "Bytes the memory tier may use.")
    package static let memoryEvictions = Self(
        "riffle_memory_evictions", .counter, "Entries that left the memory tier to make room.")
    package static let memorySaved = Self(
        "riffle_memory_saved_bytes", .gauge, unit: .bytes,
        "Bytes that bodies shared by several entries would take besides if each were kept for itself.")
    package static let tenantUsed = Self(
        "riffle_tenant_used_bytes", .gauge, unit: .bytes,
        "Bytes charged to the memory tier, by part of the tree with bounds of its own.")
    package static let tenantEvictions = Self(
        "riffle_tenant_evictions", .counter,
        "Entries that left the memory tier to make room, by part of the tree with bounds of its own.")
    package static let canaryChecks = Self(
        "riffle_canary_checks", .counter,
        "Hits about which the origin was asked once more, by result; differs and refused are alarms.")

    package static let originCalls = Self("riffle_origin_calls", .counter, "Requests sent to the origin.")
    package static let originFailures = Self(
        "riffle_origin_failures", .counter, "Requests to the origin that failed or timed out.")
    package static let originInFlight = Self("riffle_origin_in_flight", .gauge, "Requests at the origin now.")

    package static let redisState = Self(
        "riffle_redis_state", .gauge, "1 for the state the Redis tier is in, 0 for all others.")
    package static let redisEvents = Self("riffle_redis_events", .counter, "What happened at the Redis tier, by kind.")

    package static let prefetchEnabled = Self("riffle_prefetch_enabled", .gauge, "1 when prefetch is on.")
    package static let prefetches = Self(
        "riffle_prefetches", .counter, "Prefetched listings: issued, then used by a person or wasted; or skipped.")
    package static let prefetchInFlight = Self("riffle_prefetch_in_flight", .gauge, "Prefetches at the origin now.")
    package static let prefetchExtra = Self(
        "riffle_prefetch_extra_ratio", .gauge, unit: .ratio, "Prefetch calls per demand call to the origin, lately.")

    package static let feedChannels = Self(
        "riffle_feed_channels", .gauge, "Channels of change feeds, by feed and health.")
    package static let feedLag = Self(
        "riffle_feed_lag_seconds", .gauge, unit: .seconds,
        "How long ago the origin's state was last known, of the channel furthest behind, by feed.")
    package static let feedChanges = Self("riffle_feed_changes", .counter, "Changes that feeds told of, by feed.")
    package static let feedFailures = Self(
        "riffle_feed_failures", .counter, "Times a feed could not be asked or understood, by feed.")

    package static let all: [Self] = [
        build, uptime, loops, requests, responses, sent, duration, connections, fills, memoryEntries, memoryUsed,
        memoryLimit, memoryEvictions, memorySaved, tenantUsed, tenantEvictions, canaryChecks, originCalls,
        originFailures, originInFlight,
        redisState, redisEvents,
        prefetchEnabled, prefetches, prefetchInFlight, prefetchExtra, feedChannels, feedLag, feedChanges, feedFailures,
    ]
}
