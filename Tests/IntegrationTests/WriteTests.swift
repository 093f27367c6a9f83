import Testing

/// One change of a tree, and the folders whose listings it touches.
struct Change: Sendable, CustomTestStringConvertible {
    let name: String
    let method: String
    let path: String
    var fields: [String: String] = [:]
    /// A path, made an absolute URL of the server the request goes to.
    var destination: String?
    var body: String?
    let status: Int
    /// Touched folders and their parents.
    let folders: [String]

    var testDescription: String { name }

    func send(_ probe: Probe) async throws -> Answer {
        var fields = fields
        if let destination { fields["Destination"] = probe.base + destination }
        return try await probe.send(method, path, fields, body: body ?? "")
    }

    private static let proppatch = """
        <?xml version="1.0"?><D:propertyupdate xmlns:D="DAV:" xmlns:T="urn:test"><D:set><D:prop><T:colour>red</T:colour>\
        </D:prop></D:set></D:propertyupdate>
        """
    private static let lock = """
        <?xml version="1.0"?><D:lockinfo xmlns:D="DAV:"><D:lockscope><D:exclusive/></D:lockscope>\
        <D:locktype><D:write/></D:locktype></D:lockinfo>
        """

    static let all: [Change] = [
        Change(
            name: "PUT of a new file", method: "PUT", path: "/a/new.txt", body: "new", status: 201,
            folders: ["/", "/a/"]),
        Change(
            name: "PUT over a file", method: "PUT", path: "/a/one.txt", body: "longer than it was", status: 204,
            folders: ["/", "/a/"]),
        Change(
            name: "PUT with an encoded name", method: "PUT", path: "/caf%C3%A9%20%26%20co/%25.txt", body: "x",
            status: 201,
            folders: ["/", "/caf%C3%A9%20%26%20co/"]),
        Change(name: "MKCOL", method: "MKCOL", path: "/a/made/", status: 201, folders: ["/", "/a/", "/a/made/"]),
        Change(
            name: "MKCOL without a slash", method: "MKCOL", path: "/a/made", status: 201, folders: ["/a/", "/a/made/"]),
        Change(name: "DELETE of a file", method: "DELETE", path: "/a/one.txt", status: 204, folders: ["/", "/a/"]),
        Change(
            name: "DELETE of a folder", method: "DELETE", path: "/a/", status: 204, folders: ["/", "/a/", "/a/deep/"]),
        Change(
            name: "MOVE of a file", method: "MOVE", path: "/a/one.txt", destination: "/b/one.txt", status: 201,
            folders: ["/", "/a/", "/b/"]),
        Change(
            name: "MOVE over a file", method: "MOVE", path: "/a/one.txt", fields: ["Overwrite": "T"],
            destination: "/b/four.txt", status: 204, folders: ["/", "/a/", "/b/"]),
        Change(
            name: "MOVE of a folder", method: "MOVE", path: "/a/deep/", destination: "/b/moved/", status: 201,
            folders: ["/a/", "/a/deep/", "/b/", "/b/moved/"]),
        Change(
            name: "MOVE of a tree to another name", method: "MOVE", path: "/a/", destination: "/z/", status: 201,
            folders: ["/", "/a/", "/a/deep/", "/z/", "/z/deep/"]),
        Change(
            name: "COPY of a file", method: "COPY", path: "/a/one.txt", destination: "/b/copy.txt", status: 201,
            folders: ["/", "/a/", "/b/"]),
        Change(
            name: "COPY of a tree", method: "COPY", path: "/a/", destination: "/c/a/", status: 201,
            folders: ["/a/", "/c/", "/c/a/", "/c/a/deep/"]),
        Change(
            name: "PROPPATCH of a file", method: "PROPPATCH", path: "/a/one.txt", fields: ["Content-Type": "text/xml"],
            body: proppatch, status: 207, folders: ["/", "/a/"]),
        Change(
            name: "PROPPATCH of a folder", method: "PROPPATCH", path: "/a/", fields: ["Content-Type": "text/xml"],
            body: proppatch, status: 207, folders: ["/", "/a/"]),
        Change(
            name: "LOCK that creates a file", method: "LOCK", path: "/a/locked.txt",
            fields: ["Content-Type": "text/xml", "Timeout": "Second-600"], body: lock, status: 200,
            folders: ["/", "/a/"]),
    ]
}

@Suite("A write through riffle", .showingServers, .timeLimit(.minutes(3)))
struct WriteTests {
    @Test("is seen by the next listing, whichever kind it is", arguments: Change.all)
    func seenThroughTheSameRiffle(change: Change) async throws {
        try await onStage { stage in
            let apache = try await stage.apache()
            let riffle = try await stage.riffle(before: apache.url, dialect: "webdav")
            for folder in change.folders { _ = try await riffle.probe.open(folder) }

            #expect(try await change.send(riffle.probe).status == change.status)

            for folder in change.folders {
                let seen = try await riffle.probe.listing(folder)
                let real = try await apache.probe.listing(folder)
                #expect(seen.status == real.status, "\(folder)")
                #expect(seen.essence == real.essence, "\(folder)")
            }
        }
    }

    @Test("is seen by every riffle on the same Redis, warm in memory or not", arguments: Change.all)
    func seenThroughAnotherRiffle(change: Change) async throws {
        try await onStage { stage in
            let apache = try await stage.apache()
            let redis = try await stage.redis()
            let writer = try await stage.riffle(before: apache.url, redis: redis.url, dialect: "webdav")
            let reader = try await stage.riffle(before: apache.url, redis: redis.url, dialect: "webdav")
            for folder in change.folders {
                try await eventually("\(folder) is warm in the other riffle, or does not exist") {
                    let answer = try await reader.probe.open(folder)
                    return answer.status == 404 || answer.isHit
                }
            }

            #expect(try await change.send(writer.probe).status == change.status)

            for folder in change.folders {
                let seen = try await reader.probe.listing(folder)
                let real = try await apache.probe.listing(folder)
                #expect(seen.status == real.status, "\(folder)")
                #expect(seen.essence == real.essence, "\(folder)")
            }
        }
    }

    @Test("that the origin refuses drops nothing")
    func refusedWriteFlushesNothing() async throws {
        try await onStage { stage in
            let apache = try await stage.apache()
            let riffle = try await stage.riffle(before: apache.url, dialect: "webdav")
            _ = try await riffle.probe.open("/")
            _ = try await riffle.probe.open("/a/")
            #expect(try await riffle.probe.send("MKCOL", "/a/").status == 405)
            #expect(try await riffle.probe.open("/").isHit)
            #expect(try await riffle.probe.open("/a/").isHit)
        }
    }

    @Test("leaves the listings it does not touch alone")
    func otherFoldersStay() async throws {
        try await onStage { stage in
            let apache = try await stage.apache()
            let riffle = try await stage.riffle(before: apache.url, dialect: "webdav")
            _ = try await riffle.probe.open("/a/")
            _ = try await riffle.probe.open("/b/")
            #expect(try await riffle.probe.send("PUT", "/a/x.txt", body: "x").status == 201)
            #expect(try await riffle.probe.open("/b/").isHit)
            #expect(try await !riffle.probe.open("/a/").isHit)
        }
    }

    @Test("that comes while a listing is under way keeps that listing out of every cache")
    func racingFillIsNotServed() async throws {
        try await onStage { stage in
            let origin = try await stage.slowOrigin(latency: "fixed:1500ms")
            let redis = try await stage.redis()
            let first = try await stage.riffle(before: origin.url, redis: redis.url, dialect: "webdav")
            let second = try await stage.riffle(before: origin.url, redis: redis.url, dialect: "webdav")
            for (round, writer) in [first, second].enumerated() {
                let name = "new-\(round).txt"
                // Both riffles have a listing of /a/ under way …
                async let one = first.probe.open("/a/")
                async let two = second.probe.open("/a/")
                try await eventually("the origin works on the listing") {
                    try await (origin.counters().byPath["/a/"]?["PROPFIND 1"] ?? 0) > 0
                }
                // … when the write is answered.
                #expect(try await writer.probe.send("PUT", "/a/\(name)", body: "x").status == 201)
                #expect(try await first.probe.listing("/a/").names.contains(name))
                #expect(try await second.probe.listing("/a/").names.contains(name))
                _ = try await (one, two)
                #expect(try await first.probe.listing("/a/").names.contains(name))
                #expect(try await second.probe.listing("/a/").names.contains(name))
                #expect(try await writer.probe.send("PUT", "/a/cool-down.txt", body: "x").status < 300)
                try await origin.resetCounters()
            }
        }
    }
}
