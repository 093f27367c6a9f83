import RiffleCache

/// A folder worth fetching, and for whom.
struct PrefetchJob: Sendable {
    let key: CacheKey
    let hash: UInt64
    let probability: Double
    /// Monotonic milliseconds after which the click has come or will not come.
    let until: Int64
    let template: RequestTemplate
    /// The entry to renew; nil for a folder that is not there yet.
    let renews: Entry?
}

/// Prefetches waiting for budget, likeliest first. Bounded: a new job pushes out the least likely one.
struct PrefetchQueue: Sendable {
    static let maximum = 64

    private var jobs: [PrefetchJob] = []

    var count: Int { jobs.count }

    /// O(queue).
    mutating func add(_ job: PrefetchJob) {
        if let index = jobs.firstIndex(where: { $0.key == job.key }) {
            guard jobs[index].probability < job.probability else { return }
            jobs.remove(at: index)
        }
        let place = jobs.firstIndex { $0.probability < job.probability } ?? jobs.count
        jobs.insert(job, at: place)
        if jobs.count > Self.maximum { jobs.removeLast() }
    }

    /// The likeliest job whose time has not passed.
    mutating func next(at now: Int64) -> PrefetchJob? {
        jobs.removeAll { $0.until <= now }
        return jobs.isEmpty ? nil : jobs.removeFirst()
    }
}
