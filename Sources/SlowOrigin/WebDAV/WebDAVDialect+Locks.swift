import Glibc
import HTTPTypes
import Hummingbird
import Synchronization

/// LOCK and UNLOCK.
extension WebDAVDialect {
    func lock(_ request: Request, _ path: ResourcePath, _ principal: Principal) async throws -> Response {
        try principal.requireWrite(path)
        let body = try await DAVBody.collect(request)
        let timeout = Self.timeout(request.headers[.timeout])
        guard !body.isEmpty else { return try await refresh(request, path, principal, timeout) }
        let depth = request.headers[.depth]?.lowercased() ?? "infinity"
        guard depth == "0" || depth == "infinity" else {
            throw Refusal(.badRequest, "the Depth of a lock is 0 or infinity")
        }
        let (isExclusive, owner) = try Self.parse(body)

        let tree = tree
        let before = try await Blocking.run { try tree.node(path) }
        try await admit(request, path, principal, deeply: false, membership: before == nil, changes: before == nil)
        let wanted = Lock(
            token: Self.newToken(), root: path, isFolder: before?.isFolder ?? false, isDeep: depth == "infinity",
            isExclusive: isExclusive, owner: owner, principal: principal.name, timeout: timeout,
            expires: Self.now() + timeout)
        enum Outcome { case locked, conflict, full }
        let outcome: Outcome = locks.withLock { table in
            table.expire(now: Self.now())
            if table.conflicts(with: wanted) { return .conflict }
            return table.add(wanted) ? .locked : .full
        }
        switch outcome {
        case .conflict: return DAVBody.error(.locked, "no-conflicting-lock")
        case .full: throw Refusal(.insufficientStorage, "there are too many locks")
        case .locked: break
        }
        if before == nil {
            do {
                // Locking an unmapped URL makes an empty file (RFC 4918 §7.3).
                try await Blocking.run {
                    let slot = try tree.slot(path)
                    let made = OpenFile(descriptor: open(slot, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644))
                    guard made.descriptor >= 0 else { throw Upload.refusal() }
                }
            } catch {
                _ = locks.withLock { $0.remove(token: wanted.token, at: path, by: principal.name) }
                throw error
            }
        }
        return Self.answer(before == nil ? .created : .ok, wanted, [.lockToken: "<\(wanted.token)>"])
    }

    private func refresh(
        _ request: Request, _ path: ResourcePath, _ principal: Principal, _ timeout: Int
    ) async throws -> Response {
        let tokens = try await admit(request, path, principal, deeply: false, membership: false, changes: false)
        let refreshed = locks.withLock { table -> Lock? in
            for token in tokens {
                if let lock = table.refresh(token: token, at: path, timeout: timeout, now: Self.now()) { return lock }
            }
            return nil
        }
        guard let refreshed else { throw Refusal(.preconditionFailed, "there is no such lock to refresh") }
        return Self.answer(.ok, refreshed, [:])
    }

    func unlock(_ request: Request, _ path: ResourcePath, _ principal: Principal) async throws -> Response {
        try principal.requireWrite(path)
        guard let field = request.headers[.lockToken], field.hasPrefix("<"), field.hasSuffix(">") else {
            throw Refusal(.badRequest, "there is no Lock-Token")
        }
        let token = String(field.dropFirst().dropLast())
        guard locks.withLock({ $0.remove(token: token, at: path, by: principal.name) }) else {
            return DAVBody.error(.conflict, "lock-token-matches-request-uri")
        }
        return PlainResponse.noContent()
    }

    private static func answer(_ status: HTTPResponse.Status, _ lock: Lock, _ headers: HTTPFields) -> Response {
        DAVBody.response(
            status,
            "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<D:prop xmlns:D=\"DAV:\"><D:lockdiscovery>\(lock.activeLock)"
                + "</D:lockdiscovery></D:prop>\n", headers)
    }

    private static func parse(_ body: some Collection<UInt8>) throws(Refusal) -> (isExclusive: Bool, owner: String) {
        let root: XMLElement
        do {
            root = try XMLReader.parse(body)
        } catch {
            throw Refusal(.badRequest, "the LOCK body: \(error.reason)")
        }
        guard root.name == .dav("lockinfo"), let scope = root.child("lockscope"),
            root.child("locktype")?.child("write") != nil
        else { throw Refusal(.badRequest, "the LOCK body is not a lockinfo for a write lock") }
        var owner = ""
        root.child("owner")?.serialise(to: &owner)
        if scope.child("exclusive") != nil { return (true, owner) }
        guard scope.child("shared") != nil else { throw Refusal(.badRequest, "the lock scope is not known") }
        return (false, owner)
    }

    /// The first acceptable of a list like `Infinite, Second-4100000000`.
    static func timeout(_ field: String?) -> Int {
        for entry in (field ?? "").split(separator: ",") {
            let text = entry.filter { $0 != " " }.lowercased()
            if text == "infinite" { return LockTable.longestTimeout }
            if text.hasPrefix("second-"), let seconds = UInt64(text.dropFirst("second-".count)) {
                return max(1, Int(min(seconds, UInt64(LockTable.longestTimeout))))
            }
        }
        return LockTable.defaultTimeout
    }

    /// A random UUID as a URN (RFC 4918 §6.5).
    private static func newToken() -> String {
        var digits = Array(
            (0..<2).map { _ in
                let text = String(UInt64.random(in: .min ... .max), radix: 16)
                return String(repeating: "0", count: 16 - text.count) + text
            }.joined())
        digits[12] = "4"
        digits[16] = ["8", "9", "a", "b"].randomElement() ?? "8"
        let text = String(digits)
        var parts: [Substring] = []
        var rest = Substring(text)
        for length in [8, 4, 4, 4, 12] {
            parts.append(rest.prefix(length))
            rest = rest.dropFirst(length)
        }
        return "urn:uuid:" + parts.joined(separator: "-")
    }
}
