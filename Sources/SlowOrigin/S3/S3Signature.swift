import Glibc
import HTTPTypes
import Hummingbird

/// The signature of a request that was found right: what its chunks hang on.
struct S3SignedRequest: Sendable {
    let principal: Principal
    let key: [UInt8]
    let time: String
    let scope: String
    let signature: String
}

/// Checks AWS signatures of version 4 against the users: their names are access keys, their passwords secret keys.
struct S3Authenticator: Sendable {
    static let skew = 900
    static let longestExpiry = 604_800

    let users: UserFile?

    /// Nil: the request is unsigned and may be; throws when the signature is wrong or one is needed.
    func check(_ request: S3Request, now: Int = Int(time(nil))) throws(S3Error) -> S3SignedRequest? {
        guard let users else { return nil }
        if request.has("X-Amz-Signature") { return try checkQuery(request, users, now) }
        guard let field = request.header("authorization") else {
            guard users.anonymous != nil else { throw S3Error.denied }
            return nil
        }
        guard field.hasPrefix("AWS4-HMAC-SHA256 ") else {
            throw S3Error(.badRequest, "InvalidRequest", "use AWS4-HMAC-SHA256")
        }
        var parts: [String: String] = [:]
        for part in field.dropFirst("AWS4-HMAC-SHA256 ".count).split(separator: ",") {
            let sides = part.drop { $0 == " " }.split(separator: "=", maxSplits: 1)
            if sides.count == 2 { parts[String(sides[0])] = String(sides[1]) }
        }
        guard let credential = parts["Credential"], let names = parts["SignedHeaders"],
            let signature = parts["Signature"], let time = request.header("x-amz-date"),
            let seconds = Self.seconds(time)
        else { throw S3Error(.badRequest, "AuthorizationHeaderMalformed", "a part of the signature is missing") }
        guard let payload = request.header("x-amz-content-sha256") else {
            throw S3Error(.badRequest, "InvalidRequest", "x-amz-content-sha256 is missing")
        }
        let signed = try check(request, users, credential, names, signature, time, payload)
        guard abs(now - seconds) <= Self.skew else {
            throw S3Error(.forbidden, "RequestTimeTooSkewed", "the clocks differ too much")
        }
        return signed
    }

    private func checkQuery(_ request: S3Request, _ users: UserFile, _ now: Int) throws(S3Error) -> S3SignedRequest {
        guard request["X-Amz-Algorithm"] == "AWS4-HMAC-SHA256", let credential = request["X-Amz-Credential"],
            let names = request["X-Amz-SignedHeaders"], let signature = request["X-Amz-Signature"],
            let time = request["X-Amz-Date"], let seconds = Self.seconds(time),
            let expiry = request["X-Amz-Expires"].flatMap({ Int($0) }), (0...Self.longestExpiry).contains(expiry)
        else { throw S3Error(.badRequest, "AuthorizationQueryParametersError", "a parameter is missing or wrong") }
        let payload = request.header("x-amz-content-sha256") ?? "UNSIGNED-PAYLOAD"
        let signed = try check(request, users, credential, names, signature, time, payload)
        guard now <= seconds + expiry, seconds <= now + Self.skew else {
            throw S3Error(.forbidden, "AccessDenied", "the request has expired")
        }
        return signed
    }

    private func check(
        _ request: S3Request, _ users: UserFile, _ credential: String, _ names: String, _ signature: String,
        _ time: String, _ payload: String
    ) throws(S3Error) -> S3SignedRequest {
        let parts = credential.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 5, parts[3] == "s3", parts[4] == "aws4_request", time.hasPrefix(parts[1]) else {
            throw S3Error(.badRequest, "AuthorizationHeaderMalformed", "the credential is malformed")
        }
        guard let secrets = users.secrets[parts[0]] else {
            throw S3Error(.forbidden, "InvalidAccessKeyId", "the access key is not known")
        }
        let signedNames = names.split(separator: ";").map(String.init)
        for field in request.request.headers where field.name.canonicalName.hasPrefix("x-amz-") {
            guard signedNames.contains(field.name.canonicalName) else {
                throw S3Error(.forbidden, "AccessDenied", "\(field.name.canonicalName) is not signed")
            }
        }
        let scope = parts[1...].joined(separator: "/")
        let text = "AWS4-HMAC-SHA256\n\(time)\n\(scope)\n" + canonicalHash(request, signedNames, names, payload)
        for (secret, principal) in secrets {
            var key = Array("AWS4\(secret)".utf8)
            for part in parts[1...] { key = S3Hash.hmac(key, part) }
            if S3Hash.hex(S3Hash.hmac(key, text)) == signature {
                return S3SignedRequest(
                    principal: principal, key: key, time: time, scope: scope, signature: signature)
            }
        }
        throw S3Error(.forbidden, "SignatureDoesNotMatch", "the signature is not right")
    }

    private func canonicalHash(
        _ request: S3Request, _ signedNames: [String], _ names: String, _ payload: String
    ) -> String {
        let path = S3Request.decode(request.rawPath, plusIsSpace: false).map { S3Request.encode($0, slash: true) } ?? ""
        let query = request.parameters.filter { $0.name != "X-Amz-Signature" }
            .map { (S3Request.encode($0.name), S3Request.encode($0.value)) }
            .sorted { $0 < $1 }.map { "\($0)=\($1)" }.joined(separator: "&")
        let fields = signedNames.map { name -> String in
            if name == "host" { return "host:\(request.request.head.authority ?? "")\n" }
            let values = HTTPField.Name(name).map { request.request.headers[values: $0] } ?? []
            let spelled = values.map { $0.split { $0 == " " || $0 == "\t" }.joined(separator: " ") }
            return "\(name):\(spelled.joined(separator: ","))\n"
        }
        let canonical = [request.method, path, query, fields.joined(), names, payload].joined(separator: "\n")
        return S3Hash.sha256(Array(canonical.utf8))
    }

    /// Of `20261125T180000Z`.
    private static func seconds(_ text: String) -> Int? {
        let digits = Array(text.utf8)
        guard digits.count == 16, digits[8] == UInt8(ascii: "T"), digits[15] == UInt8(ascii: "Z") else { return nil }
        func number(_ range: Range<Int>) -> Int32? { Int32(String(decoding: digits[range], as: UTF8.self)) }
        guard let year = number(0..<4), let month = number(4..<6), let day = number(6..<8), let hour = number(9..<11),
            let minute = number(11..<13), let second = number(13..<15)
        else { return nil }
        var parts = tm()
        (parts.tm_year, parts.tm_mon, parts.tm_mday) = (year - 1_900, month - 1, day)
        (parts.tm_hour, parts.tm_min, parts.tm_sec) = (hour, minute, second)
        return timegm(&parts)
    }
}
