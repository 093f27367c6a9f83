/// Which folders to list, hottest first.
package struct TopQuery: Codable, Sendable, Equatable {
    package static let defaultLimit = 20
    package static let highestLimit = 1000

    /// Between 1 and ``highestLimit``.
    package let limit: Int

    package init(limit: Int = TopQuery.defaultLimit) {
        self.limit = min(max(limit, 1), Self.highestLimit)
    }
}

/// One stored listing of a much asked folder. Only ever shown to an administrator.
package struct HotFolder: Codable, Sendable, Equatable {
    package var path: String
    package var hits: UInt64
    package var bytes: Int
    package var ageSeconds: Double
    /// Left before it must be revalidated; negative once stale.
    package var ttlSeconds: Double
    /// First 8 hex digits of the principal's hash; nil for a listing cut for everyone.
    package var principal: String?
    package var prefetched: Bool

    package init(
        path: String, hits: UInt64, bytes: Int, ageSeconds: Double, ttlSeconds: Double, principal: String? = nil,
        prefetched: Bool = false
    ) {
        self.path = path
        self.hits = hits
        self.bytes = bytes
        self.ageSeconds = ageSeconds
        self.ttlSeconds = ttlSeconds
        self.principal = principal
        self.prefetched = prefetched
    }
}
