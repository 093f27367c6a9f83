import Dispatch
import NIOCore
import RiffleCache
import Synchronization

/// What the memory tier costs: a probe that finds, one that doesn't, and a newcomer that pushes another out.
enum Lookups {
    private static let entries = 10_000

    static var all: [Micro] {
        let tier = MemoryTier(limit: 64 << 20)
        let keys = (0..<entries).map { Samples.key("/dav/Projects/\($0)/") }
        for key in keys { tier.insert(Samples.entry(key, bytes: 1_000)) }
        return [hit(tier, keys), together(tier, keys), miss(tier), held(tier, keys), image(tier, keys), full]
    }

    private static func hit(_ tier: MemoryTier, _ keys: [CacheKey]) -> Micro {
        Micro(name: "lookup: hit among \(keys.count)", allowed: 0) { count in
            var sum = 0
            for index in 0..<count { sum &+= find(tier, keys[index &* 7_919 % keys.count])?.headLength ?? 0 }
            return sum
        }
    }

    /// Each thread does all of it, so that the time beside one thread's tells what they wait for each other.
    private static func together(_ tier: MemoryTier, _ keys: [CacheKey]) -> Micro {
        Micro(name: "lookup: hit, two threads at once", allowed: 0) { count in
            let sum = Atomic<Int>(0)
            DispatchQueue.concurrentPerform(iterations: 2) { thread in
                var own = 0
                for index in 0..<count {
                    own &+= find(tier, keys[(index &+ thread &* 4_999) &* 7_919 % keys.count])?.headLength ?? 0
                }
                sum.wrappingAdd(own, ordering: .relaxed)
            }
            return sum.load(ordering: .relaxed)
        }
    }

    private static func miss(_ tier: MemoryTier) -> Micro {
        let absent = Samples.key("/dav/Nowhere/")
        return Micro(name: "lookup: miss", allowed: 0) { count in
            (0..<count).reduce(0) { sum, _ in sum &+ (find(tier, absent) == nil ? 1 : 0) }
        }
    }

    private static func held(_ tier: MemoryTier, _ keys: [CacheKey]) -> Micro {
        let generations = Generations()
        return Micro(name: "lookup: does the entry still hold", allowed: 0) { count in
            guard let entry = find(tier, keys[0]) else { return 0 }
            var sum = 0
            for _ in 0..<count where generations.holds(entry, lineage: { [] }) { sum &+= 1 }
            return sum
        }
    }

    /// The stored answer into an output buffer that has room.
    private static func image(_ tier: MemoryTier, _ keys: [CacheKey]) -> Micro {
        Micro(name: "lookup: copy 1,000 bytes out", allowed: 0) { count in
            guard let entry = find(tier, keys[0]) else { return 0 }
            var buffer = ByteBuffer()
            buffer.reserveCapacity(4_096)
            for _ in 0..<count {
                buffer.clear()
                _ = entry.withInline { buffer.writeBytes($0) }
            }
            return buffer.readableBytes
        }
    }

    /// Two arrays, of the victims; the newcomer itself was made before.
    private static var full: Micro {
        let tier = MemoryTier(limit: 1 << 20, shards: 1)
        let newcomers = (0..<4_096).map { Samples.entry(Samples.key("/dav/New/\($0)/"), bytes: 1_000) }
        for entry in newcomers { tier.insert(entry) }
        return Micro(name: "insert: into a full tier", allowed: 2) { count in
            var sum = 0
            for index in 0..<count where tier.insert(newcomers[index % newcomers.count]) { sum &+= 1 }
            return sum
        }
    }

    @inline(__always)
    private static func find(_ tier: MemoryTier, _ key: CacheKey) -> Entry? {
        key.bytes.withUnsafeBytes { tier.find($0, hash: MemoryTier.hash($0)) }
    }
}
