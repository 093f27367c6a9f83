/// 128 bits of a keyed hash: enough that two names never meet, small enough to be a key anywhere.
package struct Hash128: Hashable, Sendable {
    package var high: UInt64
    package var low: UInt64

    @inlinable
    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// 32 lower-case hexadecimal digits, for logs, metrics and Redis names.
    package var hex: String {
        [high, low].map { word in
            let digits = String(word, radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }
}

/// A folder of one origin, as the keyed hash of its canonical path: the unit of invalidation.
package struct FolderID: Hashable, Sendable {
    package let hash: Hash128

    @inlinable
    package init(_ hash: Hash128) { self.hash = hash }
}

/// Whose eyes a listing was cut for: the keyed hash of the credential, or `anonymous`.
package struct PrincipalID: Hashable, Sendable {
    package let hash: Hash128

    @inlinable
    package init(_ hash: Hash128) { self.hash = hash }

    /// Requests that carry no credential at all.
    package static let anonymous = PrincipalID(Hash128(high: 0, low: 0))
}

/// One form of a folder for one principal: names an entry or a lease beside its folder's generation.
package struct EntryID: Hashable, Sendable {
    package let hash: Hash128

    @inlinable
    package init(_ hash: Hash128) { self.hash = hash }
}
