import Foundation
import Synchronization
import Testing

@testable import RiffleProxy

/// Hits looked at once more: the origin tells whether memory should have said so.
@Suite("The canary", .timeLimit(.minutes(2)))
struct CanaryTests {
    private final class Origin: Sendable {
        let state = Mutex((rows: ["a"], status: 207))
        func answer(_ request: WireMessage) -> OriginAnswer {
            let (rows, status) = state.withLock { $0 }
            guard status == 207 else { return OriginAnswer(status: status, body: "no") }
            let list = ([""] + rows).map { name in
                "<D:response><D:href>\(request.target)\(name)</D:href><D:propstat><D:prop/>"
                    + "<D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response>"
            }
            return OriginAnswer(
                status: 207, fields: [("Content-Type", "application/xml")],
                body: "<?xml version=\"1.0\"?><D:multistatus xmlns:D=\"DAV:\">\(list.joined())</D:multistatus>")
        }
    }

    private func story(
        _ rate: Double, _ body: (CacheStage, Origin) async throws -> Void
    ) async throws {
        try await CacheStage.with({ settings in
            settings.origin.dialect = .webdav
            settings.cache.scope = .listings
            settings.canary.rate = rate
        }) { stage in
            let origin = Origin()
            stage.origin.answer { origin.answer($0) }
            try await body(stage, origin)
        }
    }

    private func open(_ stage: CacheStage) async throws -> WireMessage {
        try await stage.send("PROPFIND", "/f/", [("Depth", "1"), ("Authorization", "Basic YQ==")])
    }

    private func finds(_ name: String, _ stage: CacheStage) async throws {
        for _ in 0..<2_000 {
            if try await stage.canary()[name, default: 0] > 0 { return }
            _ = try await open(stage)
            try await Task.sleep(for: .milliseconds(5))
        }
        Issue.record("nothing was found to be \(name)")
    }

    @Test("an origin that says the same rings no bell, and is asked with the asker's own credential")
    func same() async throws {
        try await story(1) { stage, _ in
            _ = try await open(stage)
            try await finds("same", stage)
            #expect(stage.origin.requests.allSatisfy { $0["authorization"] == "Basic YQ==" })
            let figures = try await stage.canary()
            #expect(figures["differs"] == 0 && figures["refused"] == 0)
        }
    }

    @Test("it rings when the origin would say something else, or nothing, to the one who was served")
    func rings() async throws {
        try await story(1) { stage, origin in
            _ = try await open(stage)
            origin.state.withLock { $0.rows = ["b"] }
            try await finds("differs", stage)
            // What rang was dropped: it is fetched anew before the origin changes its mind.
            _ = try await open(stage)
            origin.state.withLock { $0.status = 403 }
            try await finds("refused", stage)
        }
    }

    @Test("what is off asks nothing")
    func off() async throws {
        try await story(0) { stage, _ in
            for _ in 0..<20 { _ = try await open(stage) }
            #expect(stage.origin.requests.count == 1)
            #expect(try await stage.canary().isEmpty)
        }
    }

    @Test("the share of hits that are drawn is the one asked for")
    func share() {
        var generator = SystemRandomNumberGenerator()
        for rate in [0.0, 0.1, 0.5, 1.0] {
            let canary = Canary(rate: rate)
            let picked = (0..<20_000).count { _ in canary.picks(generator.next()) }
            #expect(abs(Double(picked) / 20_000 - rate) < 0.03)
            #expect(canary.isOn == (rate > 0))
        }
    }
}
