import Testing

@Suite("Prefetch of S3 folders", .serialized, .showingServers, .timeLimit(.minutes(3)))
struct S3PrefetchTests {
    @Test("signs for the visitor, so that the next folder is there before it is opened")
    func nextFolder() async throws {
        try await onStage { stage in
            let server = try await stage.s3(.slowOrigin)
            let riffle = try await stage.terminatingRiffle(
                before: server.base, prefetch: true, set: ["cache.defaultTTL": "1500ms"])
            let program = """
                import time
                direct, s3 = (client(url) for url in sys.argv[1:3])
                s3.create_bucket(Bucket="docs")
                folders = [f"folder {number}/" for number in range(6)]
                for folder in folders:
                    s3.put_object(Bucket="docs", Key=folder + "x & y", Body=b"x")
                end = time.monotonic() + 90
                while time.monotonic() < end:
                    for folder in ["", *folders]:
                        answer = v2(s3, folder)
                        check(names(answer) == names(v2(direct, folder)), folder)
                        if "prefetch" in outcome(answer):
                            print("good")
                            sys.exit(0)
                        time.sleep(0.05)
                    time.sleep(1.5)
                print("no folder was there before it was opened")
                """
            let result = try await Boto.run(program, [server.base, riffle.url])
            #expect(result.output == "good\n", "\(result.output) \(result.errors)")
        }
    }
}
