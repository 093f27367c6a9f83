/// Reads the claim of a request out of its `Authorization` field or its pre-signed query.
enum ClaimReader {
    /// Longest life of a pre-signed URL: seven days.
    static let longestExpiry: Int64 = 604_800

    static func read(_ request: borrowing WireRequest, _ query: QueryPairs) -> Claimed {
        if query.has("X-Amz-Algorithm") || query.has("X-Amz-Signature") || query.has("X-Amz-Credential") {
            guard !request.has("authorization") else {
                return .refused(.malformedQuery("Sign in the query or in the Authorization field, not both."))
            }
            return presigned(request, query)
        }
        // Signature version 2 in the query.
        if query.has("AWSAccessKeyId") { return .refused(.unsupportedMechanism) }
        guard request.has("authorization") else { return .anonymous }
        guard let value = request.value("authorization") else {
            return .refused(.malformedAuthorization("There is more than one Authorization field."))
        }
        return header(Array(value), request)
    }

    private static func header(_ value: [UInt8], _ request: borrowing WireRequest) -> Claimed {
        guard value.starts(with: SignatureClaim.algorithm), value.count > SignatureClaim.algorithm.count,
            isBlank(value[SignatureClaim.algorithm.count])
        else { return .refused(.unsupportedMechanism) }
        var credential: [UInt8]?
        var signedFields: [UInt8]?
        var signature: [UInt8]?
        for part in value[SignatureClaim.algorithm.count...].split(separator: UInt8(ascii: ",")) {
            let trimmed = part.drop(while: isBlank)
            guard let equals = trimmed.firstIndex(of: UInt8(ascii: "=")) else { continue }
            let text = Array(trimmed[(equals + 1)...].reversed().drop(while: isBlank).reversed())
            switch String(decoding: trimmed[..<equals], as: UTF8.self) {
            case "Credential": credential = text
            case "SignedHeaders": signedFields = text
            case "Signature": signature = text
            default: continue
            }
        }
        guard let credential, let signedFields, let signature else {
            return .refused(
                .malformedAuthorization("The Authorization field needs Credential, SignedHeaders and Signature."))
        }
        guard let (accessKey, scope) = SignatureClaim.credential(credential) else {
            return .refused(.malformedAuthorization("The Credential is malformed."))
        }
        if request.has("x-amz-security-token") { return .refused(.invalidToken) }
        guard let date = request.value("x-amz-date"), let time = RequestTime(date) else {
            return .refused(.accessDenied("A signed request needs a valid x-amz-date."))
        }
        guard let text = request.value("x-amz-content-sha256"), let payload = PayloadForm(text) else {
            return .refused(.missingContentHash)
        }
        return .signed(
            SignatureClaim(
                accessKey: accessKey, scope: scope, time: time, signedFields: signedFields, signature: signature,
                payloadText: Array(text), payload: payload))
    }

    private static func presigned(_ request: borrowing WireRequest, _ query: QueryPairs) -> Claimed {
        guard query.value("X-Amz-Algorithm") == SignatureClaim.algorithm else {
            return .refused(.malformedQuery("X-Amz-Algorithm must be AWS4-HMAC-SHA256."))
        }
        guard let (accessKey, scope) = query.value("X-Amz-Credential").flatMap(SignatureClaim.credential) else {
            return .refused(.malformedQuery("X-Amz-Credential is missing or malformed."))
        }
        guard let time = query.value("X-Amz-Date").flatMap({ RequestTime($0) }) else {
            return .refused(.malformedQuery("X-Amz-Date is missing or malformed."))
        }
        let expiry = query.value("X-Amz-Expires").flatMap { Int64(String(decoding: $0, as: UTF8.self)) }
        guard let expiry, (0...longestExpiry).contains(expiry) else {
            return .refused(.malformedQuery("X-Amz-Expires must be a number of seconds up to 604800."))
        }
        guard let signedFields = query.value("X-Amz-SignedHeaders"), let signature = query.value("X-Amz-Signature")
        else { return .refused(.malformedQuery("X-Amz-SignedHeaders and X-Amz-Signature are needed.")) }
        if query.has("X-Amz-Security-Token") || request.has("x-amz-security-token") {
            return .refused(.invalidToken)
        }
        let text =
            request.value("x-amz-content-sha256").map { Array($0) } ?? query.value("X-Amz-Content-Sha256")
            ?? Array("UNSIGNED-PAYLOAD".utf8)
        guard let payload = PayloadForm(text) else { return .refused(.missingContentHash) }
        return .signed(
            SignatureClaim(
                accessKey: accessKey, scope: scope, time: time, signedFields: signedFields, signature: signature,
                payloadText: text, payload: payload, expiresAfter: expiry))
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
}
