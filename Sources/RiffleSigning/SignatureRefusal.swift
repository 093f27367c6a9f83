/// Why a request is not believed, in the words of S3's own error documents.
package enum SignatureRefusal: Error, Equatable, Sendable {
    case accessDenied(String)
    case expired
    case invalidAccessKey
    case signatureDoesNotMatch
    case requestTimeTooSkewed
    case malformedAuthorization(String)
    case malformedQuery(String)
    case unsupportedMechanism
    case missingContentHash
    case invalidToken
    case invalidURI

    package var status: Int {
        switch self {
        case .accessDenied, .expired, .invalidAccessKey, .signatureDoesNotMatch, .requestTimeTooSkewed: 403
        default: 400
        }
    }

    package var code: String {
        switch self {
        case .accessDenied, .expired: "AccessDenied"
        case .invalidAccessKey: "InvalidAccessKeyId"
        case .signatureDoesNotMatch: "SignatureDoesNotMatch"
        case .requestTimeTooSkewed: "RequestTimeTooSkewed"
        case .malformedAuthorization: "AuthorizationHeaderMalformed"
        case .malformedQuery: "AuthorizationQueryParametersError"
        case .unsupportedMechanism, .missingContentHash: "InvalidRequest"
        case .invalidToken: "InvalidToken"
        case .invalidURI: "InvalidURI"
        }
    }

    package var message: String {
        switch self {
        case .accessDenied(let text), .malformedAuthorization(let text), .malformedQuery(let text): text
        case .expired: "Request has expired"
        case .invalidAccessKey: "The access key is not known here."
        case .signatureDoesNotMatch:
            "The signature does not match the request. Check the secret key and the method of signing."
        case .requestTimeTooSkewed: "The time of the request is too far from the server's."
        case .unsupportedMechanism: "This way of signing is not supported. Use AWS4-HMAC-SHA256."
        case .missingContentHash: "The field x-amz-content-sha256 is missing."
        case .invalidToken: "Session tokens are not known here."
        case .invalidURI: "The request's path or query can't be read."
        }
    }
}
