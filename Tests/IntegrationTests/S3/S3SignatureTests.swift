import Testing

@Suite("Who asks riffle for a listing of S3", .serialized, .showingServers, .timeLimit(.minutes(5)))
struct S3SignatureTests {
    private func run(_ origin: S3Origin = .slowOrigin, _ program: String) async throws {
        try await onStage { stage in
            let server = try await stage.s3(origin)
            let riffle = try await stage.terminatingRiffle(before: server.base)
            let result = try await Boto.run(program, [server.base, riffle.url])
            #expect(result.output == "good\n", "\(result.output) \(result.errors)")
        }
    }

    @Test("gets its own listing only: no key sees what another was shown")
    func keys() async throws {
        try await run(
            .slowOrigin,
            """
            direct = client(sys.argv[1])
            alice, bob, guest = (client(sys.argv[2], key, key + "-secret") for key in ["alice", "bob", "guest"])
            alice.create_bucket(Bucket="docs")
            for key in ["a/x", "private/secret", "top"]:
                alice.put_object(Bucket="docs", Key=key, Body=b"x")
            for prefix in ["", "a/", "private/"]:
                v2(alice, prefix)
                check(hit(v2(alice, prefix)), "alice's listing is cached", prefix)
            check(not hit(v2(bob, "a/")), "bob was served what alice had fetched")
            check(hit(v2(bob, "a/")), "bob's own listing is cached")
            for _ in range(2):
                check(refusal(lambda: v2(bob, "private/")) == "AccessDenied", "bob saw what is private")
                check(refusal(lambda: v2(guest, "")) == "AccessDenied", "guest saw the whole bucket")
                check(refusal(lambda: v2(guest, "private/")) == "AccessDenied", "guest saw what is private")
                check(refusal(lambda: guest.get_object(Bucket="docs", Key="top")) == "AccessDenied", "guest read top")
                check(refusal(lambda: guest.copy_object(Bucket="docs", Key="a/stolen", CopySource={
                    "Bucket": "docs", "Key": "private/secret"})) == "AccessDenied", "guest copied what is private")
                check(refusal(lambda: guest.list_buckets()) == "AccessDenied", "guest saw the buckets")
            form = urllib.request.Request(sys.argv[2] + "/docs", data=b"--x--", method="POST",
                                          headers={"Content-Type": "multipart/form-data; boundary=x"})
            try:
                urllib.request.urlopen(form)
                check(False, "a form passed the limits")
            except urllib.error.HTTPError as error:
                check("AccessDenied" in error.read().decode(), "a form")
            check(not hit(v2(guest, "a/")), "guest was served what another had fetched")
            check(names(v2(guest, "a/")) == names(v2(direct, "a/")), "guest sees what it may")
            guest.put_object(Bucket="docs", Key="a/from guest", Body=b"x")
            check(names(v2(alice, "a/")) == names(v2(direct, "a/")), "guest's write reached alice's listing")
            print("good")
            """)
    }

    @Test("is refused in S3's words when the signature is wrong, whatever is cached")
    func refusals() async throws {
        try await run(
            .slowOrigin,
            """
            import datetime
            from unittest import mock
            import botocore.auth
            url = sys.argv[2]
            alice = client(url)
            alice.create_bucket(Bucket="docs")
            v2(alice)
            check(hit(v2(alice)), "the listing is cached")
            check(refusal(lambda: v2(client(url, "alice", "wrong"))) == "SignatureDoesNotMatch", "a wrong secret")
            check(refusal(lambda: v2(client(url, "nobody", "x"))) == "InvalidAccessKeyId", "an unknown key")
            for minutes, code in [(-20, "RequestTimeTooSkewed"), (20, "RequestTimeTooSkewed"), (-10, "none")]:
                then = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(minutes=minutes)
                with mock.patch("botocore.auth.get_current_datetime", lambda *a, **k: then.replace(tzinfo=None)):
                    check(refusal(lambda: v2(alice)) == code, "minutes", minutes)
            def fetch(address, method="GET"):
                try:
                    answer = urllib.request.urlopen(urllib.request.Request(address, method=method))
                    return str(answer.status), answer.headers.get("Cache-Status", "")
                except urllib.error.HTTPError as error:
                    return str(error.code), error.read().decode()
            link = alice.generate_presigned_url("list_objects_v2", Params={"Bucket": "docs"}, ExpiresIn=60)
            fetch(link)
            status, cache = fetch(link)
            check(status == "200" and "; hit" in cache, "a pre-signed listing", status, cache)
            check(fetch(link, "DELETE")[0] == "403", "another method")
            check("SignatureDoesNotMatch" in fetch(link + "&prefix=private")[1], "another prefix")
            past = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(minutes=2)
            with mock.patch("botocore.auth.get_current_datetime", lambda *a, **k: past.replace(tzinfo=None)):
                old = alice.generate_presigned_url("list_objects_v2", Params={"Bucket": "docs"}, ExpiresIn=60)
            check("Request has expired" in fetch(old)[1], "an expired link")
            check("AccessDenied" in fetch(url + "/docs?list-type=2")[1], "without a signature")
            print("good")
            """)
    }

    @Test("may upload in signed chunks: riffle checks each and signs it anew")
    func chunks() async throws {
        try await run(
            .slowOrigin,
            """
            import base64, datetime, hashlib, hmac, http.client, zlib
            from urllib.parse import urlsplit
            place = urlsplit(sys.argv[2])
            client(sys.argv[2]).create_bucket(Bucket="docs")
            def mac(key, text): return hmac.new(key, text.encode(), hashlib.sha256).digest()
            def digest(data): return hashlib.sha256(data).hexdigest()
            def upload(key, chunks, trailer=False, spoil=False):
                now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
                scope = f"{now[:8]}/us-east-1/s3/aws4_request"
                signing = b"AWS4guest-secret"
                for part in scope.split("/"):
                    signing = mac(signing, part)
                form = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD" + ("-TRAILER" if trailer else "")
                fields = {"host": place.netloc, "x-amz-content-sha256": form, "x-amz-date": now,
                          "x-amz-decoded-content-length": str(sum(map(len, chunks)))}
                signed = ";".join(sorted(fields))
                canonical = "\\n".join(["PUT", "/docs/" + key, ""] + [f"{n}:{fields[n]}" for n in sorted(fields)] + ["", signed, form])
                def sign(*lines): return mac(signing, "\\n".join(lines)).hex()
                last = sign("AWS4-HMAC-SHA256", now, scope, digest(canonical.encode()))
                fields["Authorization"] = f"AWS4-HMAC-SHA256 Credential=guest/{scope},SignedHeaders={signed},Signature={last}"
                body = b""
                for chunk in chunks + [b""]:
                    last = sign("AWS4-HMAC-SHA256-PAYLOAD", now, scope, last, digest(b""), digest(chunk))
                    if spoil and len(chunk) > 10: chunk = b"?" + chunk[1:]
                    body += f"{len(chunk):x};chunk-signature={last}\\r\\n".encode() + (chunk + b"\\r\\n" if chunk else b"")
                if trailer:
                    sum_ = base64.b64encode(zlib.crc32(b"".join(chunks)).to_bytes(4, "big")).decode()
                    line = "x-amz-checksum-crc32:" + sum_
                    last = sign("AWS4-HMAC-SHA256-TRAILER", now, scope, last, digest((line + "\\n").encode()))
                    body += f"{line}\\r\\nx-amz-trailer-signature:{last}\\r\\n".encode()
                connection = http.client.HTTPConnection(place.netloc)
                connection.request("PUT", "/docs/" + key, body + b"\\r\\n", fields)
                return connection.getresponse().status
            data = [os.urandom(65536), os.urandom(65536), b"the end of it"]
            direct = client(sys.argv[1])
            for key, trailer in [("a/plain", False), ("a/trailer", True)]:
                check(upload(key, data, trailer) == 200, key)
                check(direct.get_object(Bucket="docs", Key=key)["Body"].read() == b"".join(data), key, "differs")
            check(upload("a/spoilt", data, spoil=True) >= 400, "a spoilt chunk")
            check(refusal(lambda: direct.head_object(Bucket="docs", Key="a/spoilt")) == "404", "a spoilt upload is there")
            print("good")
            """)
    }
}
