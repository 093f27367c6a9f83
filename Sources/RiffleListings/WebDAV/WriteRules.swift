import RiffleHTTP

/// Which stored listings a method may change. Where a method's reach is not certain, the wider one is taken.
enum WriteRules {
    /// Effects of one write; a path with more ancestors than that voids everything.
    static let effectLimit = 128

    static func effects(
        method: Method, path: UnsafeRawBufferPointer, destination: UnsafeRawBufferPointer?, ancestors: AncestorPolicy
    ) -> WriteEffects {
        var list = EffectList(ancestors: ancestors)
        let isTree = method == .delete || method == .move || method == .copy
        switch place(path) {
        case .anywhere: return WriteEffects([.everything], mayBePartial: isTree)
        case .below(let folder):
            list.add(.subtree(folder))
            list.addRows(above: folder)
        case .resource(let resource):
            add(method, resource, to: &list)
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
        return WriteEffects(list.effects, mayBePartial: isTree)
    }

    /// What a change means for listings that somebody tells of: of the thing at `path` itself, of the folder that holds it,
    /// and of the rows above; nil when the path can't be read in one way only.
    static func effects(ofChangeAt path: [UInt8], recursive: Bool, ancestors: AncestorPolicy) -> [FolderEffect]? {
        guard case .resource(let resource) = path.withUnsafeBytes({ place($0) }) else { return nil }
        var list = EffectList(ancestors: ancestors)
        list.add(recursive ? .subtree(resource) : .folder(resource))
        list.addHolder(of: resource)
        return list.effects
    }

    private static func add(_ method: Method, _ resource: [UInt8], to list: inout EffectList) {
        switch method {
        case .put, .mkcol, .patch, .proppatch:
            list.add(.folder(resource))
            list.addHolder(of: resource)
        case .post, .delete, .move, .lock, .unlock:
            // POST may add members below its target; a lock shows in every member of a locked collection.
            list.add(.subtree(resource))
            list.addHolder(of: resource)
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
}
