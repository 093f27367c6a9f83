import NIOHTTP1

/// The conditions riffle asks the origin with, in place of the client's own (RFC 9111 §4.3.1).
package enum ConditionalRequest {
    /// Entity tags of stored variants sent along.
    package static let maximumTags = 32

    /// Conditions and ranges a client may have sent; what riffle fetches to store is whole.
    static let replaced = [
        "if-match", "if-none-match", "if-modified-since", "if-unmodified-since", "if-range", "range",
    ]

    /// Removes the client's conditions and its range, so that the answer is a whole representation.
    package static func unconditional(_ request: inout HTTPHeaders) {
        for name in replaced { request.remove(name: name) }
    }

    /// Asks whether one of the stored responses is still current. False when none has a validator: the request is
    /// unconditional then.
    ///
    /// `If-Modified-Since` goes along only when exactly one is asked about, since a date cannot say which was meant.
    @discardableResult
    package static func apply(stored: [HTTPHeaders], to request: inout HTTPHeaders) -> Bool {
        unconditional(&request)
        let validators = stored.map { Validators($0) }
        var tags: [String] = []
        for tag in validators.compactMap(\.entityTag) where !tags.contains(tag.text) && tags.count < maximumTags {
            tags.append(tag.text)
        }
        if !tags.isEmpty { request.add(name: "If-None-Match", value: tags.joined(separator: ", ")) }
        if validators.count == 1, let modified = validators.first?.lastModified {
            request.add(name: "If-Modified-Since", value: modified)
            return true
        }
        return !tags.isEmpty
    }

    /// Which of the stored responses a 304 confirms (RFC 9111 §4.3.3); nil: none, so ask again without conditions.
    package static func confirmed(by notModified: HTTPHeaders, among stored: [HTTPHeaders]) -> Int? {
        let validators = Validators(notModified)
        guard validators.isUsable else { return stored.count == 1 ? 0 : nil }
        return stored.firstIndex { UpdateStored.confirms(notModified, stored: $0) }
    }
}
