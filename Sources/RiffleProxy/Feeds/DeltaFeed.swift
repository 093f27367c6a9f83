import Foundation
import Logging
import NIOCore
import NIOHTTP1
import RiffleCache
import RiffleHTTP
import RiffleListings
import RiffleRedis
import Synchronization

/// Polls the delta query of each drive that an active principal browses, with that principal's own credential: what
/// changed behind riffle's back is voided, and while the polls go well listings may live long.
///
/// It begins at the present without enumerating the drive. A token that the origin no longer takes voids everything of the
/// drive and begins anew (410 resync). Where it stands is kept in Redis, so that a riffle that starts anew hears of what changed
/// while it was away, which listings in Redis do not know either.
struct DeltaFeed {
    /// Pages of one poll; when there are more it fails, so that lives fall back, and begins anew.
    static let pageLimit = 50
    private static let echoes: [Int64] = [2_000, 10_000, 30_000]
    private static let longestAnswer = 16 << 20

    private final class Drive {
        let channel: FeedChannel
        /// Where to ask next, as a target at the origin; nil to begin.
        var target: String?
        /// Whether this process has heard of it: from then on the map of items is complete.
        var isHeard = false
        /// The subscription that rings for it, and when it must be renewed, monotonic milliseconds.
        var subscription: (id: String, renewAt: Int64)?

        init(_ channel: FeedChannel, target: String?) {
            self.channel = channel
            self.target = target
        }
    }

    /// Why a poll can't go on, in words without any secret.
    private struct Failure: Error {
        let reason: String
    }

    let gateway: Gateway

    func run() async {
        let interval = gateway.settings.feed.deltaInterval
        var drives: [TagWalkers.Name: Drive] = [:]
        var echoes: [Int64] = []
        while !Task.isCancelled {
            let active = gateway.walkers.active(now: gateway.clock.milliseconds())
            for (name, drive) in drives where active[name] == nil {
                drive.channel.close()
                drives[name] = nil
            }
            for (name, walker) in active {
                guard !Task.isCancelled else { break }
                if drives[name] == nil {
                    let scope = FeedScope(prefix: name.root, principal: name.principal)
                    let limits = FeedState.Limits(lag: 2 * interval, silence: 3 * interval)
                    let target = await keptTarget(name)
                    drives[name] = FeedChannel.open("delta", scope: scope, limits: limits, gateway: gateway).map {
                        Drive($0, target: target)
                    }
                }
                guard let drive = drives[name] else { continue }
                await poll(drive, name, walker)
                await subscribe(drive, name.root, walker)
            }
            await wait(interval, &echoes)
        }
        for drive in drives.values { drive.channel.close() }
    }

    /// Until the next poll is due. What a notification tells of may be late in the delta query, so that it is asked again
    /// a while later, and later still.
    private func wait(_ interval: Int64, _ echoes: inout [Int64]) async {
        let now = gateway.clock.milliseconds()
        echoes.removeAll { $0 <= now }
        let next = min(interval, (echoes.min() ?? .max) - now)
        guard await gateway.hooks.bell.wait(milliseconds: next) else { return }
        let rung = gateway.clock.milliseconds()
        echoes = Self.echoes.map { rung + $0 }
    }

    private func poll(_ drive: Drive, _ name: TagWalkers.Name, _ walker: TagWalkers.Walker) async {
        let began = gateway.clock.milliseconds()
        do throws(Failure) {
            let before = drive.target
            let effects = try await look(drive, name.root, walker)
            let receipt = await drive.channel.heard(effects, lag: gateway.clock.milliseconds() - began)
            // Not before Redis has what came ahead of it, or whoever goes on from there would never hear of that.
            if drive.target != before, effects.isEmpty || receipt?.stored == true { keep(drive.target, name) }
        } catch {
            drive.channel.failed(error.reason)
        }
    }

    private func look(_ drive: Drive, _ root: [UInt8], _ walker: TagWalkers.Walker) async throws(Failure)
        -> [FolderEffect]
    {
        let whole = FolderEffect.subtree(root)
        let begins = drive.target == nil
        guard let begin = Dialect.deltaTarget(of: root, like: Array(walker.request.target.utf8)) else {
            throw Failure(reason: "the drive has no delta query")
        }
        var target = drive.target ?? begin
        var effects: [FolderEffect] = []
        var isResync = false
        for _ in 0..<Self.pageLimit {
            let (head, body) = try await ask(target, walker)
            let status = Int(head.status.code)
            if status == 410, !isResync {
                // First a new token, then everything is voided: what changes in between is told by neither else.
                isResync = true
                drive.isHeard = false
                gateway.graphItems.withLock { $0 = GraphItemMap() }
                target = begin
                continue
            }
            if status == 401 { walker.credential.revoke() }
            if status == 429 || status == 503 {
                gateway.prefetch.throttled(head.headers.first(name: "retry-after"), now: gateway.clock.milliseconds())
            }
            guard status == 200 else { throw Failure(reason: "answered with \(status)") }
            guard let body, let page = GraphDelta(Array(body.readableBytesView)) else {
                throw Failure(reason: "an answer that can't be read")
            }
            let time = Self.time(head.headers.first(name: "date"))
            effects += gateway.graphItems.withLock { items in
                if !drive.isHeard, let time { items.heard(at: time) }
                return items.effects(of: page, scope: whole)
            }
            if let later = page.later {
                drive.target = try own(later)
                drive.isHeard = true
                if isResync { return [whole] }
                return begins ? [] : effects
            }
            guard let next = page.next else { throw Failure(reason: "an answer that leads nowhere") }
            target = try own(next)
        }
        drive.target = nil
        drive.isHeard = false
        gateway.graphItems.withLock { $0 = GraphItemMap() }
        throw Failure(reason: "more changes than one poll reads")
    }

    private func ask(
        _ target: String, _ walker: TagWalkers.Walker
    ) async throws(Failure) -> (HTTPResponseHead, ByteBuffer?) {
        let fields = gateway.fields.lookUp(walker.request, remoteAddress: walker.remoteAddress)
        let question = OriginQuestion(
            method: "GET", target: target, fields: fields, body: nil, limit: Self.longestAnswer)
        guard let answer = await gateway.ask(question) else { throw Failure(reason: "no answer") }
        return answer
    }

    // MARK: Where it stands, in Redis

    private func keep(_ target: String?, _ name: TagWalkers.Name) {
        guard let target, let redis = gateway.redis else { return }
        let folder = gateway.naming.folder(name.root)
        gateway.loop.execute { [loop = gateway.loop] in
            redis.keepMark(Array(target.utf8), of: folder, for: name.principal, on: loop)
        }
    }

    private func keptTarget(_ name: TagWalkers.Name) async -> String? {
        guard let redis = gateway.redis else { return nil }
        let folder = gateway.naming.folder(name.root)
        let mark = try? await gateway.loop.flatSubmit { [loop = gateway.loop] in
            redis.mark(of: folder, for: name.principal, on: loop)
        }.get()
        return mark.flatMap { $0 }.flatMap { String(validating: $0, as: UTF8.self) }
    }

    // MARK: Subscriptions

    /// Has the origin notify riffle of changes to the drive, and renews that before it ends.
    private func subscribe(_ drive: Drive, _ root: [UInt8], _ walker: TagWalkers.Walker) async {
        let hooks = gateway.hooks
        guard hooks.isOpen, let url = gateway.settings.feed.hookURL else { return }
        let now = gateway.clock.milliseconds()
        if let current = drive.subscription, now < current.renewAt, !hooks.mustRenew(current.id) { return }
        let path = Array(walker.request.target.utf8)
        guard let target = Dialect.subscriptionsTarget(like: path) else { return }
        let end = Self.time(Date(timeIntervalSinceNow: TimeInterval(Self.subscriptionLife) / 1_000))
        var body: [String: String] = ["expirationDateTime": end]
        var question = (method: "PATCH", target: target)
        if let current = drive.subscription {
            question.target += "/" + current.id
        } else {
            question.method = "POST"
            body["changeType"] = "updated"
            body["resource"] = String(decoding: root, as: UTF8.self) + "root"
            body["notificationUrl"] = url
            body["lifecycleNotificationUrl"] = url
            body["clientState"] = hooks.clientState
        }
        guard let json = try? JSONSerialization.data(withJSONObject: body, options: [.sortedKeys]) else { return }
        var fields = gateway.fields.lookUp(walker.request, remoteAddress: walker.remoteAddress)
        fields.replaceOrAdd(name: "Content-Type", value: "application/json")
        let answer = await gateway.ask(
            OriginQuestion(
                method: question.method, target: question.target, fields: fields, body: ByteBuffer(bytes: json),
                limit: 65_536))
        let status = answer.map { Int($0.0.status.code) } ?? 0
        guard (200...299).contains(status), let bytes = answer?.1,
            let id = Dialect.subscriptionID(Array(bytes.readableBytesView))
        else {
            // Renewed too late, or not allowed: made anew with the next poll, and until then polls alone tell.
            drive.subscription = nil
            gateway.log.warning("a subscription to changes was refused", metadata: ["status": "\(status)"])
            return
        }
        drive.subscription = (id, now + Self.subscriptionLife / 2)
        hooks.renewed(id)
    }

    /// Far below what the service allows, so that what is no longer wanted ends soon. Milliseconds.
    private static let subscriptionLife: Int64 = 3_600_000

    private func own(_ link: String) throws(Failure) -> String {
        guard let target = gateway.fields.target(of: link) else { throw Failure(reason: "a link that leads elsewhere") }
        return target
    }

    /// `Date` as Graph writes times.
    private static func time(_ date: String?) -> [UInt8]? {
        guard let date, let seconds = HTTPDate.parse(date) else { return nil }
        return Array(time(Date(timeIntervalSince1970: TimeInterval(seconds))).utf8)
    }

    private static func time(_ date: Date) -> String { ISO8601DateFormatter().string(from: date) }
}

/// Wakes the poller before its interval is over.
final class DeltaBell: Sendable {
    private struct State {
        var isRung = false
        var sleep: Task<Void, Never>?
    }

    private let state = Mutex(State())

    func ring() {
        state.withLock { state in
            state.isRung = true
            state.sleep?.cancel()
        }
    }

    /// Returns after the time, or once the bell was rung. For one poller.
    ///
    /// - Returns: whether it was.
    func wait(milliseconds: Int64) async -> Bool {
        let sleep = Task { _ = try? await Task.sleep(for: .milliseconds(milliseconds)) }
        state.withLock { state in
            if state.isRung { sleep.cancel() } else { state.sleep = sleep }
        }
        await withTaskCancellationHandler {
            await sleep.value
        } onCancel: {
            sleep.cancel()
        }
        return state.withLock { state in
            defer { state = State() }
            return state.isRung
        }
    }
}
