import NIOHTTP1

/// Answers a client's conditions from a stored response (RFC 9110 §13.2.2, RFC 9111 §4.3.2).
package enum Validation: Sendable, Equatable {
    /// No condition stops it: the whole stored response, or the range asked for.
    case proceed
    /// 304, with the fields of ``notModifiedFields(_:)``.
    case notModified
    /// A condition only the origin can decide (`If-Match`, `If-Unmodified-Since`, or any on another method than GET
    /// and HEAD).
    case originDecides

    /// - Parameter now: unix seconds, for dates with two-digit years.
    package static func decide(
        method: Method, request: HTTPHeaders, status: Int, stored: HTTPHeaders, receivedAt: Int, now: Int
    ) -> Validation {
        let conditional = ["if-match", "if-unmodified-since", "if-none-match", "if-modified-since"]
            .filter { request.contains(name: $0) }
        guard !conditional.isEmpty else { return .proceed }
        if conditional.contains("if-match") || conditional.contains("if-unmodified-since") { return .originDecides }
        guard method == .get || method == .head else { return .originDecides }
        // Conditions are about a representation; any other status is repeated as it is (RFC 9110 §13.2.1).
        guard status == 200 else { return .proceed }
        let validators = Validators(stored)
        // If-None-Match alone decides where it is present (RFC 9110 §13.1.3).
        if let list = EntityTagList(request, "if-none-match") {
            return noneMatch(list, validators.entityTag) ? .proceed : .notModified
        }
        let lines = request["if-modified-since"]
        guard lines.count == 1, let line = lines.first, let since = HTTPDate.parse(FieldText.trim(line), now: now)
        else { return .proceed }
        // Without Last-Modified the date of the response stands in (RFC 9111 §4.3.2).
        return (validators.modified ?? validators.date ?? receivedAt) <= since ? .notModified : .proceed
    }

    private static func noneMatch(_ list: EntityTagList, _ tag: EntityTag?) -> Bool {
        switch list {
        case .any: false
        case .tags(let tags): !tags.contains { candidate in tag.map(candidate.matchesWeakly) ?? false }
        }
    }

    /// What a 304 repeats of the stored response (RFC 9110 §15.4.5); everything else describes a body it lacks.
    package static func notModifiedFields(_ stored: HTTPHeaders) -> HTTPHeaders {
        let body: Set<String> = [
            "content-length", "content-type", "content-encoding", "content-language", "content-range",
            "transfer-encoding", "last-modified", "trailer",
        ]
        let hasTag = stored.contains(name: "etag")
        return HTTPHeaders(
            stored.filter { field in
                let name = FieldText.lowercased(field.name)
                return !body.contains(name) || (name == "last-modified" && !hasTag)
            }.map { ($0.name, $0.value) })
    }
}
