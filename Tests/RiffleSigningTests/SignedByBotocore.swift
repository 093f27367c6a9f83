/// Requests as botocore signs them for the access key of AWS's documentation, at 2026-11-25 18:00:00 UTC: request line
/// and fields, a line each.
enum SignedByBotocore {
    struct Sample: Sendable, CustomStringConvertible {
        let description: String
        let lines: [String]
    }

    static let time: Int64 = 1795629600

    static let samples: [Sample] = [
        Sample(
            description: "a V2 listing of a prefix with blanks and umlauts",
            lines: [
                "GET /docs?list-type=2&prefix=My%20Docs%2F%C3%BCber%2F&delimiter=%2F&encoding-type=url",
                "X-Amz-Date: 20261125T180000Z",
                "X-Amz-Content-SHA256: e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
                "Authorization: AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20261125/eu-west-1/s3/aws4"
                    + "_request, SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature=0c92cdc5b4e1f5b353"
                    + "e1ad76ab4fd8f00b6e1d712f5607ff26c6d698e6845020",
                "Host: 127.0.0.1:9000",
            ]),
        Sample(
            description: "a V1 listing",
            lines: [
                "GET /docs?delimiter=%2F&max-keys=1000&prefix=",
                "X-Amz-Date: 20261125T180000Z",
                "X-Amz-Content-SHA256: e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
                "Authorization: AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20261125/eu-west-1/s3/aws4"
                    + "_request, SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature=6cebc7f90747178667"
                    + "3890bb43c8df5636d3d0fdd9c59fdc81f7a67bc04f37b6",
                "Host: files.example.com",
            ]),
        Sample(
            description: "an upload with a body",
            lines: [
                "PUT /docs/a%20b/c%2Bd~e.txt",
                "Content-Type: text/plain",
                "x-amz-meta-note: two   blanks",
                "X-Amz-Date: 20261125T180000Z",
                "X-Amz-Content-SHA256: 2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824",
                "Authorization: AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20261125/eu-west-1/s3/aws4"
                    + "_request, SignedHeaders=content-type;host;x-amz-content-sha256;x-amz-date;x-amz-meta-note,"
                    + " Signature=90613876b8329aea14b14168bf9c300bd997d196a25955dc486aa0fb2c9a35ea",
                "Host: 127.0.0.1:9000",
            ]),
        Sample(
            description: "a subresource without value",
            lines: [
                "POST /docs?delete",
                "Content-MD5: 1B2M2Y8AsgTpgAmY7PhCfg==",
                "X-Amz-Date: 20261125T180000Z",
                "X-Amz-Content-SHA256: e2000f6b1fc1db795626ddaf9c13324157e9f56cb7820b40d7c3253a08ee5b91",
                "Authorization: AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20261125/eu-west-1/s3/aws4"
                    + "_request, SignedHeaders=content-md5;host;x-amz-content-sha256;x-amz-date, Signature=8ab1f5"
                    + "f7c76d9acee06b125c978fb0ffde84c6154ac72710b2917f260b4007f1",
                "Host: 127.0.0.1:9000",
            ]),
        Sample(
            description: "a copy",
            lines: [
                "PUT /docs/new",
                "x-amz-copy-source: docs/old%20name",
                "X-Amz-Date: 20261125T180000Z",
                "X-Amz-Content-SHA256: e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
                "Authorization: AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20261125/eu-west-1/s3/aws4"
                    + "_request, SignedHeaders=host;x-amz-content-sha256;x-amz-copy-source;x-amz-date, Signature="
                    + "2819f8afb40b679868f8025994c38b05d58c2e3b6f390c57b515332b639307b6",
                "Host: 127.0.0.1:9000",
            ]),
        Sample(
            description: "a key with an empty segment and dots",
            lines: [
                "GET /docs//a/../b/.",
                "X-Amz-Date: 20261125T180000Z",
                "X-Amz-Content-SHA256: e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
                "Authorization: AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20261125/eu-west-1/s3/aws4"
                    + "_request, SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature=a0ddf7124fb7416670"
                    + "e667c0c7bede93e5412dd59501280af809d6487ecfb126",
                "Host: 127.0.0.1:9000",
            ]),
        Sample(
            description: "a virtual host",
            lines: [
                "GET /?list-type=2&prefix=a",
                "X-Amz-Date: 20261125T180000Z",
                "X-Amz-Content-SHA256: e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
                "Authorization: AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20261125/eu-west-1/s3/aws4"
                    + "_request, SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature=12d10f089bb0b48879"
                    + "1010cd762c202aa66538963b8e7c8ecc601d946ae73e43",
                "Host: docs.files.example.com",
            ]),
        Sample(
            description: "a pre-signed listing",
            lines: [
                "GET /docs?list-type=2&prefix=a%2F&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIO"
                    + "SFODNN7EXAMPLE%2F20261125%2Feu-west-1%2Fs3%2Faws4_request&X-Amz-Date=20261125T180000Z&X-Am"
                    + "z-Expires=3600&X-Amz-SignedHeaders=host&X-Amz-Signature=0186d8e8f962ddc24d821c27f583d95a58"
                    + "9c94653d16aa385aa62014ea7a7b35",
                "Host: 127.0.0.1:9000",
            ]),
    ]
}
