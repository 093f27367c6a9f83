import Logging
import NIOCore
import NIOPosix
import RiffleCache
import Synchronization
import Testing

@testable import RiffleRedis

@Suite("The Redis tier against a real server", .serialized)
struct TierTests {
    @Test("what is stored under a lease is read back, also by another riffle")
    func storeAndRead() async throws {
        try await withFleet { fleet in
            guard case .taken(let lease) = try await fleet.a.lease() else {
                Issue.record("no lease")
                return
            }
            guard case .held = try await fleet.b.lease() else {
                Issue.record("two leases")
                return
            }
            try await fleet.a.store(lease)
            let entry = try #require(try await fleet.b.readEntry())
            #expect(String(buffer: entry.image) == "HEADbody")
            #expect(entry.headLength == 4)
            guard case .taken = try await fleet.b.lease() else {
                Issue.record("the store did not give the lease back")
                return
            }
        }
    }

    @Test("a fill that began before a fence is not stored, and what is stored stays")
    func fence() async throws {
        try await withFleet { fleet in
            guard case .taken(let first) = try await fleet.a.lease() else { return }
            try await fleet.a.store(first)
            guard case .taken(let second) = try await fleet.a.lease() else { return }
            try await fleet.b.fence()
            try await fleet.a.store(second, body: "late")
            let entry = try #require(try await fleet.a.readEntry())
            #expect(String(buffer: entry.image) == "HEADbody")
        }
    }

    @Test("a change reaches the other riffle before its receipt", arguments: Change.allCases)
    func invalidate(change: Change) async throws {
        try await withFleet { fleet in
            guard case .taken(let lease) = try await fleet.a.lease() else { return }
            try await fleet.a.store(lease)
            #expect(try await fleet.b.readEntry() != nil)
            let receipt = try await fleet.a.invalidate([change.value])
            #expect(receipt == InvalidationReceipt(stored: true, receivers: 2, acknowledged: 2))
            #expect(fleet.b.heard.withLock { $0 } == [change.value])
            #expect(fleet.a.heard.withLock { $0 }.isEmpty)
            #expect(try await fleet.b.readEntry() == nil)
            #expect(try await fleet.a.readEntry() == nil)
        }
    }

    @Test("a fill that began before an invalidation is not served")
    func lateFill() async throws {
        try await withFleet { fleet in
            for change in Change.allCases {
                guard case .taken(let lease) = try await fleet.a.lease() else { return }
                _ = try await fleet.b.invalidate([change.value])
                try await fleet.a.store(lease)
                #expect(try await fleet.a.readEntry() == nil)
            }
        }
    }

    @Test("after everything was flushed there is nothing, and what was begun before is not stored")
    func flush() async throws {
        try await withFleet { fleet in
            guard case .taken(let lease) = try await fleet.a.lease() else { return }
            try await fleet.a.raw(Command("FLUSHALL"))
            try await fleet.a.store(lease)
            #expect(try await fleet.a.readEntry() == nil)
        }
    }

    @Test("where a feed stands is read by another riffle, for the same principal and folder only, and lies sealed")
    func marks() async throws {
        try await withFleet { fleet in
            let (one, other) = (PrincipalID(Hash128(high: 4, low: 4)), PrincipalID(Hash128(high: 4, low: 5)))
            #expect(try await fleet.b.mark(one) == nil)
            try await fleet.a.keepMark("/delta?token=secret-one", one)
            #expect(try await fleet.b.mark(one) == "/delta?token=secret-one")
            #expect(try await fleet.b.mark(other) == nil)
            // Sealed for its own key: moved to another it does not open.
            try await fleet.a.raw(
                Command("RENAME", Names.mark(Rider.folder, one), Names.mark(Rider.folder, other)))
            #expect(try await fleet.b.mark(other) == nil)
            #expect(fleet.b.tier.figures.corrupt == 1)
        }
    }

    @Test("a survey counts what riffles keep and who listens, and names nothing")
    func survey() async throws {
        try await withFleet { fleet in
            guard case .taken(let lease) = try await fleet.a.lease() else { return }
            try await fleet.a.store(lease)
            try await fleet.a.raw(Command("SET", "somebody", "else's"))
            guard case .taken = try await fleet.a.lease() else { return }
            let survey = try await Surveyor.survey(fleet.redis.server)
            #expect(survey.folders == 1)
            #expect(survey.entries == 1)
            #expect(survey.entryBytes > 8 && survey.largestEntry == survey.entryBytes)
            #expect(survey.leases == 1)
            #expect(survey.otherKeys == 1)
            #expect(survey.listeners == [2])
            #expect(survey.isWhole)
            #expect(survey.usedMemory > 0)
        }
    }

    @Test(
        "a survey of a Redis that is not there says why, in plain words",
        arguments: [
            (
                RedisServer.Endpoint.unix(path: "/nonexistent/r.sock"),
                "redis+unix:///nonexistent/r.sock can't be reached: No such file or directory"
            ),
            (.tcp(host: "127.0.0.1", port: 1), "redis://127.0.0.1:1/0 can't be reached: Connection refused"),
        ])
    func surveyOfNothing(_ endpoint: RedisServer.Endpoint, _ words: String) async throws {
        await #expect(throws: SurveyError(message: words)) {
            try await Surveyor.survey(RedisServer(endpoint: endpoint))
        }
    }

    @Test("a bit that flipped in Redis is a counted miss")
    func corrupt() async throws {
        try await withFleet { fleet in
            guard case .taken(let lease) = try await fleet.a.lease() else { return }
            try await fleet.a.store(lease)
            let name = Names.entry(Rider.folder, Rider.entry)
            try await fleet.a.raw(Command("SETRANGE", name, "40", "x!x!"))
            guard case .corrupt = try await fleet.a.read() else {
                Issue.record("not seen as corrupt")
                return
            }
            #expect(fleet.a.tier.figures.corrupt == 1)
        }
    }

    @Test("a paused Redis times out once, then is not asked; changes of that time reach it before it is read again")
    func paused() async throws {
        try await withFleet { fleet in
            guard case .taken(let lease) = try await fleet.a.lease() else { return }
            try await fleet.a.store(lease)
            #expect(try await fleet.a.readEntry() != nil)
            fleet.redis.pause()
            guard case .timeout = try await fleet.a.read() else {
                Issue.record("no timeout")
                return
            }
            let commands = fleet.a.tier.figures.commands
            for _ in 0..<100 {
                guard case .down = try await fleet.a.read() else {
                    Issue.record("asked again")
                    return
                }
            }
            #expect(fleet.a.tier.figures.commands == commands)
            #expect(try await fleet.a.invalidate([.folder(Rider.folder)]).stored == false)
            fleet.redis.resume()
            try await eventually { fleet.a.tier.isUsable }
            guard case .miss = try await fleet.a.read() else {
                Issue.record("the missed change was not made good")
                return
            }
        }
    }

    @Test(
        "while Redis is paused or gone, a change is answered only when the other riffle distrusts its memory",
        arguments: [true, false])
    func changeWithoutRedis(isPaused: Bool) async throws {
        try await withFleet { fleet in
            try await eventually { fleet.a.tier.figures.peers == 1 && fleet.b.tier.figures.peers == 1 }
            if isPaused { fleet.redis.pause() } else { try fleet.redis.kill() }
            #expect(try await fleet.a.invalidate([.folder(Rider.folder)], within: 10_000).stored == false)
            #expect(fleet.b.told.withLock { $0 }.contains(.lost(peers: 1)))
            fleet.redis.resume()
        }
    }

    @Test("a change that Redis took only after its pause is answered when the other riffle knows it")
    func changeAcrossPause() async throws {
        try await withFleet { fleet in
            try await eventually { fleet.a.tier.figures.peers == 1 }
            fleet.redis.pause()
            async let receipt = fleet.a.invalidate([.folder(Rider.folder)], within: 10_000)
            try await eventually { !fleet.a.tier.isUsable }
            fleet.redis.resume()
            _ = try await receipt
            let knows = fleet.b.heard.withLock { $0 }.contains(.folder(Rider.folder))
            #expect(knows || fleet.b.told.withLock { $0 }.contains(.lost(peers: 1)))
        }
    }

    @Test("a Redis that was killed and started again is used again, and the gap is told")
    func restarted() async throws {
        try await withFleet { fleet in
            try await eventually { fleet.a.tier.figures.peers == 1 }
            try fleet.redis.kill()
            try await eventually { !fleet.a.tier.isUsable }
            guard case .down = try await fleet.a.read() else {
                Issue.record("not down")
                return
            }
            try fleet.redis.launch()
            try await eventually { fleet.a.tier.isUsable && fleet.b.tier.isUsable }
            guard case .taken(let lease) = try await fleet.a.lease() else {
                Issue.record("no lease after the restart")
                return
            }
            try await fleet.a.store(lease)
            #expect(try await fleet.b.readEntry() != nil)
            let told = fleet.a.told.withLock { $0 }
            #expect(told.contains(.lost(peers: 1)))
            #expect(told.contains(.gap))
        }
    }

    enum Change: CaseIterable {
        case folder, subtreeAbove, everything
        var value: FolderChange {
            switch self {
            case .folder: .folder(Rider.folder)
            case .subtreeAbove: .subtree(Rider.parent)
            case .everything: .everything
            }
        }
    }
}
