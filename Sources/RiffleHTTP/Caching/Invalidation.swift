import NIOHTTP1

/// What an unsafe request makes stale beyond what a dialect knows (RFC 9111 §4.4).
package enum Invalidation {
    /// The targets to invalidate: the request's own and those `Location` and `Content-Location` name on the same
    /// origin. A response from there cannot reach other origins: that would let one site empty another's cache.
    package static func targets(
        method: Method, target: WebTarget, status: Int, response: HTTPHeaders
    ) -> [WebTarget] {
        guard !method.isSafe, isNonError(status) else { return [] }
        var found = [target]
        for name in ["location", "content-location"] {
            let lines = response[name]
            guard lines.count == 1, let line = lines.first, let other = target.resolve(String(FieldText.trim(line))),
                other.isSameOrigin(as: target), !found.contains(other)
            else { continue }
            found.append(other)
        }
        return found
    }

    /// 2xx and 3xx (RFC 9111 §4.4).
    package static func isNonError(_ status: Int) -> Bool { (200..<400).contains(status) }
}
