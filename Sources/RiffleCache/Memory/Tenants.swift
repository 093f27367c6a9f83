import Synchronization

/// A part of the tree with bounds of its own in the memory tier: everything below a path.
package struct Tenant: Sendable, Equatable {
    /// Canonical, with a slash at its end.
    package let path: [UInt8]
    /// Bytes it keeps whatever others ask for.
    package let floor: Int
    /// Bytes it never holds more than.
    package let ceiling: Int

    package init(path: [UInt8], floor: Int = 0, ceiling: Int = .max) {
        self.path = path
        self.floor = floor
        self.ceiling = ceiling
    }
}

/// What a tenant holds in all shards together.
///
/// A shard adds what it is about to store before it stores it, so that two of them never pass the ceiling together.
final class TenantAccount: Sendable {
    let tenant: Tenant
    private let held = Atomic<Int>(0)
    private let left = Atomic<Int>(0)

    init(_ tenant: Tenant) {
        self.tenant = tenant
    }

    var bytes: Int { held.load(ordering: .relaxed) }
    var evictions: Int { left.load(ordering: .relaxed) }

    func add(_ bytes: Int) { held.wrappingAdd(bytes, ordering: .relaxed) }
    func countEviction() { left.wrappingAdd(1, ordering: .relaxed) }
}

/// Whose an entry is, by the path of its key: the longest that it lies below. Number 0 is everybody else, without bounds.
struct TenantAccounts: Sendable {
    /// More would make room slower to find; see ``TenantRooms``.
    static let most = 64

    private let accounts: [TenantAccount]
    /// Numbers, longest path first.
    private let order: [Int]

    /// - Parameter tenants: those beyond ``most`` are everybody else.
    init(_ tenants: [Tenant]) {
        accounts = [TenantAccount(Tenant(path: []))] + tenants.prefix(Self.most).map { TenantAccount($0) }
        order = accounts.indices.dropFirst().sorted { [accounts] in
            accounts[$0].tenant.path.count > accounts[$1].tenant.path.count
        }
    }

    var isEmpty: Bool { order.isEmpty }
    var count: Int { accounts.count }
    var named: ArraySlice<TenantAccount> { accounts.dropFirst() }

    subscript(number: UInt8) -> TenantAccount { accounts[Int(number)] }

    func number(ofPath path: UnsafeRawBufferPointer) -> UInt8 {
        for number in order {
            let prefix = accounts[number].tenant.path
            if path.count >= prefix.count, path.prefix(prefix.count).elementsEqual(prefix) { return UInt8(number) }
        }
        return 0
    }
}
