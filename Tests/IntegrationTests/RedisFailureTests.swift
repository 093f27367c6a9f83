import Testing

@Suite("Redis fails under load", .serialized, .showingServers, .timeLimit(.minutes(3)))
struct RedisFailureTests {
    /// Opens folders from several clients until `story` is over; every answer must be a whole listing.
    private func underLoad(_ riffle: Riffle, folders: Int, _ story: () async throws -> Void) async throws {
        let load = Task {
            try await withThrowingTaskGroup(of: Int.self) { group in
                for client in 0..<6 {
                    group.addTask {
                        var opened = 0
                        while !Task.isCancelled {
                            let folder = (opened &* 7 &+ client) % folders
                            // No cancellation in the middle of a request: what fails here is riffle's failure.
                            let answer = try await Task { try await riffle.probe.open("/\(folder)/") }.value
                            guard answer.status == 207, answer.text.contains("file-\(folder).txt") else {
                                throw TimedOut(description: "folder \(folder): \(answer.status) \(answer.text)")
                            }
                            opened += 1
                        }
                        return opened
                    }
                }
                return try await group.reduce(0, +)
            }
        }
        do {
            try await story()
        } catch {
            load.cancel()
            throw error
        }
        load.cancel()
        #expect(try await load.value > 0)
    }

    @Test("killed, paused and restarted, no request fails, and riffle uses it again")
    func killedPausedRestarted() async throws {
        try await onStage { stage in
            let folders = 40
            let origin = try await stage.slowOrigin(.row(folders), latency: "fixed:20ms")
            let redis = try await stage.redis()
            // A short life keeps requests coming that memory can't answer.
            let riffle = try await stage.riffle(
                before: origin.url, redis: redis.url, dialect: "webdav", set: ["cache.defaultTTL": "300ms"])
            try await underLoad(riffle, folders: folders) {
                try await eventually("riffle stores in Redis") { try await redis.size() > 0 }

                redis.pause()
                try await passes(origin, 2 * folders)
                redis.resume()
                try await redis.answers()

                try await redis.crash()
                try await passes(origin, 2 * folders)
                try await redis.restart()
                try await eventually("riffle stores in the new Redis") { try await redis.size() > 0 }
            }
            #expect(riffle.process.isRunning)
        }
    }

    /// Waits until the origin has answered this many more listings: the load went on.
    private func passes(_ origin: SlowOriginProcess, _ listings: Int) async throws {
        let before = try await origin.counters().listings
        try await eventually("\(listings) more listings reach the origin") {
            try await origin.counters().listings >= before + listings
        }
    }

    @Test("while Redis is paused, then gone, a write through one riffle is seen at once through the other")
    func writesWithoutRedis() async throws {
        try await onStage { stage in
            let origin = try await stage.slowOrigin()
            let redis = try await stage.redis()
            let riffles = [
                try await stage.riffle(before: origin.url, redis: redis.url, dialect: "webdav"),
                try await stage.riffle(before: origin.url, redis: redis.url, dialect: "webdav"),
            ]
            /// Every riffle holds the folder, one writes, every riffle must show it.
            func round(_ name: String, writer: Int) async throws {
                for riffle in riffles { _ = try await riffle.probe.open("/a/") }
                #expect(try await riffles[writer].probe.send("PUT", "/a/\(name)", body: "x").status == 201)
                for (reader, riffle) in riffles.enumerated() {
                    let names = try await riffle.probe.listing("/a/").names
                    #expect(names.contains(name), "riffle \(reader)")
                }
            }
            // Each must have heard of the other.
            for writer in 0...1 { try await round("before-\(writer).txt", writer: writer) }
            redis.pause()
            for turn in 0..<4 { try await round("paused-\(turn).txt", writer: turn % 2) }
            redis.resume()
            try await redis.answers()
            for turn in 0..<2 { try await round("resumed-\(turn).txt", writer: turn % 2) }
            try await redis.crash()
            for turn in 0..<4 { try await round("gone-\(turn).txt", writer: turn % 2) }
        }
    }

    @Test("a Redis that was never there costs nobody an answer")
    func neverThere() async throws {
        try await onStage { stage in
            let origin = try await stage.slowOrigin()
            let riffle = try await stage.riffle(
                before: origin.url, redis: "redis+unix://\(stage.folder["nothing.sock"])", dialect: "webdav")
            #expect(try await riffle.probe.open("/a/").status == 207)
            #expect(try await riffle.probe.open("/a/").isHit)
            #expect(try await riffle.probe.send("PUT", "/a/x.txt", body: "x").status == 201)
            #expect(try await riffle.probe.listing("/a/").names.contains("x.txt"))
        }
    }

    @Test("a listing one riffle fetched is a Redis hit of the next")
    func sharedThroughRedis() async throws {
        try await onStage { stage in
            let origin = try await stage.slowOrigin()
            let redis = try await stage.redis()
            // A busy machine may take longer than the usual budget, which would be a miss and no failure.
            let patient = ["redis.budget": "5s"]
            let first = try await stage.riffle(before: origin.url, redis: redis.url, dialect: "webdav", set: patient)
            let direct = try await first.probe.open("/a/")
            try await eventually("it is in Redis") { try await redis.size() > 0 }
            let second = try await stage.riffle(before: origin.url, redis: redis.url, dialect: "webdav", set: patient)
            let shared = try await second.probe.open("/a/")
            #expect(shared.isHit)
            #expect(shared.cache?.detail == "redis")
            #expect(shared.body == direct.body)
            #expect(try await second.probe.open("/a/").cache?.detail == "memory")
            #expect(try await origin.counters().listings == 1)
        }
    }

    @Test(
        "over TLS with a user's password it is shared; with a wrong one riffle does without, and never tells the password"
    )
    func secured() async throws {
        try await onStage { stage in
            let origin = try await stage.slowOrigin()
            let redis = try await stage.securedRedis(password: "s3cret-word")
            let trust = ["redis.caFile": redis.authoritiesFile, "redis.budget": "5s"]
            let first = try await stage.riffle(
                before: origin.url, redis: redis.url(password: "s3cret-word"), dialect: "webdav", set: trust)
            // A TLS server needs a moment to listen; riffle comes back to it by itself.
            try await eventually("Redis is in use") { first.process.errors.contains("Redis is in use") }
            let second = try await stage.riffle(
                before: origin.url, redis: redis.url(password: "s3cret-word"), dialect: "webdav", set: trust)
            try await eventually("Redis is in use") { second.process.errors.contains("Redis is in use") }
            // A store is not waited for; what one riffle keeps in Redis, the other finds there sooner or later.
            try await eventually("a listing one riffle fetched is a Redis hit of the other") {
                let folder = "/a/?\(UInt32.random(in: 0...UInt32.max))"
                _ = try await first.probe.open(folder)
                return try await second.probe.open(folder).cache?.detail == "redis"
            }
            let stranger = try await stage.riffle(
                before: origin.url, redis: redis.url(password: "wr0ng-word"), dialect: "webdav", set: trust)
            #expect(try await stranger.probe.open("/a/").cache?.detail != "redis")
            #expect(try await stranger.probe.open("/a/").isHit)
            for riffle in [first, second, stranger] {
                let told = riffle.process.output + riffle.process.errors
                #expect(!told.contains("s3cret-word") && !told.contains("wr0ng-word"))
            }
        }
    }
}
