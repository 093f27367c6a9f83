import NIOHTTP1
import RiffleCache
import RiffleHTTP
import RiffleTelemetry

/// What memory holds for one request that is no listing.
struct GeneralSelection {
    /// The response the request selects (RFC 9111 §4.1).
    var selected: StoredResponse?
    /// Other variants, whose validators may be worth asking about (RFC 9111 §4.3.1).
    var others: [StoredResponse] = []
    /// What a fill of it is called: concurrent requests with the same name may share one.
    var key: CacheKey
    var hash: UInt64
    /// Why nothing was selected.
    var reason = Reason.cold
}

/// Finds stored responses, through the index of variants where there is one.
struct GeneralLookup {
    /// Other variants whose validators are sent along.
    private static let maximumOthers = 16

    let gateway: Gateway

    func select(_ key: CacheKey, hash: UInt64, fields: HTTPHeaders, now: Int64) -> GeneralSelection {
        var selection = GeneralSelection(key: key, hash: hash)
        guard let entry = find(key, hash) else {
            if gateway.memory.wasEvicted(hash: hash) { selection.reason = .evicted }
            return selection
        }
        let wall = Int(WallTime.now().milliseconds / 1_000)
        guard let index = VariantIndex(entry) else {
            selection.selected = StoredResponse(entry, policy: gateway.generalPolicy, now: now, wall: wall)
            return selection
        }
        selection.reason = .vary
        for (place, names) in index.names.enumerated() {
            let variant = gateway.naming.variant(Vary.variantKey(names, request: fields))
            let variantKey = GeneralKey.variant(of: key, variant)
            let variantHash = GeneralKey.hash(variantKey)
            if place == 0 {
                selection.key = variantKey
                selection.hash = variantHash
            }
            guard let entry = find(variantKey, variantHash) else { continue }
            // Of several the latest is used (RFC 9111 §4.1).
            if let known = selection.selected, known.entry.life.receivedAt >= entry.life.receivedAt { continue }
            selection.selected = StoredResponse(entry, policy: gateway.generalPolicy, now: now, wall: wall)
        }
        if selection.selected == nil {
            selection.others = index.variants.suffix(Self.maximumOthers).reversed().compactMap { variant in
                let key = GeneralKey.variant(of: key, variant)
                return find(key, GeneralKey.hash(key)).map {
                    StoredResponse($0, policy: gateway.generalPolicy, now: now, wall: wall)
                }
            }
        }
        return selection
    }

    /// What is stored under exactly that key and still holds.
    private func find(_ key: CacheKey, _ hash: UInt64) -> Entry? {
        guard let entry = key.bytes.withUnsafeBytes({ gateway.memory.find($0, hash: hash) }) else { return nil }
        guard gateway.generations.holds(general: entry, naming: gateway.naming) else {
            gateway.memory.remove(entry)
            return nil
        }
        return entry
    }
}
