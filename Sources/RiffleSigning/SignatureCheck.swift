/// Checks the signature of one request after another; reuses its scratch space. Loop-confined.
///
/// Two steps, because between them the caller looks the secret key up: ``read(_:)``, then ``refusal(of:_:key:now:)`` on
/// the very same request.
package struct SignatureCheck {
    /// How far a request's time may be from ours, seconds.
    package static let skew: Int64 = 900
    /// Most fields that a signature may name.
    static let signedFieldLimit = 64

    private var query = QueryPairs()
    private var scratch: [UInt8] = []

    package init() {}

    /// Who the request says it is from.
    package mutating func read(_ request: borrowing WireRequest) -> Claimed {
        guard query.read(request.query) else { return .refused(.invalidURI) }
        return ClaimReader.read(request, query)
    }

    /// Why the claim is not believed; nil when it is.
    ///
    /// - Parameters:
    ///   - request: the request last given to ``read(_:)``.
    ///   - key: of the claim's access key, for the claim's scope.
    ///   - now: seconds since 1970.
    package mutating func refusal(
        of claim: SignatureClaim, _ request: borrowing WireRequest, key: SigningKey, now: Int64
    ) -> SignatureRefusal? {
        guard claim.time.text.starts(with: claim.scope.date) else {
            return .malformedAuthorization("The date of the Credential is not that of the request.")
        }
        guard claim.scope.service == Self.service else {
            return .malformedAuthorization("The Credential is not for the service s3.")
        }
        if let refusal = coverage(claim, request) { return refusal }
        scratch.removeAll(keepingCapacity: true)
        if let refusal = CanonicalRequest.append(
            request, query, signedFields: claim.signedFields, payload: claim.payloadText, to: &scratch)
        {
            return refusal
        }
        guard Digests.areEqual(key.sign(scratch, at: claim.time), claim.signature) else {
            return .signatureDoesNotMatch
        }
        // Only who holds the secret learns what is wrong with the time.
        let age = now - claim.time.seconds
        guard let expiry = claim.expiresAfter else { return abs(age) <= Self.skew ? nil : .requestTimeTooSkewed }
        guard age >= -Self.skew else { return .accessDenied("Request is not yet valid") }
        return age <= expiry ? nil : .expired
    }

    /// The host and every `x-amz-` field must be signed, or a stranger could add them to a signed request.
    private func coverage(_ claim: SignatureClaim, _ request: borrowing WireRequest) -> SignatureRefusal? {
        let text = claim.signedFields
        var names = SignedNames(text)
        var count = 0
        var signsHost = false
        while let name = names.next() {
            count += 1
            guard !name.isEmpty, count <= Self.signedFieldLimit else {
                return .malformedAuthorization("SignedHeaders is malformed.")
            }
            signsHost = signsHost || text[name] == Self.host[...]
        }
        guard signsHost else { return .accessDenied("The field host must be signed.") }
        for field in request.fields where Names.begins(field.name, with: "x-amz-") {
            guard isSigned(field.name, text) else {
                return .accessDenied("There were fields present in the request which were not signed")
            }
        }
        return nil
    }

    private func isSigned(_ name: UnsafeRawBufferPointer, _ text: [UInt8]) -> Bool {
        var names = SignedNames(text)
        while let signed = names.next() {
            if Names.matches(name, text[signed]) { return true }
        }
        return false
    }

    private static let host = Array("host".utf8)
    private static let service = Array("s3".utf8)
}
