import NIOCore
import RiffleCache
import RiffleHTTP
import RiffleHTTP2
import RiffleListings
import RiffleSigning
import RiffleTelemetry
import Synchronization

/// What one event loop needs to answer hits: scratch space, memos and figures of its own, and the shared gateway.
///
/// Confined to its loop. It never waits and takes no lock longer than one shard's probe.
final class Front {
    /// What memory could not answer, for the pipeline.
    enum Work {
        case listing(ListingWork)
        case write(WriteWork)
        case general(GeneralWork)
        case passThrough(Reason)
        /// A read of a name that file managers ask for everywhere.
        case probe(ProbeWork)
        /// A safe request whose body must be read before it can be classified; the head's bytes.
        case gather(ByteBuffer)
        /// What its checked signature let in.
        indirect case admitted(S3Passage, Work)
        /// A request whose signature is not believed.
        case refused(SignatureRefusal)
    }

    enum Answer {
        case hit(Hit)
        case pipeline(Work)
    }

    struct TimeLimits {
        let head: Int64
        let idle: Int64
        let body: Int64
        /// How often connections look at the clock.
        var check: Int64 { max(50, min(head, idle, body) / 4) }
    }

    let gateway: Gateway
    let loop: any EventLoop
    let allocator = ByteBufferAllocator()
    let requestLimits = RequestLimits()
    let timeLimits: TimeLimits
    let requestsPerConnection: Int
    private(set) var stats = RequestStats()
    private(set) var pipeline: Pipeline?
    private var connections: [ObjectIdentifier: any ClientConnection] = [:]
    var credentials: CredentialMemo
    private let drawsCanary: Bool
    private var canaryRandom = UInt64.random(in: 1 ... .max)
    private var form = FormBuffer()
    private var bodies = BodyForms()
    private var key: UnsafeMutableRawBufferPointer
    private var readAt: UInt64 = 0
    private var readAtMilliseconds: Int64 = 0
    /// Where answers out of memory are put together.
    let answers = AnswerBuffer()
    var http2Heads = HTTP2HeadMemo()
    /// Fields of the HTTP/2 request being read.
    let http2Fields = FieldList(limit: HTTP2Limits.headerList)
    private var timesChecked: Int64 = 0
    private let visits: VisitLog
    private let general: GeneralFront?
    /// Checks the signature of every request, where riffle terminates them.
    private let door: S3Door?

    init(gateway: Gateway, loop: any EventLoop) {
        self.gateway = gateway
        self.loop = loop
        credentials = gateway.makeCredentialMemo()
        drawsCanary = gateway.canary.isOn
        key = .allocate(byteCount: FormBuffer.capacity + CacheKey.prefixLength + CacheKey.principalLength, alignment: 8)
        let limits = gateway.settings.limits
        timeLimits = TimeLimits(head: limits.headTimeout, idle: limits.idleTimeout, body: limits.bodyTimeout)
        requestsPerConnection = limits.requestsPerConnection
        visits = VisitLog(hub: gateway.prefetch)
        // Signed requests have ways of their own; their objects are not cached.
        general = gateway.settings.origin.dialect == .s3 ? nil : GeneralFront(gateway: gateway)
        door = gateway.s3.map { S3Door(gate: $0) }
        pipeline = Pipeline(front: self)
    }

    deinit {
        key.deallocate()
    }

    func now() -> Int64 { gateway.clock.milliseconds() }
    func nanoseconds() -> UInt64 { gateway.clock.nanoseconds() }

    /// Notes when the bytes about to be worked on were read: the time of every hit among them.
    ///
    /// - Returns: monotonic milliseconds.
    func readStarted() -> Int64 {
        readAt = gateway.clock.nanoseconds()
        readAtMilliseconds = Int64(readAt / 1_000_000)
        return readAtMilliseconds
    }

    var isDraining: Bool { gateway.draining.load(ordering: .relaxed) }

    // MARK: The way of a request

    /// Answers from memory, or says what the pipeline must do. `body` is the request's whole body.
    @inline(__always)
    func answer(
        _ head: RequestHead, bytes: UnsafeRawBufferPointer, body: UnsafeRawBufferPointer,
        certificate: ClientCertificate?
    ) -> Answer {
        guard let door else { return answer(head, bytes: bytes, body: body, certificate: certificate, as: nil) }
        switch door.admit(head, bytes, now: WallTime.now().milliseconds / 1_000) {
        case .refused(let refusal): return .pipeline(.refused(refusal))
        case .admitted(let credential, let passage):
            switch answer(head, bytes: bytes, body: body, certificate: certificate, as: credential) {
            case .hit(var hit):
                hit.renewal?.passage = passage
                return .hit(hit)
            case .pipeline(let work): return .pipeline(.admitted(passage, work))
            }
        }
    }

    /// - Parameter admitted: whose request it is where its signature was checked; nil where its fields say it.
    @inline(__always)
    private func answer(
        _ head: RequestHead, bytes: UnsafeRawBufferPointer, body: UnsafeRawBufferPointer,
        certificate: ClientCertificate?, as admitted: Credential?
    ) -> Answer {
        let now = readAtMilliseconds
        switch gateway.dialects.classify(head, bytes: bytes, body: body, into: &form, bodies: &bodies) {
        case .passThrough(let reason):
            if let answer = general?.answer(head, bytes: bytes, certificate: certificate, now: now) { return answer }
            let probes = gateway.derivation.settings.probeNames && admitted == nil
            let probe = probes ? ProbeWork(head, bytes, reason, &credentials, certificate, now: now) : nil
            return .pipeline(probe.map { .probe($0) } ?? .passThrough(reason))
        case .write(let dialect): return .pipeline(.write(write(dialect, head, bytes)))
        case .listing(let dialect):
            if let general, general.disclaims(head, bytes: bytes, now: now),
                let answer = general.answer(head, bytes: bytes, certificate: certificate, now: now)
            {
                return answer
            }
            if let admitted { return lookUp(head, bytes: bytes, dialect, admitted) }
            guard case .known(let credential) = credentials.scan(head, bytes, certificate: certificate, now: now) else {
                return .pipeline(.passThrough(.connectionCredential))
            }
            return lookUp(head, bytes: bytes, dialect, credential)
        }
    }

    /// What to do with a request whose body was not gathered: only safe requests need theirs for the key.
    func classifyUnread(_ head: RequestHead, bytes: UnsafeRawBufferPointer) -> Work {
        if head.method.isSafe, head.framing == .chunked {
            return .gather(ByteBuffer(bytes: UnsafeRawBufferPointer(rebasing: bytes[0..<head.length])))
        }
        guard let door else { return classify(unread: head, bytes: bytes) }
        switch door.admit(head, bytes, now: WallTime.now().milliseconds / 1_000) {
        case .refused(let refusal): return .refused(refusal)
        case .admitted(_, let passage): return .admitted(passage, classify(unread: head, bytes: bytes))
        }
    }

    private func classify(unread head: RequestHead, bytes: UnsafeRawBufferPointer) -> Work {
        let empty = UnsafeRawBufferPointer(start: nil, count: 0)
        switch gateway.dialects.classify(head, bytes: bytes, body: empty, into: &form, bodies: &bodies) {
        case .write(let dialect): return .write(write(dialect, head, bytes))
        case .passThrough(let reason): return .passThrough(reason)
        case .listing: return .passThrough(.largeRequestBody)
        }
    }

    private func write(_ dialect: Dialect, _ head: RequestHead, _ bytes: UnsafeRawBufferPointer) -> WriteWork {
        let reads = dialect.readsBody(ofWrite: head, bytes: bytes, rules: gateway.dialects.rules)
        return WriteWork(
            dialect: dialect, effects: dialect.effects(of: head, bytes: bytes, rules: gateway.dialects.rules),
            head: reads ? ByteBuffer(bytes: UnsafeRawBufferPointer(rebasing: bytes[0..<head.length])) : nil)
    }

    private func lookUp(
        _ head: RequestHead, bytes: UnsafeRawBufferPointer, _ dialect: Dialect, _ credential: Credential
    ) -> Answer {
        // Dialects bound what they write; a key that is longer all the same is nobody's.
        guard form.path.count + form.form.count <= FormBuffer.capacity else {
            return .pipeline(.passThrough(.ambiguousPath))
        }
        let now = readAtMilliseconds
        let length = writeKey(credential.principal(at: now))
        let keyBytes = UnsafeRawBufferPointer(rebasing: key[0..<length])
        let hash = MemoryTier.hash(keyBytes)
        let entry = gateway.memory.find(keyBytes, hash: hash)
        let directives = RequestDirectives(head, bytes)
        let reason: Reason
        if directives.noStore {
            return .pipeline(.passThrough(.clientNoStore))
        }
        if directives.refresh {
            reason = .clientNoCache
        } else if let entry {
            if !gateway.generations.holds(entry, lineage: { gateway.naming.lineage(entry.key.path) }) {
                gateway.memory.remove(entry)
                reason = .invalidated
            } else if !credential.isVouched(at: now) {
                reason = .unvouched
            } else if now < entry.life.freshUntil, !directives.isUnusual {
                guard let entry = representation(of: entry, head, bytes) else {
                    return .pipeline(
                        .listing(work(keyBytes, hash, dialect, credential, .conditional, entry, directives)))
                }
                var hit = hit(entry, .hit, now)
                if head.has(.ifNoneMatch), entry.hasEntityTag {
                    guard let isNotModified = Self.noneMatchFails(head, bytes, entry) else {
                        return .pipeline(
                            .listing(work(keyBytes, hash, dialect, credential, .conditional, entry, directives)))
                    }
                    hit.isNotModified = isNotModified
                }
                if drawsCanary, drawCanary() {
                    hit.renewal = Hit.Renewal(dialect: dialect, credential: credential, isCanary: true)
                }
                return .hit(hit)
            } else if now < entry.life.staleWhileRevalidateUntil, !directives.isUnusual {
                guard let entry = representation(of: entry, head, bytes) else {
                    return .pipeline(
                        .listing(work(keyBytes, hash, dialect, credential, .conditional, entry, directives)))
                }
                return .hit(hit(entry, .stale, now, Hit.Renewal(dialect: dialect, credential: credential)))
            } else {
                reason = .expired
            }
        } else {
            reason = absence(hash, credential, now)
        }
        // A fill needs the body that HEAD does not bring.
        guard head.method != .head else { return .pipeline(.passThrough(.method)) }
        var work = work(keyBytes, hash, dialect, credential, reason, entry, directives)
        work.chain = dialect.chain(of: head, bytes: bytes)
        return .pipeline(.listing(work))
    }

    /// Whether `If-None-Match` names the entity tag of `entry`; nil when the full rules must judge.
    static func noneMatchFails(_ head: RequestHead, _ bytes: UnsafeRawBufferPointer, _ entry: Entry) -> Bool? {
        guard head.method == .get || head.method == .head, !head.isRepeated(.ifNoneMatch),
            let list = head.value(.ifNoneMatch)
        else { return nil }
        return entry.withEntityTag {
            EntityTagScan.matches(UnsafeRawBufferPointer(rebasing: bytes[list.range]), tag: $0)
        }
    }

    private func drawCanary() -> Bool {
        canaryRandom ^= canaryRandom << 13
        canaryRandom ^= canaryRandom >> 7
        canaryRandom ^= canaryRandom << 17
        return gateway.canary.picks(canaryRandom)
    }

    private func absence(_ hash: UInt64, _ credential: Credential, _ now: Int64) -> Reason {
        // What its person has may be there, but not for a token the origin has not proven.
        if credential.isUnproven(at: now) { return .unvouched }
        return gateway.memory.wasEvicted(hash: hash) ? .evicted : .cold
    }

    /// The entry in a coding that the client takes; nil when it must be made first.
    @inline(__always)
    private func representation(of entry: Entry, _ head: RequestHead, _ bytes: UnsafeRawBufferPointer) -> Entry? {
        guard entry.holdsGzip || head.has(.acceptEncoding) else { return entry }
        return Representation.atHand(entry, AcceptEncoding(head, bytes))
    }

    private func work(
        _ key: UnsafeRawBufferPointer, _ hash: UInt64, _ dialect: Dialect, _ credential: Credential, _ reason: Reason,
        _ stored: Entry?, _ directives: RequestDirectives
    ) -> ListingWork {
        ListingWork(
            key: CacheKey(copying: key), hash: hash, dialect: dialect, credential: credential, reason: reason,
            stored: reason == .invalidated ? nil : stored, onlyIfCached: directives.onlyIfCached)
    }

    private func hit(_ entry: Entry, _ outcome: Outcome, _ now: Int64, _ renewal: Hit.Renewal? = nil) -> Hit {
        Hit(
            entry: entry, verdict: Verdict(outcome, tier: .memory, prefetched: entry.prefetched), now: now,
            renewal: renewal)
    }

    /// Length-prefixed path, principal, form: see ``CacheKey``.
    private func writeKey(_ principal: PrincipalID) -> Int {
        key.storeBytes(of: UInt32(form.path.count).littleEndian, as: UInt32.self)
        var offset = CacheKey.prefixLength
        form.path.withUnsafeBytes { copy($0, to: &offset) }
        key.storeBytes(of: principal.hash.low.littleEndian, toByteOffset: offset, as: UInt64.self)
        key.storeBytes(of: principal.hash.high.littleEndian, toByteOffset: offset + 8, as: UInt64.self)
        offset += CacheKey.principalLength
        form.form.withUnsafeBytes { copy($0, to: &offset) }
        return offset
    }

    private func copy(_ source: UnsafeRawBufferPointer, to offset: inout Int) {
        UnsafeMutableRawBufferPointer(rebasing: key[offset...]).copyMemory(from: source)
        offset += source.count
    }

    // MARK: What the pipeline and connections report

    func begin(_ exchange: Exchange, _ work: Work) {
        pipeline?.run(exchange, work)
    }

    /// Classifies a request anew now that its body is there.
    func reclassify(_ exchange: Exchange, head bytes: ByteBuffer, body: ByteBuffer) {
        exchange.gathered(body)
        var head = RequestHead()
        let answer = bytes.withUnsafeReadableBytes { bytes -> Answer in
            _ = RequestParser.parse(bytes, into: &head, limits: requestLimits)
            return body.withUnsafeReadableBytes {
                self.answer(head, bytes: bytes, body: $0, certificate: exchange.request.certificate)
            }
        }
        switch answer {
        case .hit(let hit):
            opened(hit.entry, now: hit.now, peer: exchange.peer)
            report(exchange, hit.verdict)
            exchange.respond(with: hit.entry, verdict: hit.verdict, status: nil, now: hit.now, memory: gateway.memory)
            if let renewal = hit.renewal {
                renew(hit.entry, renewal, exchange.request, remoteAddress: exchange.remoteAddress)
            }
        case .pipeline(let work):
            begin(exchange, work)
        }
    }

    /// Renews a listing that was just served stale, or has the canary look at a hit; nobody waits for it.
    func renew(_ entry: Entry, _ renewal: Hit.Renewal, _ request: RequestMessage, remoteAddress: String) {
        if renewal.isCanary {
            return gateway.ask(gateway.canary, entry, renewal, request, remoteAddress: remoteAddress, on: loop)
        }
        let work = ListingWork(
            key: entry.key, hash: entry.hash, dialect: renewal.dialect, credential: renewal.credential,
            reason: .expired, stored: gateway.memory.original(of: entry))
        pipeline?.fill(
            work, request: renewal.passage.map { request.admitted($0) } ?? request, remoteAddress: remoteAddress,
            for: nil)
    }

    /// Fetches a folder that is likely to be opened, or renews one about to expire, on a visitor's behalf.
    func prefetch(_ job: PrefetchJob) {
        let hub = gateway.prefetch
        let work = ListingWork(
            key: job.key, hash: job.hash, dialect: job.template.dialect, credential: job.template.credential,
            reason: job.renews == nil ? .cold : .expired, stored: job.renews.map { gateway.memory.original(of: $0) },
            readsRedis: job.renews == nil)
        guard let request = job.template.request(for: job.key, rules: gateway.dialects.rules), let pipeline, !isDraining
        else { return hub.giveBack() }
        let (handle, leads) = pipeline.fill(
            work, request: request, remoteAddress: job.template.remoteAddress, for: nil, isPrefetch: true)
        guard leads else { return hub.giveBack() }
        let isRenewal = job.renews != nil
        let clock = gateway.clock
        handle.future.whenComplete { result in
            var stored = false
            if case .success(.entry(_, tier: _, stored: true, revalidated: _)) = result { stored = true }
            hub.ended(stored: stored, refresh: isRenewal, now: clock.milliseconds())
        }
    }

    /// Notes how an exchange ended; told to statistics and log when its answer is out.
    func report(_ exchange: Exchange, _ verdict: Verdict) {
        exchange.verdict = verdict
        exchange.onEnd = { [self] exchange in answered(exchange, exchange.verdict ?? verdict) }
    }

    /// Whether a hit about to be served goes into the access log.
    @inline(__always)
    func logsHit() -> Bool { gateway.accessLog?.wantsHit() ?? false }

    func served(_ hit: Hit, bytes: Int, peer: UInt64, record: AccessRecord?) {
        let spent = gateway.clock.nanoseconds() &- readAt
        opened(hit.entry, now: hit.now, peer: peer)
        stats.record(hit.verdict, nanoseconds: spent, bytesOut: bytes, status: hit.status)
        guard var record else { return }
        record.status = hit.status
        log(&record, hit.verdict, bytes: bytes, nanoseconds: spent)
    }

    private func log(_ record: inout AccessRecord, _ verdict: Verdict, bytes: Int, nanoseconds: UInt64) {
        record.verdict = verdict
        record.bytes = bytes
        record.nanoseconds = nanoseconds
        gateway.accessLog?.write(record)
    }

    func answered(_ exchange: Exchange, _ verdict: Verdict) {
        let spent = gateway.clock.nanoseconds() &- exchange.startedAt
        stats.record(verdict, nanoseconds: spent, bytesOut: exchange.bytesOut, status: exchange.status)
        guard gateway.accessLog != nil else { return }
        var record = AccessRecord(exchange.request, client: exchange.remoteAddress)
        record.status = exchange.status
        log(&record, verdict, bytes: exchange.bytesOut, nanoseconds: spent)
    }

    func refused(_ rejection: HeadRejection) {
        stats.record(Verdict(.error, reason: .badRequest), nanoseconds: 0, bytesOut: 0, status: rejection.status)
    }

    /// Somebody got this listing: what prefetch learns from.
    func opened(_ entry: Entry, now: Int64, peer: UInt64) {
        if entry.prefetched, entry.unusedPrefetch.exchange(false, ordering: .relaxed) {
            gateway.prefetch.used(now: now)
        }
        let hits = entry.hits.add(1, ordering: .relaxed).newValue
        // What is no folder teaches nothing about folders.
        if general != nil, entry.formTag == GeneralKey.tag { return }
        visits.record(entry, now: now, peer: peer, isFirst: hits == 1)
    }

    /// Regular work of the loop; see ``FrontHandle``.
    func tick() {
        visits.flush()
        let now = now()
        guard now - timesChecked >= timeLimits.check else { return }
        timesChecked = now
        // No connection has a timer of its own: ten thousand would cost the loop memory and each of its turns time.
        for connection in connections.values { connection.checkTime(now) }
    }

    func connectionOpened(_ connection: any ClientConnection) {
        connections[ObjectIdentifier(connection)] = connection
        gateway.connections.add(1, ordering: .relaxed)
    }

    func connectionClosed(_ connection: any ClientConnection) {
        guard connections.removeValue(forKey: ObjectIdentifier(connection)) != nil else { return }
        gateway.connections.subtract(1, ordering: .relaxed)
    }

    /// Asks every connection to end as soon as it is idle.
    func drain() {
        for connection in connections.values { connection.drainAndClose() }
    }

    /// Closes what is still open after the drain time.
    func closeAll() {
        for connection in connections.values { connection.closeNow() }
    }
}

/// A front as other threads may speak to it.
struct FrontHandle: Sendable {
    let loop: any EventLoop
    let front: NIOLoopBound<Front>

    /// Must be called on `loop`.
    init(_ front: Front, loop: any EventLoop) {
        self.loop = loop
        self.front = NIOLoopBound(front, eventLoop: loop)
    }

    func prefetch(_ job: PrefetchJob) {
        loop.execute { front.value.prefetch(job) }
    }

    func drain() { loop.execute { front.value.drain() } }
    func closeAll() { loop.execute { front.value.closeAll() } }

    /// Has the loop do its regular work.
    func tick() { loop.execute { front.value.tick() } }

    /// A copy of the loop's figures.
    func stats() async -> RequestStats? {
        try? await loop.submit { front.value.stats }.get()
    }
}
