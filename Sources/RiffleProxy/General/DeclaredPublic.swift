import NIOHTTP1
import RiffleCache
import RiffleHTTP

/// The one case in which an answer leaves the partition of a credential: its origin declares it public, or says with
/// `s-maxage` how long shared caches keep it (RFC 9111 §3.5). Cookies never leave theirs.
enum DeclaredPublic {
    static func isPublic(_ response: HTTPHeaders) -> Bool {
        let control = CacheControl(response)
        guard control.isPrivate == .absent, control.noCache == .absent, !control.noStore else { return false }
        return control.isPublic || control.sMaxAge != nil
    }

    /// The key that everybody shares; nil for requests that only have their own.
    static func key(for work: GeneralWork, request: HTTPHeaders) -> CacheKey? {
        guard work.isKeyed, request.contains(name: "authorization"), !request.contains(name: "cookie") else {
            return nil
        }
        return CacheKey(path: work.key.path, principal: .anonymous, form: work.key.form)
    }

    /// Under which key an answer is kept.
    static func key(for work: GeneralWork, request: HTTPHeaders, response: HTTPHeaders) -> CacheKey {
        guard let shared = key(for: work, request: request), isPublic(response) else { return work.key }
        return shared
    }
}
