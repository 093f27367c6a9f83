/// Which listings to drop: one folder's, in every form and for every principal, or a whole subtree's.
package struct PurgeRequest: Codable, Sendable, Equatable {
    /// Absolute, as in a request target without its query.
    package var path: String
    package var recursive: Bool
    /// Only say what would be purged.
    package var dryRun: Bool

    package init(path: String, recursive: Bool = false, dryRun: Bool = false) {
        self.path = path
        self.recursive = recursive
        self.dryRun = dryRun
    }

    private enum CodingKeys: CodingKey {
        case path, recursive, dryRun
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        path = try container.decode(String.self, forKey: .path)
        recursive = try container.decodeIfPresent(Bool.self, forKey: .recursive) ?? false
        dryRun = try container.decodeIfPresent(Bool.self, forKey: .dryRun) ?? false
    }
}

package struct PurgeReport: Codable, Sendable, Equatable {
    package enum RedisPart: String, Codable, CaseIterable, Sendable {
        /// No Redis is configured.
        case none
        /// The folder's generation was moved on: nothing of it can be served again.
        case purged
        /// Nothing was touched because the request was a dry run.
        case untouched
        /// Redis could not be reached: other riffles may serve what they hold until it expires.
        case unavailable
    }

    package var path: String
    package var recursive: Bool
    package var dryRun: Bool
    /// Entries of this riffle's memory tier that matched.
    package var memoryEntries: Int
    package var memoryBytes: Int
    package var redis: RedisPart
    /// Other riffles that confirmed the purge, of those that were known.
    package var peersAcknowledged: Int
    package var peersKnown: Int

    package init(
        path: String, recursive: Bool, dryRun: Bool, memoryEntries: Int, memoryBytes: Int = 0,
        redis: RedisPart = .none, peersAcknowledged: Int = 0, peersKnown: Int = 0
    ) {
        self.path = path
        self.recursive = recursive
        self.dryRun = dryRun
        self.memoryEntries = memoryEntries
        self.memoryBytes = memoryBytes
        self.redis = redis
        self.peersAcknowledged = peersAcknowledged
        self.peersKnown = peersKnown
    }
}
