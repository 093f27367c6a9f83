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
        return header(value, request)
    }

    private static func header(_ value: UnsafeRawBufferPointer, _ request: borrowing WireRequest) -> Claimed {
        let algorithm = SignatureClaim.algorithm
        guard value.count > algorithm.count, value.starts(with: algorithm), isBlank(value[algorithm.count]) else {
            return .refused(.unsupportedMechanism)
        }
        var credential: [UInt8]?
        var signedFields: [UInt8]?
        var signature: [UInt8]?
        var start = algorithm.count
        while start < value.count {
            var end = start
            while end < value.count, value[end] != UInt8(ascii: ",") { end &+= 1 }
            let part = trimmed(value, start, end)
            if let text = Self.value(of: part, "Credential=") { credential = text }
            if let text = Self.value(of: part, "SignedHeaders=") { signedFields = text }
            if let text = Self.value(of: part, "Signature=") { signature = text }
            start = end + 1
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
        guard let text = request.value("x-amz-content-sha256").map({ Array($0) }), let payload = PayloadForm(text)
        else {
            return .refused(.missingContentHash)
        }
        return .signed(
            SignatureClaim(
                accessKey: accessKey, scope: scope, time: time, signedFields: signedFields, signature: signature,
                payloadText: text, payload: payload))
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

    private static func trimmed(_ value: UnsafeRawBufferPointer, _ start: Int, _ end: Int) -> UnsafeRawBufferPointer {
        var (start, end) = (start, end)
        while start < end, isBlank(value[start]) { start &+= 1 }
        while end > start, isBlank(value[end - 1]) { end &-= 1 }
        return UnsafeRawBufferPointer(rebasing: value[start..<end])
    }

    /// What stands behind `name`; nil when the part begins otherwise.
    private static func value(of part: UnsafeRawBufferPointer, _ name: StaticString) -> [UInt8]? {
        guard part.count >= name.utf8CodeUnitCount else { return nil }
        for index in 0..<name.utf8CodeUnitCount where part[index] != name.utf8Start[index] { return nil }
        return Array(part[name.utf8CodeUnitCount...])
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
}
