/// What somebody tells of changes that did not pass through riffle: `{"path": "/a/", "recursive": true}`, several as
/// `{"changes": [...]}`, or `{}` for "nothing changed, and I am still here".
package struct ChangeNews: Codable, Sendable, Equatable {
    /// Changes told at once.
    package static let limit = 1_000

    package struct Change: Codable, Sendable, Equatable {
        /// Of the file or folder that changed, as in a request target without its query.
        package var path: String
        /// Whether anything below it may have changed too.
        package var recursive: Bool

        package init(path: String, recursive: Bool = false) {
            self.path = path
            self.recursive = recursive
        }

        private enum CodingKeys: CodingKey {
            case path, recursive
        }

        package init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            path = try container.decode(String.self, forKey: .path)
            recursive = try container.decodeIfPresent(Bool.self, forKey: .recursive) ?? false
        }
    }

    package var changes: [Change]

    package init(changes: [Change]) {
        self.changes = changes
    }

    private enum CodingKeys: CodingKey {
        case path, changes
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        changes = try container.decodeIfPresent([Change].self, forKey: .changes) ?? []
        if container.contains(.path) { changes.append(try Change(from: decoder)) }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(changes, forKey: .changes)
    }
}

/// What became of the news.
package struct ChangeReceipt: Codable, Sendable, Equatable {
    /// Changes voided here.
    package var applied: Int
    /// Paths that can be read in more than one way: for each of these everything was voided.
    package var unclear: Int
    package var redis: PurgeReport.RedisPart
    package var peersAcknowledged: Int
    package var peersKnown: Int

    package init(
        applied: Int = 0, unclear: Int = 0, redis: PurgeReport.RedisPart = .none, peersAcknowledged: Int = 0,
        peersKnown: Int = 0
    ) {
        self.applied = applied
        self.unclear = unclear
        self.redis = redis
        self.peersAcknowledged = peersAcknowledged
        self.peersKnown = peersKnown
    }
}

/// One change feed at one moment.
package struct FeedFigures: Codable, Sendable, Equatable {
    /// Channels by health: `healthy`, `lagging`, `down`.
    package var channels: [String: Int]
    /// How long ago the state of the origin was last known, of the channel that is furthest behind.
    package var lagSeconds: Double
    package var changes: UInt64
    package var failures: UInt64

    package init(channels: [String: Int] = [:], lagSeconds: Double = 0, changes: UInt64 = 0, failures: UInt64 = 0) {
        self.channels = channels
        self.lagSeconds = lagSeconds
        self.changes = changes
        self.failures = failures
    }
}
