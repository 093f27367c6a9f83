/// Whose each place of a shard is, and whose may be given up for whom; without tenants it does and holds nothing.
///
/// Not safe for concurrent use: a shard's lock covers it.
struct TenantRooms {
    private struct Room {
        /// Places in the shard, without gaps.
        var places: [UInt32] = []
        /// Of positions in `places`.
        var pool: VictimPool
        /// Bytes taken out of the shard, with nothing decided yet.
        var pending = 0
    }

    private let accounts: TenantAccounts
    private var rooms: [Room] = []
    /// Where in its room each place of the shard stands.
    private var positions: [UInt32] = []

    init(_ accounts: TenantAccounts, seed: UInt64) {
        self.accounts = accounts
        guard !accounts.isEmpty else { return }
        rooms = (0..<accounts.count).map { Room(pool: VictimPool(seed: seed &+ UInt64($0) | 1)) }
    }

    var isEmpty: Bool { rooms.isEmpty }

    subscript(tenant: UInt8) -> TenantAccount { accounts[tenant] }

    // MARK: Places

    /// The shard's next place is `tenant`'s.
    mutating func append(_ tenant: UInt8, worth: (Int) -> Double) {
        guard !isEmpty else { return }
        let position = rooms[Int(tenant)].places.count
        rooms[Int(tenant)].places.append(UInt32(positions.count))
        positions.append(UInt32(position))
        let places = rooms[Int(tenant)].places
        rooms[Int(tenant)].pool.offer(position) { worth(Int(places[$0])) }
    }

    /// `place`, of `tenant`, is no more, and what was in the shard's last place, of `lastTenant`, is there now.
    mutating func remove(_ place: Int, of tenant: UInt8, lastOf lastTenant: UInt8) {
        guard !isEmpty else { return }
        let position = Int(positions[place])
        let last = rooms[Int(tenant)].places.removeLast()
        rooms[Int(tenant)].pool.removed(position, last: rooms[Int(tenant)].places.count)
        if position < rooms[Int(tenant)].places.count {
            rooms[Int(tenant)].places[position] = last
            positions[Int(last)] = UInt32(position)
        }
        let moved = positions.removeLast()
        if place < positions.count {
            positions[place] = moved
            rooms[Int(lastTenant)].places[Int(moved)] = UInt32(place)
        }
    }

    // MARK: Room

    /// Whether others must leave `tenant` what it has, and it takes from others before it gives up its own.
    func isProtected(_ tenant: UInt8) -> Bool {
        holds(tenant) <= accounts[tenant].tenant.floor
    }

    func isOverCeiling(_ tenant: UInt8) -> Bool {
        holds(tenant) > accounts[tenant].tenant.ceiling
    }

    /// The place of `tenant` that is worth least, or nearly.
    mutating func least(of tenant: UInt8, worth: (Int) -> Double) -> Int? {
        let places = rooms[Int(tenant)].places
        return rooms[Int(tenant)].pool.least(of: places.count) { worth(Int(places[$0])) }.map { Int(places[$0]) }
    }

    /// Who has most beyond what is its own by right, of those with a place here.
    func richest() -> UInt8? {
        rooms.indices.lazy.map { UInt8($0) }
            .filter { !rooms[Int($0)].places.isEmpty && !isProtected($0) }
            .max { excess($0) < excess($1) }
    }

    /// `bytes` of `tenant` are taken out for now.
    mutating func takeOut(_ bytes: Int, of tenant: UInt8) {
        if !isEmpty { rooms[Int(tenant)].pending += bytes }
    }

    /// What was taken out is back, or gone for good and no longer in the accounts.
    mutating func settle() {
        for room in rooms.indices { rooms[room].pending = 0 }
    }

    private func holds(_ tenant: UInt8) -> Int { accounts[tenant].bytes - rooms[Int(tenant)].pending }
    private func excess(_ tenant: UInt8) -> Int { holds(tenant) - accounts[tenant].tenant.floor }
}
