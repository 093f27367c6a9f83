import Logging
import NIOCore
import NIOHTTP1
import RiffleCache
import RiffleInspect
import RiffleListings
import Synchronization

/// The alarm bell: for a sampled share of hits the origin is asked the same once more with the asker's own credential, and
/// rings when it would not have answered so. What rang it is dropped.
///
/// Off by default. It observes: its questions are few, begin only while nobody waits for the origin, and whoever was
/// served knows nothing of them. It looks at listings that are kept as the origin said them. Shared by all loops.
final class Canary: Sendable {
    /// Questions under way at once; hits drawn beyond it are skipped.
    static let maximumInFlight = 2
    /// Silence after the origin said that it is too much, milliseconds.
    private static let pause: Int64 = 60_000

    enum Finding: Int, CaseIterable {
        /// The origin says what memory said.
        case same
        /// It says something else though nothing is known to have changed: a change behind riffle's back, or a leak.
        case differs
        /// It refuses the asker what memory gave him.
        case refused
        /// The listing was voided meanwhile, or the origin gave no usable answer.
        case undecided
        /// The origin was busy with what people wait for.
        case skipped

        var name: String { "\(self)" }
    }

    private let share: UInt64
    private let inFlight = Atomic<Int>(0)
    private let silentUntil = Atomic<Int64>(.min)
    private let counts = Mutex([UInt64](repeating: 0, count: Finding.allCases.count))

    init(rate: Double) {
        share = rate >= 1 ? .max : UInt64(rate * 0x1p64)
    }

    var isOn: Bool { share > 0 }

    /// Whether the hit with this draw is looked at.
    func picks(_ random: UInt64) -> Bool { random < share || share == .max }

    var figures: [String: UInt64] {
        guard isOn else { return [:] }
        let counts = counts.withLock { $0 }
        return Dictionary(uniqueKeysWithValues: Finding.allCases.map { ($0.name, counts[$0.rawValue]) })
    }

    fileprivate func count(_ finding: Finding) {
        counts.withLock { $0[finding.rawValue] += 1 }
    }

    fileprivate func begin(_ gateway: Gateway) -> Bool {
        let others = gateway.origin.inFlight.load(ordering: .relaxed) - inFlight.load(ordering: .relaxed)
        guard others <= 0, gateway.clock.milliseconds() >= silentUntil.load(ordering: .relaxed) else { return false }
        guard inFlight.add(1, ordering: .relaxed).newValue <= Self.maximumInFlight else {
            end()
            return false
        }
        return true
    }

    fileprivate func end() { inFlight.subtract(1, ordering: .relaxed) }

    fileprivate func throttled(_ now: Int64) { silentUntil.store(now + Self.pause, ordering: .relaxed) }
}

extension Gateway {
    /// Asks the origin whether it would have answered as memory just did.
    ///
    /// - Parameters:
    ///   - entry: what was served.
    ///   - request: as the asker sent it.
    func ask(
        _ canary: Canary, _ entry: Entry, _ renewal: Hit.Renewal, _ request: RequestMessage, remoteAddress: String,
        on loop: any EventLoop
    ) {
        guard CanaryQuestion.isComparable(renewal.dialect), let body = entry.plainBody, canary.begin(self) else {
            return canary.count(.skipped)
        }
        let message = OriginRequest(
            method: request.methodName, isSafe: true, target: dialects.originTarget(request.target),
            fields: fields.fill(request, remoteAddress: remoteAddress), body: request.body.map { .bytes($0) } ?? .none)
        let question = CanaryQuestion(
            canary: canary, gateway: self, entry: entry, credential: renewal.credential, expected: body)
        question.call = origin.send(sealed(message, for: request), to: question, on: loop)
    }
}

/// One question and what comes of it. Loop-confined.
private final class CanaryQuestion: OriginReceiver {
    private let canary: Canary
    private let gateway: Gateway
    private let entry: Entry
    private let credential: Credential
    private let expected: ByteBuffer
    private var status = 0
    private var body = ByteBuffer()
    private var isOver = false
    var call: OriginCall?

    init(canary: Canary, gateway: Gateway, entry: Entry, credential: Credential, expected: ByteBuffer) {
        self.canary = canary
        self.gateway = gateway
        self.entry = entry
        self.credential = credential
        self.expected = expected
    }

    /// Other dialects have links inside their listings that riffle rewrites.
    static func isComparable(_ dialect: Dialect) -> Bool { dialect == .webdav || dialect == .autoindex }

    func originHead(_ head: HTTPResponseHead) -> EventLoopFuture<Void>? {
        status = Int(head.status.code)
        if status == 429 || status == 503 { canary.throttled(gateway.clock.milliseconds()) }
        return nil
    }

    func originPart(_ part: ByteBuffer) -> EventLoopFuture<Void>? {
        body.writeImmutableBuffer(part)
        guard body.readableBytes > expected.readableBytes else { return nil }
        // Longer than what was served: the rest tells nothing more.
        call?.cancel()
        finish()
        return nil
    }

    func originEnd() { finish() }

    func originFailed(_ failure: OriginFailure) {
        status = 0
        finish()
    }

    private func finish() {
        guard !isOver else { return }
        isOver = true
        call = nil
        canary.end()
        let finding = finding
        canary.count(finding)
        guard finding == .differs || finding == .refused else { return }
        if status == 401 || status == 403 { credential.revoke() }
        gateway.memory.remove(gateway.memory.original(of: entry))
        // Keyed hashes name what is meant without telling it.
        gateway.log.error(
            "canary: the origin does not answer as memory did",
            metadata: [
                "finding": "\(finding.name)", "status": "\(status)", "folder": "\(entry.folder.hash.hex)",
                "principal": "\(entry.principal.hash.hex.prefix(8))",
            ])
    }

    private var finding: Canary.Finding {
        let naming = gateway.naming
        guard gateway.generations.holds(entry, lineage: { naming.lineage(entry.key.path) }) else { return .undecided }
        switch status {
        case 401, 403, 404: return .refused
        case 200, 207: return body == expected ? .same : .differs
        default: return .undecided
        }
    }
}
