import Testing

@Suite("A write to S3 through riffle", .serialized, .showingServers, .timeLimit(.minutes(8)))
struct S3WriteTests {
    /// Every kind of write, each followed at once by listings through two riffles, compared with the origin's own.
    private static let program = """
        direct, one, two, plain = (client(url) for url in sys.argv[1:5])
        isMoto = sys.argv[5] == "moto"
        one.create_bucket(Bucket="docs")

        def looks(s3):
            for prefix in ["", "a/", "a/b/", "new/", "new/deep/", "a/x"]:
                yield v2(s3, prefix)
                yield v1(s3, prefix)
            yield v2(s3, "", "")
            yield v2(s3, "a/", "")
            yield v2(s3, "", "|")

        def multipart(s3, key):
            upload = s3.create_multipart_upload(Bucket="docs", Key=key)["UploadId"]
            part = s3.upload_part(Bucket="docs", Key=key, UploadId=upload, PartNumber=1, Body=b"part")["ETag"]
            s3.complete_multipart_upload(Bucket="docs", Key=key, UploadId=upload,
                                         MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part}]})

        def presigned(s3, key):
            url = s3.generate_presigned_url("put_object", Params={"Bucket": "docs", "Key": key}, ExpiresIn=60)
            urllib.request.urlopen(urllib.request.Request(url, data=b"presigned", method="PUT"))

        def form(s3, key):
            post = s3.generate_presigned_post("docs", key)
            parts = [f'--edge\\r\\nContent-Disposition: form-data; name="{name}"\\r\\n\\r\\n{value}\\r\\n'
                     for name, value in post["fields"].items()]
            parts.append('--edge\\r\\nContent-Disposition: form-data; name="file"; filename="f"\\r\\n\\r\\nform\\r\\n--edge--\\r\\n')
            request = urllib.request.Request(post["url"], data="".join(parts).encode(), method="POST")
            request.add_header("Content-Type", "multipart/form-data; boundary=edge")
            urllib.request.urlopen(request)

        changes = {
            "put": lambda s3: s3.put_object(Bucket="docs", Key="a/new.txt", Body=b"new"),
            "overwrite": lambda s3: s3.put_object(Bucket="docs", Key="a/x.txt", Body=b"longer than it was"),
            "put with an encoded name": lambda s3: s3.put_object(Bucket="docs", Key="a/caf\\u00e9 + & %25.txt", Body=b"x"),
            "put that makes folders": lambda s3: s3.put_object(Bucket="docs", Key="new/deep/x", Body=b"x"),
            "marker of a folder": lambda s3: s3.put_object(Bucket="docs", Key="a/b/c/", Body=b""),
            "delete": lambda s3: s3.delete_object(Bucket="docs", Key="a/x.txt"),
            "delete of the last key of a folder": lambda s3: s3.delete_object(Bucket="docs", Key="a/b/y.txt"),
            "delete of many": lambda s3: s3.delete_objects(
                Bucket="docs", Delete={"Objects": [{"Key": "a/x.txt"}, {"Key": "a/b/y.txt"}]}),
            "copy": lambda s3: s3.copy_object(Bucket="docs", Key="new/copy", CopySource={"Bucket": "docs", "Key": "top.txt"}),
            "upload in parts": lambda s3: multipart(s3, "new/deep/big"),
            "pre-signed put": lambda s3: presigned(s3, "a/presigned"),
        }
        if isMoto:
            changes["form"] = lambda s3: form(s3, "a/form")
            changes["policy"] = lambda s3: s3.put_bucket_policy(Bucket="docs", Policy=json.dumps({
                "Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject",
                                                        "Resource": "arn:aws:s3:::docs/*"}]}))

        for writer, name in [(one, "terminating"), (plain, "transparent")]:
            for kind, change in changes.items():
                for entry in list(v2(direct, "", "").get("Contents", [])):
                    one.delete_object(Bucket="docs", Key=entry["Key"])
                for key in ["top.txt", "a/x.txt", "a/b/y.txt"]:
                    one.put_object(Bucket="docs", Key=key, Body=b"x")
                for s3 in [one, two]:
                    list(looks(s3))
                    warm = [hit(answer) for answer in looks(s3)]
                    check(warm.count(True) > len(warm) // 2, kind, "nothing was cached", warm)
                change(writer)
                if kind == "policy":
                    check(not any(hit(answer) for answer in looks(two)), name, "a listing outlived a change of policy")
                expected = [names(answer) for answer in looks(direct)]
                for s3 in [two, one]:
                    seen = [names(answer) for answer in looks(s3)]
                    check(seen == expected, name, kind, seen, expected)
        check(not any(hit(answer) for answer in looks(plain)), "the transparent riffle served from its cache")
        print("good")
        """

    @Test("is seen by the next listing through every riffle", arguments: S3Origin.allCases)
    func everyKind(_ origin: S3Origin) async throws {
        try await onStage { stage in
            let server = try await stage.s3(origin)
            let redis = try await stage.redis()
            let one = try await stage.terminatingRiffle(before: server.base, redis: redis.url, withGuest: false)
            let two = try await stage.terminatingRiffle(before: server.base, redis: redis.url, withGuest: false)
            let plain = try await stage.riffle(before: server.base, redis: redis.url, dialect: "s3")
            let result = try await Boto.run(
                Self.program, [server.base, one.url, two.url, plain.url, origin.rawValue])
            #expect(result.output == "good\n", "\(result.output) \(result.errors)")
        }
    }

    private static let history = """
        direct, one, two = (client(url) for url in sys.argv[1:4])
        random.seed(int(sys.argv[4]))
        one.create_bucket(Bucket="docs")
        keys = [folder + name for folder in ["", "a/", "b/", "a/x/", "a/y/", "a b/"] for name in ["one", "two", "caf\\u00e9 +"]]
        hits = 0
        for step in range(int(sys.argv[5])):
            writer = random.choice([one, two])
            key = random.choice(keys)
            match random.randrange(8):
                case 0 | 1:
                    writer.put_object(Bucket="docs", Key=key, Body=b"x" * random.randrange(20))
                case 2:
                    writer.delete_object(Bucket="docs", Key=key)
                case 3 if random.random() < 0.3:
                    chosen = [{"Key": key} for key in random.sample(keys, 3)]
                    writer.delete_objects(Bucket="docs", Delete={"Objects": chosen})
                case 4 if random.random() < 0.5:
                    refusal(lambda: writer.copy_object(
                        Bucket="docs", Key=key, CopySource={"Bucket": "docs", "Key": random.choice(keys)}))
            prefix = random.choice(["", "a/", "a/x/", "a/y", "b/", "a b/", "no/"])
            delimiter = random.choice(["/", "/", "/", ""])
            size = random.choice([1000, 1000, 2])
            look = random.choice([v1, v2])
            reader = random.choice([one, two])
            seen, expected = (look(s3, prefix, delimiter, MaxKeys=size) for s3 in (reader, direct))
            check(names(seen) == names(expected), "step", step, prefix, delimiter, size, names(seen), names(expected))
            hits += hit(seen)
            pages = [names(page)[:2] for page in reader.get_paginator("list_objects_v2").paginate(
                Bucket="docs", Prefix=prefix, Delimiter=delimiter, PaginationConfig={"PageSize": 3})] if step % 5 == 0 else []
            whole = names(v2(direct, prefix, delimiter))
            if pages:
                together = sum((page[0] for page in pages), []), sum((page[1] for page in pages), [])
                check(together == whole[:2], "pages at step", step, prefix, delimiter, pages, whole)
        check(hits > 0, "nothing was cached")
        print("good")
        """

    @Test("in any order leaves listings as the origin has them")
    func randomHistory() async throws {
        let seed = UInt32.random(in: 0...UInt32.max)
        try await onStage { stage in
            let server = try await stage.s3(.slowOrigin)
            let redis = try await stage.redis()
            let one = try await stage.terminatingRiffle(before: server.base, redis: redis.url, withGuest: false)
            let two = try await stage.terminatingRiffle(before: server.base, redis: redis.url, withGuest: false)
            let result = try await Boto.run(Self.history, [server.base, one.url, two.url, "\(seed)", "250"])
            #expect(result.output == "good\n", "seed \(seed): \(result.output) \(result.errors)")
        }
    }
}
