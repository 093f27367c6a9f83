import RiffleHTTP

/// Which stored listings a method may change. Where a method's reach is not certain, the wider one is taken.
enum WriteRules {
    /// Effects of one write; a path with more ancestors than that voids everything.
    static let effectLimit = 128

    /// - Parameters:
    ///   - destination: the `Destination` field as sent.
    ///   - hasBody: a LOCK without one only lengthens a lock.
    ///   - user: who asks, as far as the request tells.
    static func effects(
        method: Method, path: UnsafeRawBufferPointer, destination: UnsafeRawBufferPointer?, ancestors: AncestorPolicy,
        hasBody: Bool = true, user: [UInt8]? = nil
    ) -> WriteEffects {
        var list = EffectList(ancestors: ancestors)
        let isTree = method == .delete || method == .move || method == .copy
        switch place(path) {
        case .anywhere: return WriteEffects([.everything], mayBePartial: isTree)
        case .below(let folder):
            list.add(.subtree(folder))
            list.addRows(above: folder)
        case .resource(let resource):
            if method == .unlock || method == .lock && !hasBody {
                return WriteEffects(LockNames.effects(of: resource))
            }
            let cloud = CloudRules(resource)
            if let cloud, cloud.isUpload, method != .move {
                return WriteEffects(
                    [.subtree(resource)] + (FolderPath.parent(of: resource).map { [.folder($0)] } ?? []))
            }
            add(method, resource, to: &list)
            for effect in cloud?.unnamed ?? [] { list.add(effect) }
        }
        if method == .move || method == .copy, let destination {
            switch ASCII.path(ofURL: destination).map(place) ?? .anywhere {
            case .anywhere: return WriteEffects([.everything], mayBePartial: true)
            case .below(let folder):
                list.add(.subtree(folder))
                list.addRows(above: folder)
            case .resource(let resource):
                list.add(.subtree(resource))
                list.addHolder(of: resource)
            }
        }
        list.addTwins(user: user)
        return WriteEffects(list.effects, mayBePartial: isTree)
    }

    /// What a change means for listings that somebody tells of: of the thing at `path` itself, of the folder that holds it,
    /// and of the rows above; nil when the path can't be read in one way only.
    static func effects(ofChangeAt path: [UInt8], recursive: Bool, ancestors: AncestorPolicy) -> [FolderEffect]? {
        guard case .resource(let resource) = path.withUnsafeBytes({ place($0) }) else { return nil }
        var list = EffectList(ancestors: ancestors)
        list.add(recursive ? .subtree(resource) : .folder(resource))
        list.addHolder(of: resource)
        list.addTwins(user: nil)
        return list.effects
    }

    private static func add(_ method: Method, _ resource: [UInt8], to list: inout EffectList) {
        switch method {
        case .put, .mkcol, .patch, .proppatch:
            list.add(.folder(resource))
            list.addHolder(of: resource)
        case .post, .delete, .move:
            // POST may add members below its target.
            list.add(.subtree(resource))
            list.addHolder(of: resource)
        case .lock:
            // Of a name that is free it makes a file, and not every server says so by its status.
            list.add(.folder(resource))
            list.addHolder(of: resource)
            for effect in LockNames.effects(of: resource) { list.add(effect) }
        case .copy:
            break
        default:
            // ACL, BIND, VERSION-CONTROL and the like: the neighbourhood.
            let holder = FolderPath.parent(of: resource) ?? resource
            list.add(.subtree(holder))
            list.addRows(above: holder)
        }
    }

    private enum Place {
        case resource([UInt8])
        /// Somewhere below this folder.
        case below([UInt8])
        case anywhere
    }

    private static func place(_ raw: UnsafeRawBufferPointer) -> Place {
        var path: [UInt8] = []
        switch FolderPath.canonicalise(raw, into: &path) {
        case .plain:
            if path.last != FolderPath.slash { path.append(FolderPath.slash) }
            return .resource(path)
        case .parameters(let before): return .below(Array(path[..<before]))
        case .odd, .broken: return .anywhere
        }
    }
}

/// Effects without repetitions, in the order found.
private struct EffectList {
    let ancestors: AncestorPolicy
    private(set) var effects: [FolderEffect] = []

    init(ancestors: AncestorPolicy) {
        self.ancestors = ancestors
    }

    mutating func add(_ effect: FolderEffect) {
        guard effects.first != .everything, !effects.contains(effect) else { return }
        if effects.count < WriteRules.effectLimit { effects.append(effect) } else { effects = [.everything] }
    }

    /// The folder that holds a changed resource, and the rows that show that folder.
    mutating func addHolder(of resource: [UInt8]) {
        guard let holder = FolderPath.parent(of: resource) else { return }
        add(.folder(holder))
        addRows(above: holder)
    }

    mutating func addRows(above folder: [UInt8]) {
        let toRoot = ancestors.reachesRoot(from: folder)
        var next = FolderPath.parent(of: folder)
        while let folder = next, effects.first != .everything {
            add(.folder(folder))
            next = toRoot ? FolderPath.parent(of: folder) : nil
        }
    }

    /// The same under the other address that a cloud's trees have.
    mutating func addTwins(user: [UInt8]?) {
        for effect in effects {
            switch effect {
            case .folder(let path):
                if let twin = CloudRules(path)?.twin(user: user) { add(twin) }
            case .subtree(let path) where path.first == FolderPath.slash:
                switch CloudRules(path)?.twin(user: user) {
                case .folder(let twin): add(.subtree(twin))
                case let other?: add(other)
                case nil: break
                }
            case .subtree, .everything: break
            }
        }
    }
}
