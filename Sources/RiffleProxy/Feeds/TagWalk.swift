import NIOCore
import NIOHTTP1
import RiffleCache
import RiffleListings
import Synchronization

/// Who lately asked for listings below which root, with whose credential a walk may look: the principal's own, which stays
/// in this process and is used only while it is vouched for and its owner is active.
final class TagWalkers: Sendable {
    /// Principals walked for at once; the others' listings live for the usual time.
    static let limit = 256
    /// How long after its last request that reached the origin a principal counts as active, milliseconds. A listing
    /// lives at most ten minutes by default, so whoever is active asks within that time.
    static let patience: Int64 = 900_000

    struct Name: Hashable, Sendable {
        let principal: PrincipalID
        let root: [UInt8]
    }

    struct Walker: Sendable {
        let request: RequestMessage
        let remoteAddress: String
        let credential: Credential
        var seenAt: Int64
    }

    private let known = Mutex<[Name: Walker]>([:])

    /// - Returns: whether nothing was known of that principal and root.
    @discardableResult
    func seen(
        _ request: RequestMessage, _ work: ListingWork, root: [UInt8], remoteAddress: String, now: Int64
    ) -> Bool {
        let name = Name(principal: work.key.principal, root: root)
        return known.withLock { known in
            let isNew = known[name] == nil
            guard !isNew || known.count < Self.limit else { return false }
            known[name] = Walker(
                request: request, remoteAddress: remoteAddress, credential: work.credential, seenAt: now)
            return isNew
        }
    }

    /// Those still active; the others are forgotten.
    func active(now: Int64) -> [Name: Walker] {
        known.withLock { known in
            known = known.filter { now - $0.value.seenAt < Self.patience }
            return known.filter { $0.value.credential.mayRead($0.key.principal, at: now) }
        }
    }
}

/// Polls deep tags: for each active principal the tag of its root, and where that changed one listing for each folder on
/// the way to what changed.
struct TagWalk {
    /// Requests one principal's walk may make at once; when more changed, its whole tree is voided.
    static let requestLimit = 200
    private static let longestAnswer = 8 << 20

    private static let query = """
        <?xml version="1.0" encoding="utf-8"?><d:propfind xmlns:d="DAV:"><d:prop><d:getetag/><d:resourcetype/></d:prop>\
        </d:propfind>
        """

    private final class Tree {
        let channel: FeedChannel
        var tags: TagTree
        var rootTag: [UInt8]?

        init(channel: FeedChannel, root: [UInt8]) {
            self.channel = channel
            tags = TagTree(root: root)
        }
    }

    /// Why a walk can't go on, in words without any secret.
    private struct Failure: Error {
        let reason: String
    }

    let gateway: Gateway

    func run() async {
        let interval = gateway.settings.feed.walkInterval
        var trees: [TagWalkers.Name: Tree] = [:]
        while !Task.isCancelled {
            let active = gateway.walkers.active(now: gateway.clock.milliseconds())
            for (name, tree) in trees where active[name] == nil {
                tree.channel.close()
                trees[name] = nil
            }
            for (name, walker) in active {
                guard !Task.isCancelled else { break }
                if trees[name] == nil {
                    let scope = FeedScope(prefix: name.root, principal: name.principal)
                    let limits = FeedState.Limits(lag: 2 * interval, silence: 3 * interval)
                    trees[name] = FeedChannel.open("walk", scope: scope, limits: limits, gateway: gateway).map {
                        Tree(channel: $0, root: name.root)
                    }
                }
                if let tree = trees[name] { await poll(tree, walker) }
            }
            try? await Task.sleep(for: .milliseconds(interval))
        }
        for tree in trees.values { tree.channel.close() }
    }

    private func poll(_ tree: Tree, _ walker: TagWalkers.Walker) async {
        let began = gateway.clock.milliseconds()
        do throws(Failure) {
            let effects = try await look(tree, walker)
            await tree.channel.heard(effects, lag: gateway.clock.milliseconds() - began)
        } catch {
            tree.channel.failed(error.reason)
        }
    }

    /// What changed since the last look.
    private func look(_ tree: Tree, _ walker: TagWalkers.Walker) async throws(Failure) -> [FolderEffect] {
        let root = tree.tags.root
        let own = try await rows(of: root, depth: "0", walker)
        guard let tag = own.first(where: { $0.path == root })?.tag, !tag.isEmpty else {
            throw Failure(reason: "the root has no entity tag")
        }
        guard tag != tree.rootTag else { return [] }
        let isFirst = tree.rootTag == nil
        // Kept only when all of it could be read: else the next look must find the same changes.
        var tags = tree.tags
        var effects: [FolderEffect] = []
        var open = [root]
        var requests = 0
        while let folder = open.popLast() {
            requests += 1
            guard requests <= Self.requestLimit else {
                tags = TagTree(root: root)
                effects = [.subtree(root)]
                break
            }
            let findings = tags.learn(folder, try await rows(of: folder, depth: "1", walker))
            effects += findings.effects
            open += findings.descend
        }
        tree.tags = tags
        tree.rootTag = tag
        // Before the first look nothing was stored for long on its word.
        return isFirst ? [] : effects
    }

    private func rows(
        of path: [UInt8], depth: String, _ walker: TagWalkers.Walker
    ) async throws(Failure) -> [ListingRows.Member] {
        var fields = gateway.fields.fill(walker.request, remoteAddress: walker.remoteAddress)
        for name in ["content-type", "prefer", "brief", "accept"] { fields.remove(name: name) }
        fields.replaceOrAdd(name: "Depth", value: depth)
        fields.add(name: "Content-Type", value: "application/xml; charset=utf-8")
        let question = OriginQuestion(
            method: "PROPFIND", target: String(decoding: path, as: UTF8.self), fields: fields,
            body: ByteBuffer(string: Self.query), limit: Self.longestAnswer)
        guard let (head, body) = await gateway.ask(question) else {
            throw Failure(reason: "no answer")
        }
        let status = Int(head.status.code)
        if status == 401 { walker.credential.revoke() }
        if status == 404, depth == "1" { return [] }
        guard status == 207, let body else { throw Failure(reason: "answered with \(status)") }
        let members = body.withUnsafeReadableBytes { bytes in ListingRows(bytes)?.members(in: bytes) }
        guard let members else { throw Failure(reason: "an answer that can't be read") }
        return members
    }
}

/// A question to the origin on no client's behalf.
struct OriginQuestion: Sendable {
    let method: String
    let target: String
    let fields: HTTPHeaders
    let body: ByteBuffer?
    /// Longest answer that is read.
    let limit: Int
}

extension Gateway {
    /// The answer's head, and its body when it came whole; nil when none came.
    func ask(_ question: OriginQuestion) async -> (HTTPResponseHead, ByteBuffer?)? {
        await withCheckedContinuation { continuation in
            loop.execute { [self] in
                let gatherer = AnswerGatherer(limit: question.limit) { head, body in
                    continuation.resume(returning: head.map { ($0, body) })
                }
                let request = OriginRequest(
                    method: question.method, isSafe: true, target: question.target, fields: question.fields,
                    body: question.body.map { .bytes($0) } ?? .none)
                origin.send(request, to: gatherer, on: loop)
            }
        }
    }
}
