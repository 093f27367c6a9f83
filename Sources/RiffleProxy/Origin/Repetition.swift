import NIOHTTP1
import RiffleHTTP

/// Whether a request whose connection was lost is sent once more (RFC 9110 §9.2.2, RFC 9112 §9.3.1). Pure.
///
/// What the origin never saw can be sent again whatever it is. What it may have seen is repeated once, and only where doing
/// it twice is doing it once.
struct Repetition {
    /// How one attempt ended.
    struct Loss {
        /// Any part of the request was given to a connection.
        var wasSent: Bool
        /// That connection had served before: its end is likely to be older than the request.
        var wasKept: Bool
        /// The origin has said something, if only that it is at work.
        var wasHeard: Bool
    }

    /// Attempts that no origin saw; each one uses up a connection that was closing.
    static let maximumUnsent = 8

    private var unsent = 0
    /// Whether the origin may have carried the request out before the attempt that is answered.
    private(set) var mayHaveActed = false

    /// - Returns: whether to send the request again.
    mutating func again(_ request: OriginRequest, after loss: Loss) -> Bool {
        guard loss.wasSent else {
            unsent += 1
            return unsent <= Self.maximumUnsent
        }
        guard !loss.wasHeard, !mayHaveActed,
            request.isSafe || (loss.wasKept && Self.isIdempotent(request))
        else { return false }
        mayHaveActed = true
        return true
    }

    /// Whether the body has to be kept for another time.
    static func needsBody(_ request: OriginRequest) -> Bool {
        request.isSafe || isIdempotent(request)
    }

    /// Methods whose second run changes nothing and is answered alike (RFC 9110 §9.2.2). `MKCOL`, `MOVE`, `COPY` and
    /// `UNLOCK` are idempotent by name, but say that they failed when they are run again.
    private static func isIdempotent(_ request: OriginRequest) -> Bool {
        guard request.method == "PUT" || request.method == "DELETE" else { return false }
        return !conditions.contains { request.fields.contains(name: $0) }
            && !request.target.contains("conflictBehavior")
    }

    /// With these the first run decides what the second one does: its precondition is gone, its part is there, or it is
    /// another method altogether.
    private static let conditions = [
        "if", "if-match", "if-none-match", "if-modified-since", "if-unmodified-since", "content-range",
        "x-http-method-override", "x-http-method", "x-method-override",
    ]
}
