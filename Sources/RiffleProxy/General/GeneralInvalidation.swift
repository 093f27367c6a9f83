import NIOHTTP1
import RiffleCache
import RiffleHTTP
import RiffleListings

/// What an unsafe request voids among responses that are no listings: its own target, what `Location` and
/// `Content-Location` name on the same origin (RFC 9111 §4.4), groups (RFC 9875), and, for methods the dialect knows, the
/// folders around it.
struct GeneralInvalidation {
    private let request: RequestMessage
    private let effects: WriteEffects
    private let fields: OriginFields
    private let naming: FolderNaming

    /// nil unless every GET and HEAD is cached.
    init?(_ request: RequestMessage, _ effects: WriteEffects, gateway: Gateway) {
        guard gateway.settings.cache.scope == .all else { return nil }
        self.request = request
        self.effects = effects
        fields = gateway.fields
        naming = gateway.naming
    }

    /// Voided before the request goes out, so that no fill under way is stored.
    var fence: [FolderID] {
        [folder(request.target)]
            + around(effects.fence).compactMap { change in
                switch change {
                case .folder(let folder), .subtree(let folder): folder
                case .everything: nil
                }
            }
    }

    /// - Parameters:
    ///   - head: the answer; nil when none came.
    ///   - effects: what the dialect makes of it.
    func changes(_ head: HTTPResponseHead?, _ effects: [FolderEffect]) -> [FolderChange] {
        var changes: [FolderChange] = [.folder(folder(request.target))] + around(effects)
        guard let head else { return changes }
        let status = Int(head.status.code)
        guard Invalidation.isNonError(status) else {
            switch status {
            // A gateway that lost its own origin knows as little as one that got no answer.
            case 408, 502, 504: return changes
            // A refusal changed nothing, but for trees of which a part may be gone.
            case 400..<500: return around(effects)
            default: return []
            }
        }
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

    /// What the dialect says of the neighbourhood. A method it does not know reaches its target only, as HTTP has it.
    private func around(_ effects: [FolderEffect]) -> [FolderChange] {
        guard request.method != .other || effects.contains(.everything) else { return [] }
        return effects.map { effect in
            switch effect {
            case .folder(let path): .folder(GeneralPlace(target: path, naming: naming).folder)
            case .subtree(let path): .subtree(GeneralPlace(target: path, naming: naming).folder)
            case .everything: .everything
            }
        }
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
