import Logging
import NIOCore
import RiffleCache
import RiffleHTTP
import RiffleListings
import RiffleRedis
import Synchronization

/// What all event loops of one riffle share: the tiers, the origin, who is vouched for, what is being filled.
final class Gateway: Sendable {
    let settings: Settings
    let dialects: DialectChoice
    let memory: MemoryTier
    let generations: Generations
    let naming: FolderNaming
    let credentials: CredentialTable
    let cookies: IdentityCookies
    let proof: TokenProof
    let shares: VerifiedShares
    let canary: Canary
    let origin: OriginClient
    let fields: OriginFields
    /// Who may come in and as whom they go on, where riffle terminates signatures.
    let s3: S3Gate?
    let fills: Fills
    let followUps = FollowUps()
    let redis: RedisTier?
    let builder: EntryBuilder
    let storing: StoringPolicy
    let generalPolicy: GeneralPolicy
    let hitForMiss = HitForMiss(life: 10_000)
    /// Paths a dialect claims whose last answer was no listing.
    let notListings = HitForMiss(life: 600_000)
    let derivation: Derivation
    let feeds = FeedHub()
    let push = PushFeed()
    let walkers = TagWalkers()
    let hooks = Hooks()
    let graphItems = Mutex(GraphItemMap())
    let prefetch: PrefetchHub
    let log: Logger
    let accessLog: AccessLog?
    let clock: MonotonicClock
    /// Any of this riffle's loops, for work that belongs to none.
    let loop: any EventLoop
    /// What this riffle is called in the page chains that it begins.
    let chainNode = UInt32.random(in: .min ... .max)
    let draining = Atomic<Bool>(false)
    let connections = Atomic<Int>(0)
    let trust: FleetTrust
    /// Monotonic milliseconds.
    let startedAt: Int64

    init(
        settings: Settings, naming: FolderNaming, origin: OriginClient, s3: S3Gate?, redis: RedisTier?,
        trust: FleetTrust,
        memory: MemoryTier, prefetch: PrefetchHub, accessLog: AccessLog?, log: Logger, loop: any EventLoop
    ) {
        self.settings = settings
        dialects = DialectChoice(settings.origin, rules: settings.dialectRules)
        self.s3 = s3
        self.memory = memory
        generations = trust.generations
        self.trust = trust
        self.naming = naming
        credentials = CredentialTable(naming: naming, claims: settings.identity.claims)
        cookies = IdentityCookies(names: settings.identity.cookies)
        shares = VerifiedShares(
            prefixes: settings.identity.shareVerified, proofLife: settings.cache.vouchTTL, naming: naming)
        canary = Canary(rate: settings.canary.rate)
        self.origin = origin
        fields = OriginFields(
            origin: settings.origin.url, host: settings.originHost, clientScheme: settings.clientScheme,
            cookies: cookies, trusted: settings.trustedProxies)
        fills = Fills(trust: trust)
        self.redis = redis
        builder = EntryBuilder(naming: naming, memory: memory)
        storing = StoringPolicy(settings)
        generalPolicy = GeneralPolicy(settings.cache)
        derivation = Derivation(
            settings.derived, ancestors: dialects.rules.ancestors, memory: memory,
            generations: trust.generations, naming: naming)
        self.prefetch = prefetch
        self.accessLog = accessLog
        self.log = log
        self.loop = loop
        clock = MonotonicClock()
        proof = TokenProof(origin: origin, clock: clock)
        startedAt = clock.milliseconds()
    }

    func makeCredentialMemo() -> CredentialMemo {
        CredentialMemo(table: credentials, cookies: cookies)
    }

    /// The origin's word for a credential, given now to a question asked when the credential had been refused so often.
    func acceptance(refusals: Int) -> Credential.Acceptance {
        Credential.Acceptance(
            refusals: refusals, now: clock.milliseconds(), wall: WallTime.now().milliseconds,
            limit: settings.cache.vouchTTL)
    }

    /// The origin refused a request: nothing more is served on the word of its credential.
    func refused(_ request: RequestMessage) {
        credentials.known(CredentialParts(request, cookies: cookies))?.revoke()
    }

    /// When all Redis work that begins now must be over.
    func redisDeadline() -> NIODeadline {
        .now() + .microseconds(settings.redis.budget)
    }

    /// Voids listings in both tiers, here and in every other riffle on the same Redis.
    ///
    /// - Returns: what the others said; completes at once without Redis.
    func invalidate(_ changes: [FolderChange], on loop: any EventLoop) -> EventLoopFuture<InvalidationReceipt?> {
        generations.invalidate(changes)
        guard let redis else { return loop.makeSucceededFuture(nil) }
        return redis.invalidate(changes, on: loop, deadline: .now() + RedisTier.acknowledgementPatience).map {
            [generations] receipt in
            // Whoever missed memory meanwhile may have read Redis before it knew.
            generations.invalidate(changes)
            return receipt
        }
    }
}

/// Milliseconds and nanoseconds of the clock that never steps.
struct MonotonicClock: Sendable {
    @inline(__always)
    func nanoseconds() -> UInt64 { NIODeadline.now().uptimeNanoseconds }

    @inline(__always)
    func milliseconds() -> Int64 { Int64(nanoseconds() / 1_000_000) }
}
