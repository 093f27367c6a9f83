import NIOCore
import NIOHTTP1
import RiffleCache
import RiffleHTTP

/// Puts responses that are no listings into memory, and keeps the index of their variants.
struct GeneralStore {
    /// Said anew with every answer.
    private static let perAnswer = ["age", "cache-status", "content-length", "set-cookie"]

    let gateway: Gateway

    struct Response {
        var status: Int
        var reason: String?
        var fields: HTTPHeaders
        var body: ByteBuffer
        /// The body where it is stored already.
        var stored: StoredBody?
    }

    /// The entry of a response, not yet stored.
    ///
    /// - Parameters:
    ///   - primary: the key without variant.
    ///   - now: monotonic milliseconds at which the response was received.
    func entry(
        _ response: Response, lifetime: Lifetime, primary: CacheKey, request: HTTPHeaders, generation: Generation,
        now: Int64, fillMilliseconds: Int64
    ) -> Entry {
        var key = primary
        if !lifetime.varyNames.isEmpty {
            let selecting = Vary.variantKey(lifetime.varyNames, request: request)
            key = GeneralKey.variant(of: primary, gateway.naming.variant(selecting))
        }
        var fields = response.fields
        for name in Self.perAnswer + lifetime.omittedFields { fields.remove(name: name) }
        if response.status != 204 { fields.add(name: "Content-Length", value: String(response.body.readableBytes)) }
        var image = ByteBuffer()
        ResponseHead(status: response.status, reason: response.reason, fields: fields).serialise(into: &image)
        let headLength = image.readableBytes
        let stored = response.stored ?? gateway.memory.stored(response.body)
        if stored == nil { image.writeImmutableBuffer(response.body) }
        return Entry(
            key: key, hash: GeneralKey.hash(key),
            folder: GeneralPlace(target: key.path, naming: gateway.naming).folder, generation: generation,
            image: image, headLength: headLength, status: response.status,
            life: gateway.trust.capped(EntryLife(lifetime, receivedAt: now), asked: now - fillMilliseconds),
            entityTag: Array((fields.first(name: "etag") ?? "").utf8),
            hasLastModified: fields.contains(name: "last-modified"), fillMilliseconds: Int(fillMilliseconds),
            body: stored)
    }

    /// - Returns: false when a write came between, or memory has no room for it.
    func put(_ entry: Entry, lifetime: Lifetime, primary: CacheKey, request: HTTPHeaders) -> Bool {
        let place = GeneralPlace(target: primary.path, naming: gateway.naming)
        let mayStore = gateway.generations.mayStore(entry.generation, folder: entry.folder) {
            place.lineage() + GroupNaming.folders(of: entry, naming: gateway.naming)
        }
        guard mayStore else { return false }
        if !lifetime.varyNames.isEmpty {
            let variant = gateway.naming.variant(Vary.variantKey(lifetime.varyNames, request: request))
            note(lifetime.varyNames, variant, primary: primary, like: entry)
        }
        return gateway.memory.insert(entry)
    }

    /// Stores a response anew under the fields that a 304, or the answer to HEAD, brought (RFC 9111 §4.3.4).
    ///
    /// - Returns: the renewed entry and whether it is kept; nil when the new fields forbid to use it any longer.
    func renewed(
        _ stored: StoredResponse, by update: HTTPHeaders, request: RequestMessage, isKeyed: Bool, primary: CacheKey,
        generation: Generation, delay: Int64, now: Int64
    ) -> (entry: Entry, isStored: Bool)? {
        let wall = Int(WallTime.now().milliseconds / 1_000)
        var update = update
        // Without it the date of the stored response would make the renewed one old (RFC 9110 §6.6.1).
        if !update.contains(name: "date") { update.add(name: "Date", value: HTTPDate.format(wall)) }
        var fields = stored.fields
        UpdateStored.apply(update, to: &fields)
        let decision = gateway.generalPolicy.decide(
            status: stored.entry.status, fields, request: request, isKeyed: isKeyed, delay: Int(delay), wall: wall)
        guard case .keep(let lifetime) = decision else { return nil }
        let entry = entry(
            Response(status: stored.entry.status, reason: stored.reason, fields: fields, body: stored.body,
                stored: stored.entry.storedBody),
            lifetime: lifetime, primary: primary, request: request.fields, generation: generation, now: now,
            fillMilliseconds: delay)
        return (entry, put(entry, lifetime: lifetime, primary: primary, request: request.fields))
    }

    /// Takes out what a newer answer has replaced without being stored itself.
    func remove(_ entry: Entry) {
        gateway.memory.remove(entry)
    }

    private func note(_ names: [String], _ variant: Hash128, primary: CacheKey, like entry: Entry) {
        let hash = GeneralKey.hash(primary)
        let known = primary.bytes.withUnsafeBytes { gateway.memory.find($0, hash: hash) }
        var index = known.flatMap { VariantIndex($0) } ?? VariantIndex()
        let before = index
        let displaced = index.note(names, variant)
        if let displaced {
            let key = GeneralKey.variant(of: primary, displaced)
            let old = key.bytes.withUnsafeBytes { gateway.memory.peek($0, hash: GeneralKey.hash(key)) }
            if let old { gateway.memory.remove(old) }
        }
        if index == before, let known, gateway.generations.holds(general: known, naming: gateway.naming) { return }
        gateway.memory.insert(
            Entry(
                key: primary, hash: hash, folder: entry.folder, generation: entry.generation, image: index.image,
                headLength: 0, status: VariantIndex.status, life: entry.life))
    }
}
