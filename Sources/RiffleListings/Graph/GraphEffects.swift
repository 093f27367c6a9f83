/// Which listings a change of items voids, in names (``GraphNames``). Where the reach of a change is not certain, the wider
/// one is taken.
struct GraphEffects {
    /// Every write can be meant for a folder of which nothing is known.
    private(set) var effects: [FolderEffect] = [.subtree(GraphNames.someItem)]

    init() {}

    /// - Parameter path: the canonical path that a write addresses.
    init(ofWriteAt path: [UInt8]) {
        // Below a site's `_api`: the site's other service shows the same files.
        if GraphAddress.siteAPI(in: path) != nil { add(.subtree(SharePointNames.every)) }
    }

    mutating func add(_ effect: FolderEffect) {
        guard effects.first != .everything, !effects.contains(effect) else { return }
        if effect == .everything { effects = [.everything] } else { effects.append(effect) }
    }

    /// An item came, went or changed: its own listing, the one that shows it, and the row of that folder one level up.
    ///
    /// - Parameter wholeTree: whether what lies below it is reached by other ways, or by none, from now on.
    mutating func touch(_ item: GraphItem, wholeTree: Bool) {
        guard let id = item.id else { return add(.everything) }
        add(.subtree(GraphNames.item(id)))
        guard let parent = item.parent, let drive = parent.drive else { return add(.everything) }
        guard let parentID = parent.id else {
            // The root of a drive lies in no folder.
            return parent.path == nil && !wholeTree ? () : addDrive(drive)
        }
        add(.subtree(GraphNames.item(parentID)))
        guard let place = parent.place else { return addDrive(drive) }
        if let above = place.parent { add(.subtree(GraphNames.place(above))) }
        guard wholeTree else { return }
        guard let name = item.name else { return addDrive(drive) }
        add(.subtree(GraphNames.tree(place.child(name))))
        add(.subtree(GraphNames.somePath))
    }

    /// Everything of one drive, and what may be of it.
    mutating func addDrive(_ id: [UInt8]) {
        add(.subtree(GraphNames.drive(id)))
        add(.subtree(GraphNames.someDrive))
    }

    /// Everything that a write reaches which told nothing more than its request.
    mutating func addAll(of write: GraphWrite) {
        if let drive = write.drive { addDrive(drive) } else { add(.everything) }
    }
}

extension GraphWrite {
    /// What is known before the answer, and surely reached.
    var before: [FolderEffect] {
        var effects = GraphEffects(ofWriteAt: path)
        if !path.isEmpty { effects.add(.folder(path)) }
        if let id { effects.add(.subtree(GraphNames.item(id))) }
        if let item { effects.touch(item, wholeTree: item.isFolder && kind != .copy) }
        if let folder { effects.touch(folder, wholeTree: false) }
        return effects.effects
    }

    /// What is voided when nothing more is known: no answer came, or none that tells.
    var widest: [FolderEffect] {
        var effects = GraphEffects(ofWriteAt: path)
        switch kind {
        case .harmless: return []
        case .batch, .opaque: return [.everything]
        case .remove, .share: if item != nil { return before }
        case .copy: if item != nil, destination == nil || folder != nil { return before }
        case .uploadSession: if folder != nil || item != nil { return before }
        case .create, .change: break
        }
        for effect in before { effects.add(effect) }
        effects.addAll(of: self)
        // What was looked up may lie elsewhere than the request says: a shared item in another's drive.
        if let drive = item?.parent?.drive { effects.addDrive(drive) }
        return effects.effects
    }

    /// What is voided once the answer is there.
    func after(_ answer: WriteAnswer) -> [FolderEffect] {
        switch kind {
        case .harmless, .batch, .remove, .share, .copy, .uploadSession: return widest
        case .create, .change, .opaque: break
        }
        guard let body = answer.body, let now = GraphItem.parse(body), now.parent?.drive != nil else {
            // A part of an upload that is not whole yet.
            if kind == .opaque, answer.status == 202, answer.body.map(GraphUploadSession.awaitsMore) == true {
                return []
            }
            return widest
        }
        var effects = GraphEffects(ofWriteAt: path)
        if !path.isEmpty { effects.add(.folder(path)) }
        if let id { effects.add(.subtree(GraphNames.item(id))) }
        guard kind == .change else {
            effects.touch(now, wholeTree: now.isFolder)
            return effects.effects
        }
        guard let old = item else { return widest }
        let stays = old.name == now.name && old.parent?.id == now.parent?.id
        effects.touch(old, wholeTree: old.isFolder && !stays)
        effects.touch(now, wholeTree: now.isFolder && !stays)
        return effects.effects
    }
}
