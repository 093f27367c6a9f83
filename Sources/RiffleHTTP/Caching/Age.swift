import NIOHTTP1

/// The age of a response on receipt (RFC 9111 §4.2.3, §5.1).
package struct Age: Sendable, Equatable {
    /// What the `Age` field and the way from the origin account for, in milliseconds.
    package var corrected: Int
    /// The larger of ``corrected`` and what the `Date` field suggests, in milliseconds.
    package var initial: Int

    /// - Parameters:
    ///   - responseTime: when the head was received, unix seconds.
    ///   - requestDelay: milliseconds between asking and that moment.
    package init(_ fields: HTTPHeaders, responseTime: Int, requestDelay: Int) {
        corrected = (Self.value(fields) ?? 0) * 1000 + max(0, requestDelay)
        let date = DateField.value(fields, "date", now: responseTime) ?? responseTime
        initial = max(corrected, max(0, responseTime - date) * 1000)
    }

    /// The first member of the `Age` field when it is delta-seconds; a field that says anything else is ignored
    /// (RFC 9111 §5.1), which covers negative and fractional ages.
    package static func value(_ fields: HTTPHeaders) -> Int? {
        FieldText.members(fields["age"]).first.flatMap { FieldText.deltaSeconds($0) }
    }
}

/// Date-valued fields, read as a cache reads them: in any case, never from several lines (RFC 9111 §4.2).
enum DateField {
    /// nil when the field is absent, repeated or malformed.
    static func value(_ fields: HTTPHeaders, _ name: String, now: Int) -> Int? {
        let lines = fields[name]
        guard lines.count == 1, let line = lines.first else { return nil }
        return HTTPDate.parse(FieldText.trim(line), ignoringCase: true, now: now)
    }
}
