import Foundation

/// Programs in Python that speak S3 with boto3, and moto, a server of it.
enum Boto {
    /// What every program begins with: clients, and listings in a form that compares.
    private static let prelude = """
        import boto3, json, os, random, sys, urllib.request
        from botocore.config import Config
        from botocore.exceptions import ClientError

        def client(url, key="alice", secret="alice-secret", **more):
            config = Config(s3={"addressing_style": "path"}, retries={"max_attempts": 1}, signature_version="s3v4", **more)
            return boto3.client("s3", endpoint_url=url, aws_access_key_id=key, aws_secret_access_key=secret,
                                region_name="us-east-1", config=config)

        def outcome(answer):
            return answer["ResponseMetadata"]["HTTPHeaders"].get("cache-status", "")

        def hit(answer):
            return "; hit" in outcome(answer)

        def names(answer):
            return ([entry["Key"] + ":" + str(entry["Size"]) + ":" + entry["ETag"] for entry in answer.get("Contents", [])],
                    [entry["Prefix"] for entry in answer.get("CommonPrefixes", [])], answer["IsTruncated"])

        def v2(s3, prefix="", delimiter="/", **more):
            return s3.list_objects_v2(Bucket="docs", Prefix=prefix, Delimiter=delimiter, **more)

        def v1(s3, prefix="", delimiter="/", **more):
            return s3.list_objects(Bucket="docs", Prefix=prefix, Delimiter=delimiter, **more)

        def refusal(call):
            try:
                call()
                return "none"
            except ClientError as error:
                return error.response["Error"]["Code"]

        def check(holds, *what):
            if not holds:
                print("not so:", *what)
                sys.exit(1)

        """

    /// Runs a program; its arguments are in `sys.argv[1:]`.
    static func run(_ program: String, _ arguments: [String]) async throws -> Command {
        try await Command.run(
            Programs.python("python"), ["-c", prelude + program] + arguments,
            environment: ["AWS_EC2_METADATA_DISABLED": "true", "AWS_CONFIG_FILE": "/dev/null"], within: .seconds(240))
    }
}

/// A server of S3 for riffle to stand in front of.
enum S3Origin: String, CaseIterable, Sendable {
    case moto, slowOrigin

    static let users = """
        user alice password=alice-secret
        allow /
        user bob password=bob-secret
        allow /
        deny /docs/private
        """
}

extension Stage {
    func s3(_ origin: S3Origin) async throws -> Probe {
        switch origin {
        case .slowOrigin:
            return try await slowOrigin(.empty, dialect: "s3", users: S3Origin.users).probe
        case .moto:
            let port = try freePort()
            let process = try start("moto", Programs.python("moto_server"), ["-H", "127.0.0.1", "-p", "\(port)"])
            let probe = Probe(base: "http://127.0.0.1:\(port)")
            try await eventually("moto answers", within: .seconds(60)) {
                guard process.isRunning else { throw TimedOut(description: process.transcript) }
                return try await probe.send("GET", "/moto-api/").status == 200
            }
            return probe
        }
    }

    /// A riffle that checks signatures and signs for the origin.
    ///
    /// - Parameter withGuest: whether there is a key that may reach a part only.
    func terminatingRiffle(
        before origin: String, redis: String = "none", withGuest: Bool = true, prefetch: Bool = false,
        set settings: [String: String] = [:]
    ) async throws -> Riffle {
        let guest = "guest: {secret: guest-secret, origin: {accessKey: alice, secret: alice-secret}, allow: [docs/a/]}"
        let keys = try folder.write(
            """
            alice: {secret: alice-secret}
            bob: {secret: bob-secret}
            \(withGuest ? guest : "")
            """, to: "keys.yaml")
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: keys)
        return try await riffle(
            before: origin, redis: redis, dialect: "s3", prefetch: prefetch,
            set: ["s3.mode": "terminate", "s3.credentials": keys].merging(settings) { $1 })
    }
}
