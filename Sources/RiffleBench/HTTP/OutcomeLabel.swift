package import RiffleTelemetry

/// What a response's `Cache-Status` field (RFC 9211) says became of the request, as a row of the percentile table.
package struct OutcomeLabel: Hashable, Sendable {
    package var outcome: Outcome?
    /// Named where the answer came from a tier of the cache.
    package var tier: Tier?
    package var prefetched: Bool
    package var reason: Reason?

    package init(_ outcome: Outcome?, tier: Tier? = nil, prefetched: Bool = false, reason: Reason? = nil) {
        self.outcome = outcome
        self.tier = tier
        self.prefetched = prefetched
        self.reason = reason
    }

    /// No such field came.
    package static let none = OutcomeLabel(nil)

    /// The words of the row; the reason is counted beside it, not part of it.
    package var row: String {
        guard let outcome else { return "none" }
        return ([outcome.rawValue, tier?.rawValue].compactMap(\.self) + (prefetched ? ["prefetch"] : []))
            .joined(separator: " ")
    }

    /// Reads the field's last member: the cache nearest to the client.
    package static func parse(_ bytes: UnsafeRawBufferPointer, _ value: Range<Int>) -> OutcomeLabel {
        guard !value.isEmpty else { return .none }
        var start = value.lowerBound
        var quoted = false
        for index in value {
            if bytes[index] == 0x22 { quoted.toggle() }
            if bytes[index] == 0x2C, !quoted { start = index + 1 }
        }
        var label = OutcomeLabel(nil)
        var forwarded: Forwarded?
        var hit = false
        var collapsed = false
        var confirmed = false
        // Parameters are split at semicolons; quoted strings hold none in this field as we write it.
        for part in bytes[start..<value.upperBound].split(separator: 0x3B).dropFirst() {
            let word = Parameter(bytes, part.startIndex..<part.endIndex)
            if word.named("hit") {
                hit = true
            } else if word.named("collapsed") {
                collapsed = true
            } else if word.named("fwd") {
                forwarded = Forwarded(bytes, word.value)
            } else if word.named("fwd-status") {
                confirmed = FieldLine.equals("304", bytes, word.value)
            } else if word.named("detail") {
                label.read(detail: bytes, word.value)
            }
        }
        if label.outcome == nil {
            label.outcome =
                if hit {
                    .hit
                } else if collapsed {
                    .collapsed
                } else {
                    switch forwarded {
                    case .bypass: .bypass
                    case .method: label.reason == .method ? .bypass : .write
                    case .stale: confirmed ? .revalidated : .miss
                    case .other: .miss
                    case nil: nil
                    }
                }
        }
        // A tier is part of the row only where a stored entry answered.
        if label.outcome != .hit, label.outcome != .stale { label.tier = nil }
        return label
    }

    private enum Forwarded {
        case bypass, method, stale, other

        init(_ bytes: UnsafeRawBufferPointer, _ value: Range<Int>) {
            self =
                if FieldLine.equals("bypass", bytes, value) {
                    .bypass
                } else if FieldLine.equals("method", bytes, value) {
                    .method
                } else if FieldLine.equals("stale", bytes, value) {
                    .stale
                } else {
                    .other
                }
        }
    }

    private mutating func read(detail bytes: UnsafeRawBufferPointer, _ value: Range<Int>) {
        for word in bytes[value].split(whereSeparator: { $0 == 0x20 || $0 == 0x22 }) {
            let range = word.startIndex..<word.endIndex
            if FieldLine.equals("memory", bytes, range) {
                tier = .memory
            } else if FieldLine.equals("redis", bytes, range) {
                tier = .redis
            } else if FieldLine.equals("origin", bytes, range) {
                tier = .origin
            } else if FieldLine.equals("prefetch", bytes, range) {
                prefetched = true
            } else {
                let text = String(decoding: word, as: UTF8.self)
                if let outcome = Outcome(rawValue: text) {
                    self.outcome = outcome
                } else if let reason = Reason(rawValue: text) {
                    self.reason = reason
                }
            }
        }
    }
}

/// One `; name=value` of a structured field.
private struct Parameter {
    let bytes: UnsafeRawBufferPointer
    let name: Range<Int>
    let value: Range<Int>

    init(_ bytes: UnsafeRawBufferPointer, _ part: Range<Int>) {
        var low = part.lowerBound
        var high = part.upperBound
        while low < high, bytes[low] == 0x20 { low += 1 }
        while high > low, bytes[high - 1] == 0x20 { high -= 1 }
        let equals = (low..<high).first { bytes[$0] == 0x3D }
        self.bytes = bytes
        name = low..<(equals ?? high)
        value = (equals.map { $0 + 1 } ?? high)..<high
    }

    func named(_ word: StaticString) -> Bool { FieldLine.equals(word, bytes, name) }
}
