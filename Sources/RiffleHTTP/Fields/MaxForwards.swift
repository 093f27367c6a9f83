import NIOHTTP1

/// How far OPTIONS and TRACE may still go (RFC 9110 §7.6.2).
package enum MaxForwards: Sendable, Equatable {
    /// The field has no meaning here, or is malformed: forward it as it is.
    case untouched
    /// Forward with this value instead.
    case forward(Int)
    /// This hop is the last: answer the request itself.
    case answerHere

    package static func step(method: Method, _ fields: HTTPHeaders) -> MaxForwards {
        guard method == .options || method == .trace else { return .untouched }
        let lines = fields["max-forwards"]
        guard lines.count == 1, let text = lines.first,
            let value = FieldText.digits(FieldText.trim(text), ceiling: 1 << 31)
        else { return .untouched }
        return value == 0 ? .answerHere : .forward(value - 1)
    }
}
