/// What status codes mean for storing (RFC 9110 §15.1, RFC 9111 §3).
enum StatusRules {
    /// Whether riffle knows the rules of that status, as `must-understand` asks (RFC 9111 §5.2.2.3).
    static func isUnderstood(_ status: Int) -> Bool {
        switch status {
        case 200, 203, 204, 207, 300, 301, 302, 303, 307, 308, 400, 404, 405, 410, 414, 451, 500, 501, 502, 503, 504:
            true
        default: false
        }
    }

    /// Whether heuristic freshness is allowed without `public` (RFC 9110 §15.1).
    static func isHeuristic(_ status: Int) -> Bool {
        switch status {
        case 200, 203, 204, 300, 301, 308, 404, 405, 410, 414, 501: true
        default: false
        }
    }

    /// Answers about one request, one credential or one moment; none of them is ever kept. 428, 429, 431 and 511 say
    /// so themselves (RFC 6585), 206 and 304 are no whole responses, 412 and 416 belong to their request's conditions.
    static func isNeverStored(_ status: Int) -> Bool {
        switch status {
        case 206, 304, 401, 403, 407, 412, 416, 421, 428, 429, 431, 511: true
        default: status < 200 || status > 599
        }
    }
}
