import Foundation
import Glibc
import Logging
import NIOCore
import NIOPosix
import RiffleCache
import Synchronization
import Testing

@testable import RiffleRedis

/// A `redis-server` of its own on a unix socket.
final class TestRedis {
    let directory: String
    private var process: Process?

    var server: RedisServer { RedisServer(endpoint: .unix(path: directory + "/r.sock")) }

    init() throws {
        directory = NSTemporaryDirectory() + "/riffle-t-\(UInt32.random(in: .min ... .max))"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        try launch()
    }

    func launch() throws {
        unlink(directory + "/r.sock")
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [
            "redis-server", "--port", "0", "--unixsocket", directory + "/r.sock", "--save", "", "--dir", directory,
        ]
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        self.process = process
        for _ in 0..<1_000 where access(directory + "/r.sock", F_OK) != 0 { usleep(5_000) }
    }

    func pause() { signal(SIGSTOP) }
    func resume() { signal(SIGCONT) }

    func kill() throws {
        signal(SIGKILL)
        process?.waitUntilExit()
        process = nil
    }

    private func signal(_ number: Int32) {
        if let process { Glibc.kill(process.processIdentifier, number) }
    }

    deinit {
        signal(SIGKILL)
        process?.waitUntilExit()
        try? FileManager.default.removeItem(atPath: directory)
    }
}

/// One riffle's tier, with the one folder and entry that the tests are about.
final class Rider: Sendable {
    static let parent = FolderID(Hash128(high: 1, low: 1))
    static let folder = FolderID(Hash128(high: 1, low: 2))
    static let entry = EntryID(Hash128(high: 2, low: 3))

    let tier: RedisTier
    let loop: any EventLoop
    let key: CacheKey
    let heard: Mutex<[FolderChange]>
    let told: Mutex<[RedisLinkChange]>

    init(_ server: RedisServer, secret: Secret, group: any EventLoopGroup) throws {
        key = try #require(CacheKey(validating: [1, 0, 0, 0, 47] + [UInt8](repeating: 7, count: 16)))
        let options = RedisTier.Options(server: server, secret: secret, originName: Hash128(high: 9, low: 9))
        let box = Box()
        heard = Mutex([])
        told = Mutex([])
        loop = group.next()
        tier = try RedisTier(
            options, group: group, log: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }),
            onChanges: { changes in box.rider.withLock { $0.value }?.heard.withLock { $0 += changes } },
            onLink: { change in box.rider.withLock { $0.value }?.told.withLock { $0.append(change) } })
        box.rider.withLock { $0 = Box.Weak(value: self) }
    }

    private final class Box: Sendable {
        struct Weak: Sendable { weak let value: Rider? }
        let rider = Mutex(Weak(value: nil))
    }

    func soon(_ milliseconds: Int64 = 250) -> NIODeadline { .now() + .milliseconds(milliseconds) }

    func read() async throws -> RedisRead {
        try await loop.flatSubmit { [self] in
            tier.read(
                key, folder: Self.folder, entry: Self.entry, lineage: { [Self.folder, Self.parent] }, hash: 5,
                localGeneration: Generation(1), on: loop, deadline: soon())
        }.get()
    }

    func readEntry() async throws -> Entry? {
        guard case .entry(let entry) = try await read() else { return nil }
        return entry
    }

    func lease() async throws -> RedisLease {
        try await loop.flatSubmit { [self] in
            tier.lease(folder: Self.folder, entry: Self.entry, on: loop, deadline: soon())
        }.get()
    }

    func store(_ lease: LeaseToken, body: String = "body") async throws {
        let now = ClockReading.now().monotonic
        let entry = Entry(
            key: key, hash: 5, folder: Self.folder, generation: Generation(1), image: ByteBuffer(string: "HEAD" + body),
            headLength: 4, status: 207,
            life: EntryLife(
                receivedAt: now, initialAge: 0, freshUntil: now + 60_000, staleWhileRevalidateUntil: 0,
                staleIfErrorUntil: 0), entityTag: Array("\"t\"".utf8), hasLastModified: true)
        loop.execute { self.tier.store(entry, entryID: Self.entry, lease: lease, on: self.loop) }
        // Nobody waits for a store; a command behind it on the same connection does.
        try await raw(Command("PING"))
    }

    func keepMark(_ mark: String, _ principal: PrincipalID) async throws {
        loop.execute { self.tier.keepMark(Array(mark.utf8), of: Self.folder, for: principal, on: self.loop) }
        // Nobody waits for it; a command behind it on the same connection does.
        try await raw(Command("PING"))
    }

    func mark(_ principal: PrincipalID) async throws -> String? {
        try await loop.flatSubmit { [self] in tier.mark(of: Self.folder, for: principal, on: loop) }.get()
            .map { String(decoding: $0, as: UTF8.self) }
    }

    func fence() async throws {
        try await loop.flatSubmit { [self] in tier.fence([Self.folder], on: loop, deadline: soon()) }.get()
    }

    func invalidate(_ changes: [FolderChange], within milliseconds: Int64 = 1_000) async throws -> InvalidationReceipt {
        try await loop.flatSubmit { [self] in
            tier.invalidate(changes, on: loop, deadline: soon(milliseconds))
        }.get()
    }

    func raw(_ command: Command) async throws {
        let done = loop.makePromise(of: Void.self)
        loop.execute { [self] in
            guard let link = tier.link(on: loop) else { return done.succeed(()) }
            link.send(command, deadline: soon()) { _ in done.succeed(()) }
        }
        try await done.futureResult.get()
    }
}

struct Fleet: Sendable {
    nonisolated(unsafe) let redis: TestRedis  // used by the one test task only
    let a: Rider
    let b: Rider
}

func withFleet(_ body: (Fleet) async throws -> Void) async throws {
    let redis = try TestRedis()
    let secret = Secret.ephemeral()
    let groups = [MultiThreadedEventLoopGroup(numberOfThreads: 1), MultiThreadedEventLoopGroup(numberOfThreads: 1)]
    let fleet = Fleet(
        redis: redis, a: try Rider(redis.server, secret: secret, group: groups[0]),
        b: try Rider(redis.server, secret: secret, group: groups[1]))
    await fleet.a.tier.start()
    await fleet.b.tier.start()
    try await eventually { fleet.a.tier.isUsable && fleet.b.tier.isUsable }
    let result: Result<Void, any Error>
    do {
        result = .success(try await body(fleet))
    } catch {
        result = .failure(error)
    }
    await fleet.a.tier.shutdown()
    await fleet.b.tier.shutdown()
    for group in groups { try await group.shutdownGracefully() }
    try result.get()
}

func eventually(_ condition: () -> Bool) async throws {
    for _ in 0..<1_500 {
        if condition() { return }
        try await Task.sleep(for: .milliseconds(10))
    }
    Issue.record("the condition did not come true")
}
