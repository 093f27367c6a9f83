import Testing

@testable import RiffleProxy

/// A batch of reads in front of an origin whose every answer the test gives.
@Suite struct BatchStoryTests {
    private static let folder = "/v1.0/me/drive/root:/a:/children"
    private static let root = "/v1.0/me/drive/root/children"
    private static let batch = "/v1.0/$batch"
    private static let user = ("Authorization", "Bearer one")

    private static func listing(_ name: String) -> OriginAnswer {
        OriginAnswer(
            fields: [
                ("Content-Type", "application/json;odata.metadata=minimal"), ("Cache-Control", "max-age=3600"),
                ("OData-Version", "4.0"), ("Server", "hidden"),
            ], body: #"{"value":[{"id":"1","name":"\#(name)","file":{}}]}"#)
    }

    private static func part(_ id: String, _ url: String, method: String = "GET", more: String = "") -> String {
        #"{"id":"\#(id)","method":"\#(method)","url":"\#(url)"\#(more)}"#
    }

    private static func with(_ body: (CacheStage) async throws -> Void) async throws {
        try await CacheStage.with {
            $0.origin.dialect = .graph
            $0.cache.scope = .listings
        } _: { stage in
            stage.origin.script(folder, [listing("in a")])
            stage.origin.script(root, [listing("a \u{FC}")])
            stage.origin.script(batch, [OriginAnswer(fields: [("Content-Type", "application/json")], body: "origin's")])
            for target in [folder, root] { _ = try await stage.send("GET", target, [user]) }
            try await body(stage)
        }
    }

    private static func send(
        _ parts: [String], to stage: CacheStage, as user: (String, String) = user, _ fields: [(String, String)] = []
    ) async throws -> WireMessage {
        try await stage.send(
            "POST", batch, [user, ("Content-Type", "application/json")] + fields,
            body: #"{"requests":["# + parts.joined(separator: ",") + "]}")
    }

    @Test("of which each is a hit is answered without the origin")
    func hits() async throws {
        try await Self.with { stage in
            let answer = try await Self.send(
                [
                    Self.part("x\\\"1", "/me/drive/root:/a:/children"),
                    Self.part("2", "me/drive/root/children", more: #","headers":{"client-request-id":"7"}"#),
                ], to: stage)
            let headers =
                #"{"Content-Type":"application/json;odata.metadata=minimal","Cache-Control":"max-age=3600","OData-Version":"4.0"}"#
            #expect(
                answer.body == #"{"responses":[{"id":"x\"1","status":200,"headers":\#(headers),"body":"#
                    + #"{"value":[{"id":"1","name":"in a","file":{}}]}},{"id":"2","status":200,"headers":\#(headers),"#
                    + "\"body\":{\"value\":[{\"id\":\"1\",\"name\":\"a \u{FC}\",\"file\":{}}]}}]}")
            #expect(answer["content-type"] == "application/json")
            #expect(answer["cache-status"]?.hasPrefix("riffle; hit; ttl=") == true)
            #expect(stage.origin.requests.count == 2)
        }
    }

    @Test(
        "goes to the origin as it came when one of them is no hit, or not for him",
        arguments: [
            [part("2", "/me/drive/root:/b:/children")],
            [part("2", "/me/drive/root/children?$top=5")],
            [part("2", "/me/drive/root/children", method: "DELETE")],
            [part("2", "/me/drive/root/children", more: #","dependsOn":["1"]"#)],
            [part("2", "/me/drive/root/children", more: #","body":{}"#)],
            [part("2", "/me/drive/root/children", more: #","headers":{"Authorization":"Bearer two"}"#)],
            [part("2", "/me/drive/root/children", more: #","headers":{"Cache-Control":"no-cache"}"#)],
            [part("2", "/me/drive/root/children", more: #","headers":{"Prefer":"a\r\nAuthorization: Bearer two"}"#)],
            [part("2", "/me/drive/root/children", more: #","headers":{"X-Unknown":"1"}"#)],
            [part("2", "/me/drive/root/children HTTP/1.1\\r\\nX-A: b\\r\\n\\r\\nGET /")],
            [part("2", "https://graph.test/v1.0/me/drive/root/children")],
            [part("1", "/me/drive/root/children")],
            (2...21).map { part("\($0)", "/me/drive/root/children") },
        ])
    func misses(parts: [String]) async throws {
        try await Self.with { stage in
            let answer = try await Self.send([Self.part("1", "/me/drive/root:/a:/children")] + parts, to: stage)
            #expect(answer.body == "origin's")
            #expect(stage.origin.requests.count == 3)
            #expect(stage.origin.requests.last?.target == Self.batch)
        }
    }

    @Test("is answered for the one alone who sent the listings' credential, and as he asks")
    func identity() async throws {
        try await Self.with { stage in
            let parts = [Self.part("1", "/me/drive/root/children")]
            var answers = [try await Self.send(parts, to: stage, as: ("Authorization", "Bearer two"))]
            answers.append(try await Self.send(parts, to: stage, [("Cache-Control", "no-cache")]))
            answers.append(try await Self.send(parts, to: stage, [("Host", "other.test")]))
            answers.append(try await Self.send([], to: stage))
            for answer in answers { #expect(answer.body == "origin's") }
            #expect(try await Self.send(parts, to: stage).body.hasPrefix("{\"responses\":"))
        }
    }

    @Test("sees what a write has voided")
    func voided() async throws {
        try await Self.with { stage in
            let parts = [Self.part("1", "/me/drive/root/children")]
            #expect(try await Self.send(parts, to: stage).body.hasPrefix("{\"responses\":"))
            stage.origin.script("/v1.0/me/drive/root:/new.txt:/content", [OriginAnswer(status: 200, body: "{}")])
            _ = try await stage.send("PUT", "/v1.0/me/drive/root:/new.txt:/content", [Self.user], body: "text")
            #expect(try await Self.send(parts, to: stage).body == "origin's")
        }
    }
}
