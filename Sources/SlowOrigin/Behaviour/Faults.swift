/// Which faults happen how often, written as `429=0.05:retry-after=2,5xx=0.01,truncate=0.01,wrong-length=0.01,stall=0.005`.
///
/// Each entry is a probability per request; at most one fault happens to a request. Faults strike listings only, unless
/// `on=all` is among the entries. `stall` takes `:for=10s`.
package struct Faults: Sendable, Equatable {
    package enum Fault: Sendable, Equatable {
        /// 429 with this many seconds of `Retry-After`.
        case tooManyRequests(retryAfter: Int)
        /// One of 500, 502, 503, 504.
        case serverError(Int)
        /// The right head, half the body, then the connection closes.
        case truncate
        /// A `Content-Length` beyond the body, then the connection closes.
        case wrongLength
        /// Half the body, a long wait, then the rest.
        case stall(Duration)
    }

    package var tooManyRequests = 0.0
    package var retryAfter = 1
    package var serverError = 0.0
    package var truncate = 0.0
    package var wrongLength = 0.0
    package var stall = 0.0
    package var stallFor: Duration = .seconds(30)
    package var onEverything = false

    static let serverErrors = [500, 502, 503, 504]
    static let longestRetryAfter = 3_600

    package init() {}

    package init(parsing text: String) throws(SlowOriginError) {
        let trimmed = text.filter { !$0.isWhitespace }
        if trimmed.isEmpty || trimmed == "none" { return }
        for entry in trimmed.split(separator: ",", omittingEmptySubsequences: false) {
            try add(entry, of: text)
        }
        guard tooManyRequests + serverError + truncate + wrongLength + stall <= 1 else {
            throw .invalid("faults '\(text)': the probabilities add up to more than 1")
        }
    }

    private mutating func add(_ entry: Substring, of text: String) throws(SlowOriginError) {
        let pieces = entry.split(separator: ":", omittingEmptySubsequences: false)
        let sides = (pieces.first ?? "").split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        if sides == ["on", "all"], pieces.count == 1 {
            onEverything = true
            return
        }
        guard sides.count == 2, let probability = Double(sides[1]), probability >= 0, probability <= 1 else {
            throw Self.wrong(entry, text)
        }
        var options = pieces.dropFirst()
        switch sides[0] {
        case "429":
            tooManyRequests = probability
            if let option = options.first, option.hasPrefix("retry-after=") {
                guard let seconds = Int(option.dropFirst("retry-after=".count)), seconds >= 0,
                    seconds <= Self.longestRetryAfter
                else { throw Self.wrong(entry, text) }
                retryAfter = seconds
                options.removeFirst()
            }
        case "5xx": serverError = probability
        case "truncate": truncate = probability
        case "wrong-length": wrongLength = probability
        case "stall":
            stall = probability
            if let option = options.first, option.hasPrefix("for=") {
                guard let duration = DurationText.parse(option.dropFirst("for=".count)) else {
                    throw Self.wrong(entry, text)
                }
                stallFor = duration
                options.removeFirst()
            }
        default: throw Self.wrong(entry, text)
        }
        guard options.isEmpty else { throw Self.wrong(entry, text) }
    }

    private static func wrong(_ entry: Substring, _ text: String) -> SlowOriginError {
        .invalid(
            "faults '\(text)': '\(entry)' is none of 429=P[:retry-after=SECONDS], 5xx=P, truncate=P, wrong-length=P,"
                + " stall=P[:for=DURATION], on=all (P from 0 to 1)")
    }

    /// One draw; always takes two numbers from the dice.
    func draw(_ chance: inout Chance) -> Fault? {
        var point = chance.fraction()
        let choice = chance.next()
        func falls(_ probability: Double) -> Bool {
            defer { point -= probability }
            return point >= 0 && point < probability
        }
        if falls(tooManyRequests) { return .tooManyRequests(retryAfter: retryAfter) }
        if falls(serverError) {
            return .serverError(Self.serverErrors[Int(choice % UInt64(Self.serverErrors.count))])
        }
        if falls(truncate) { return .truncate }
        if falls(wrongLength) { return .wrongLength }
        if falls(stall) { return .stall(stallFor) }
        return nil
    }
}

extension Faults: CustomStringConvertible {
    package var description: String {
        var entries: [String] = []
        if tooManyRequests > 0 { entries.append("429=\(tooManyRequests):retry-after=\(retryAfter)") }
        if serverError > 0 { entries.append("5xx=\(serverError)") }
        if truncate > 0 { entries.append("truncate=\(truncate)") }
        if wrongLength > 0 { entries.append("wrong-length=\(wrongLength)") }
        if stall > 0 { entries.append("stall=\(stall):for=\(DurationText.format(stallFor))") }
        if onEverything { entries.append("on=all") }
        return entries.isEmpty ? "none" : entries.joined(separator: ",")
    }
}
