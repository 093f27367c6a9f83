import NIOHTTP1
import RiffleCache
import RiffleHTTP

/// What an unsafe request voids among responses that are no listings, beside what the dialect knows of folders: its own
/// target, what `Location` and `Content-Location` name on the same origin (RFC 9111 §4.4), and groups (RFC 9875).
struct GeneralInvalidation {
    private let request: RequestMessage
    private let fields: OriginFields
    private let naming: FolderNaming

    /// nil unless every GET and HEAD is cached.
    init?(_ request: RequestMessage, gateway: Gateway) {
        guard gateway.settings.cache.scope == .all else { return nil }
        self.request = request
        fields = gateway.fields
        naming = gateway.naming
    }

    /// Voided before the request goes out, so that no fill under way is stored.
    var fence: [FolderID] { [folder(request.target)] }

    func changes(_ head: HTTPResponseHead) -> [FolderChange] {
        let status = Int(head.status.code)
        guard Invalidation.isNonError(status) else { return [] }
        var changes: [FolderChange] = [.folder(folder(request.target))]
        let answer = fields.backward(head.headers, to: request.authority)
        if let target = WebTarget(scheme: fields.clientScheme, authority: request.authority, path: request.target) {
            let named = Invalidation.targets(
                method: request.method, target: target, status: status, response: answer)
            changes += named.map { .folder(folder($0.path)) }
        }
        let groups = CacheGroups.invalidated(method: request.method, status: status, answer)
        changes += groups.map { .subtree(GroupNaming.folder($0, host: request.authority, naming: naming)) }
        return changes
    }

    private func folder(_ target: String) -> FolderID {
        GeneralPlace(target: target.utf8, naming: naming).folder
    }
}

/// Groups of responses (RFC 9875) as folders above their members: one change voids them all.
enum GroupNaming {
    static func folder(_ group: String, host: String, naming: FolderNaming) -> FolderID {
        // Paths begin with a slash; this begins otherwise.
        naming.folder(Array("group\0\(host.lowercased())\0\(group)".utf8))
    }

    /// The groups a stored response says it belongs to.
    static func folders(of entry: Entry, naming: FolderNaming) -> [FolderID] {
        let fields = HeadImage(entry).fields
        let host = String(decoding: entry.key.form.dropFirst().prefix { $0 != 0 }, as: UTF8.self)
        return CacheGroups.members(fields).map { folder($0, host: host, naming: naming) }
    }
}
