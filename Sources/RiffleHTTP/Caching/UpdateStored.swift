import NIOHTTP1

/// Brings the fields of a stored response up to date from a 304, or from the answer to HEAD
/// (RFC 9111 §3.2, §4.3.4, §4.3.5).
package enum UpdateStored {
    /// Fields that describe the stored bytes, which the new message did not bring, or that are never stored.
    static let kept: Set<String> = [
        "content-length", "content-encoding", "content-range", "transfer-encoding", "set-cookie",
    ]

    /// Every other field of `fresh` replaces all lines of that name. What `Connection` lists there counts for one
    /// connection only and is left out; `Age` counts from this answer, so a stored one goes. `omitted` names fields
    /// the new lifetime forbids to store.
    package static func apply(_ fresh: HTTPHeaders, to stored: inout HTTPHeaders, omitted: [String] = []) {
        var updates = fresh
        HopByHop.strip(&updates)
        stored.remove(name: "age")
        var replaced: Set<String> = []
        for (name, value) in updates {
            let lowered = FieldText.lowercased(name)
            guard !kept.contains(lowered), !omitted.contains(lowered) else { continue }
            if replaced.insert(lowered).inserted { stored.remove(name: name) }
            stored.add(name: name, value: value)
        }
        for name in omitted { stored.remove(name: name) }
    }

    /// Whether a 304 confirms the stored response (RFC 9111 §4.3.4): a strong tag must be the same strong tag, a weak
    /// one match weakly, a date be the same date; a 304 without validators confirms the only one that was asked about.
    package static func confirms(_ notModified: HTTPHeaders, stored: HTTPHeaders) -> Bool {
        let new = Validators(notModified)
        let old = Validators(stored)
        if let tag = new.entityTag {
            guard let known = old.entityTag else { return false }
            return tag.isWeak ? tag.matchesWeakly(known) : tag.matchesStrongly(known)
        }
        if let modified = new.modified { return old.modified == modified }
        return true
    }

    /// What the answer to a HEAD says about the stored response to GET (RFC 9111 §4.3.5).
    package enum HeadEffect: Sendable, Equatable {
        /// The same representation: its fields may be updated.
        case update
        /// Another one: the stored response is stale from now on.
        case invalidate
        /// Says nothing about it.
        case none
    }

    package static func head(status: Int, _ fields: HTTPHeaders, stored: HTTPHeaders, storedLength: Int) -> HeadEffect {
        guard status == 200 else { return .none }
        let new = Validators(fields)
        let old = Validators(stored)
        if let tag = new.entityTag, old.entityTag != tag { return .invalidate }
        if let modified = new.modified, old.modified != modified { return .invalidate }
        let lengths = fields["content-length"]
        if let text = lengths.first, lengths.count > 1 || FieldText.digits(text, ceiling: .max / 20) != storedLength {
            return .invalidate
        }
        return .update
    }
}
