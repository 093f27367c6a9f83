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
        guard claim.scope.service.elementsEqual("s3".utf8) else {
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
        let names = claim.signedFields.split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false)
        guard names.count <= Self.signedFieldLimit, !names.contains(where: \.isEmpty) else {
            return .malformedAuthorization("SignedHeaders is malformed.")
        }
        guard names.contains(where: { $0.elementsEqual("host".utf8) }) else {
            return .accessDenied("The field host must be signed.")
        }
        for field in request.fields where Names.begins(field.name, with: "x-amz-") {
            guard names.contains(where: { Names.matches(field.name, $0) }) else {
                return .accessDenied("There were fields present in the request which were not signed")
            }
        }
        return nil
    }
}
