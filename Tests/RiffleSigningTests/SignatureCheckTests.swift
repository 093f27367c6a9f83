import Testing

@testable import RiffleSigning

@Suite("Signatures are believed when they are right, and only then")
struct SignatureCheckTests {
    private static let now = SignedByBotocore.time

    @Test("what botocore signs is believed", arguments: SignedByBotocore.samples)
    func botocore(_ sample: SignedByBotocore.Sample) {
        let claimed = TextRequest(sample.lines).checked(now: Self.now + 60)
        #expect(claimed.refusal == nil)
        #expect(claimed.accessKey == Example.accessKey)
    }

    @Test("another secret, method, path, query or signed field is not", arguments: SignedByBotocore.samples)
    func tampered(_ sample: SignedByBotocore.Sample) {
        let sent = TextRequest(sample.lines)
        #expect(sent.checked(secret: "another", now: Self.now).refusal == .signatureDoesNotMatch)
        var method = sent
        method.line = "DELETE " + sent.line.drop { $0 != "/" }
        #expect(method.checked(now: Self.now).refusal == .signatureDoesNotMatch)
        var path = sent
        path.line = sent.line.split(separator: " ")[0] + " /x" + sent.line.drop { $0 != "/" }
        #expect(path.checked(now: Self.now).refusal == .signatureDoesNotMatch)
        var query = sent
        query.line += sent.line.contains("?") ? "&prefix=b" : "?acl"
        #expect(query.checked(now: Self.now).refusal == .signatureDoesNotMatch)
        var host = sent
        host.fields = sent.fields.map { $0.name == "Host" ? ("Host", "elsewhere") : $0 }
        #expect(host.checked(now: Self.now).refusal == .signatureDoesNotMatch)
    }

    @Test("an x-amz field that the signature does not cover is refused", arguments: SignedByBotocore.samples)
    func addedField(_ sample: SignedByBotocore.Sample) {
        var request = TextRequest(sample.lines)
        request.fields.append(("X-Amz-Acl", "public-read"))
        guard case .accessDenied = request.checked(now: Self.now).refusal else {
            Issue.record("\(String(describing: request.checked(now: Self.now).refusal))")
            return
        }
    }

    @Test("query and path mean the same in every spelling of their escapes")
    func spellings() {
        let sample = SignedByBotocore.samples[0].lines
        for line in [
            "GET /docs?delimiter=/&encoding-type=url&list-type=2&prefix=My+Docs/%c3%bcber/",
            "GET /d%6Fcs?encoding-type=url&&list-type=2&prefix=My%20Docs%2F%C3%BCber%2F&delimiter=%2F",
        ] {
            #expect(TextRequest([line] + sample.dropFirst()).checked(now: Self.now).refusal == nil, "\(line)")
        }
    }

    @Test(
        "a signature is good for fifteen minutes to either side",
        arguments: [(-901, false), (-900, true), (0, true), (900, true), (901, false)] as [(Int64, Bool)])
    func skew(_ age: Int64, isGood: Bool) {
        let refusal = TextRequest(SignedByBotocore.samples[1].lines).checked(now: Self.now + age).refusal
        #expect(refusal == (isGood ? nil : .requestTimeTooSkewed))
    }

    @Test("a pre-signed URL is good until it expires")
    func expiry() throws {
        let sample = try #require(SignedByBotocore.samples.last)
        #expect(TextRequest(sample.lines).checked(now: Self.now + 3_600).refusal == nil)
        #expect(TextRequest(sample.lines).checked(now: Self.now + 3_601).refusal == .expired)
        let longer = sample.lines[0].replacing("X-Amz-Expires=3600", with: "X-Amz-Expires=7200")
        #expect(longer != sample.lines[0])
        #expect(TextRequest([longer] + sample.lines.dropFirst()).checked(now: Self.now + 3_601).refusal != nil)
    }

    struct Refused: Sendable, CustomStringConvertible {
        let description: String
        let lines: [String]
        let refusal: SignatureRefusal
    }

    @Test(
        "what can't be a signature is refused with S3's code",
        arguments: [
            Refused(
                description: "version 2", lines: ["GET /docs", "Host: h", "Authorization: AWS AKIA:abc="],
                refusal: .unsupportedMechanism),
            Refused(
                description: "version 2 in the query", lines: ["GET /docs?AWSAccessKeyId=A&Signature=b", "Host: h"],
                refusal: .unsupportedMechanism),
            Refused(
                description: "asymmetric",
                lines: ["GET /docs", "Host: h", "Authorization: AWS4-ECDSA-P256-SHA256 Credential=a"],
                refusal: .unsupportedMechanism),
            Refused(
                description: "a pre-signed URL for eight days",
                lines: [
                    "GET /docs?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=A/20261125/r/s3/aws4_request"
                        + "&X-Amz-Date=20261125T180000Z&X-Amz-Expires=691200&X-Amz-SignedHeaders=host&X-Amz-Signature=a",
                    "Host: h",
                ], refusal: .malformedQuery("X-Amz-Expires must be a number of seconds up to 604800.")),
            Refused(
                description: "a broken escape", lines: ["GET /docs?prefix=%2", "Host: h"], refusal: .invalidURI),
        ])
    func refused(_ sample: Refused) {
        #expect(TextRequest(sample.lines).checked(now: Self.now).refusal == sample.refusal)
    }

    @Test("a request without any signature is anonymous")
    func anonymous() {
        #expect(TextRequest(["GET /docs?list-type=2", "Host: h"]).checked(now: Self.now) == .anonymous)
    }

    @Test("a request signed for the origin is believed by the check", arguments: SignedByBotocore.samples)
    func signing(_ sample: SignedByBotocore.Sample) throws {
        var request = TextRequest(sample.lines)
        guard !request.line.contains("X-Amz-Signature") else { return }
        request.fields.removeAll { $0.name == "Authorization" }
        let scope = SigningScope(
            date: Array("20261125".utf8), region: Array("eu-west-1".utf8), service: Array("s3".utf8))
        let key = SigningKey(secret: Array(Example.secret.utf8), scope: scope)
        let signed = request.wired {
            RequestSigner.sign(
                $0, accessKey: Array(Example.accessKey.utf8), key: key, at: RequestTime(seconds: Self.now))
        }
        request.fields.append(("Authorization", String(decoding: try #require(signed).authorization, as: UTF8.self)))
        #expect(request.checked(now: Self.now).accessKey == Example.accessKey)
    }

    @Test(
        "times of signatures are read and written alike",
        arguments: [("20130524T000000Z", 1_369_353_600), ("20240229T235959Z", 1_709_251_199)] as [(String, Int64)])
    func times(_ text: String, seconds: Int64) {
        #expect(RequestTime(text.utf8)?.seconds == seconds)
        #expect(RequestTime(seconds: seconds).text == Array(text.utf8))
    }
}
