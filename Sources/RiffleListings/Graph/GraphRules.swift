import RiffleHTTP

/// Effects, look-ups and aftermath of Graph's writes: the order of things; ``GraphEffects`` says what they reach.
enum GraphRules {
    /// What of an item tells who it is and where it lies.
    static let selection = Array("?$select=id,name,folder,package,parentReference".utf8)

    static func readsBody(_ head: RequestHead, _ bytes: UnsafeRawBufferPointer) -> Bool {
        guard head.framing != .none else { return false }
        let path = UnsafeRawBufferPointer(rebasing: bytes[head.path.range])
        if SharePointWrite.readsBody(head, bytes) { return true }
        return GraphBatch.isBatch(path) || GraphWrite(method: GraphMethod(head, bytes), path: path)?.kind == .copy
    }

    static func effects(_ head: RequestHead, _ bytes: UnsafeRawBufferPointer, body: [UInt8]?) -> WriteEffects {
        guard !OverrideRules.namesOtherPath(head) else { return WriteEffects([.everything], mayBePartial: true) }
        if let effects = SharePointWrite.effects(head, bytes, body: body) { return effects }
        let write = write(head, bytes, body: body)
        var effects = WriteEffects(write.widest)
        effects.fence = write.before
        effects.lookUp = lookUp(write)
        effects.outcome = write.readsAnswer ? .inBody : .inHead
        effects.mayBePartial = write.kind == .opaque
        effects.memo = .graph(GraphMemo(write: write))
        return effects
    }

    private static func write(
        _ head: RequestHead, _ bytes: UnsafeRawBufferPointer, body: [UInt8]?
    ) -> GraphWrite {
        let path = UnsafeRawBufferPointer(rebasing: bytes[head.path.range])
        guard var write = GraphWrite(method: GraphMethod(head, bytes), path: path) else {
            if GraphBatch.isBatch(path) { return GraphBatch.write(body, path: path) }
            return GraphWrite(kind: isHarmless(path) ? .harmless : .opaque)
        }
        if write.kind == .copy {
            write.destination = body.flatMap(destination)
            // Without the body nothing is known of where to.
            if body == nil { write.kind = .opaque }
        }
        return write
    }

    /// `parentReference` of a copy's body.
    private static func destination(_ body: [UInt8]) -> GraphItem.Reference? {
        body.withUnsafeBytes { bytes in
            var reader = JSONReader(bytes)
            guard let row = try? GraphRow.read(&reader) else { return nil }
            return row.parent.map { GraphItem.Reference($0, in: reader) }
        }
    }

    /// Writes whose path is Graph's but no drive's, and which no listing shows.
    private static func isHarmless(_ path: UnsafeRawBufferPointer) -> Bool {
        var scratch = GraphScratch()
        guard scratch.split(path), scratch.matches(0, "v1.0") || scratch.matches(0, "beta") else { return false }
        return scratch.matches(1, "subscriptions") || scratch.matches(1, "search")
    }

    // MARK: Look-ups

    /// What must be asked before the write goes out; nil when all is known that can be.
    static func lookUp(_ write: GraphWrite) -> [UInt8]? {
        switch write.kind {
        case .change, .remove, .share:
            return write.item == nil ? own(write) : nil
        case .copy:
            guard let item = write.item else { return own(write) }
            guard let destination = write.destination, !write.asksDestination else { return nil }
            return target(of: destination, near: item, write.version)
        case .uploadSession:
            guard write.folder == nil, write.item == nil else { return nil }
            guard let parent = namedParent(write.path) else { return own(write) }
            return GraphTarget.address(of: parent, version: write.version).map { $0.bytes + selection }
        case .create, .batch, .opaque, .harmless: return nil
        }
    }

    private static func own(_ write: GraphWrite) -> [UInt8]? {
        GraphTarget.address(of: write.path, version: write.version).map { $0.bytes + selection }
    }

    /// The folder that holds what names address; nil when no names are given.
    static func namedParent(_ path: [UInt8]) -> [UInt8]? {
        guard GraphAddress(path)?.hasNames == true else { return nil }
        return FolderPath.parent(of: path)
    }

    private static func target(of reference: GraphItem.Reference, near item: GraphItem, _ version: [UInt8]) -> [UInt8]?
    {
        guard let drive = reference.drive ?? item.parent?.drive else { return nil }
        var path = Array("/drives/".utf8)
        guard FolderPath.appendSegment(drive, to: &path) else { return nil }
        if let id = reference.id {
            path += Array("/items/".utf8)
            guard FolderPath.appendSegment(id, to: &path) else { return nil }
        } else if let place = reference.path.flatMap({ GraphPlace(drive: drive, referencePath: $0) }) {
            path += Array("/root".utf8)
            for name in place.names {
                path.append(FolderPath.slash)
                guard FolderPath.appendSegment(name, to: &path) else { return nil }
            }
        } else {
            return nil
        }
        return GraphTarget.address(of: path + [FolderPath.slash], version: version).map { $0.bytes + selection }
    }

    /// Takes in what was looked up.
    static func refined(_ effects: WriteEffects, _ write: GraphWrite, by answer: WriteAnswer?) -> WriteEffects {
        var write = write
        let found = answer.flatMap { $0.status == 200 ? $0.body.flatMap(GraphItem.parse) : nil }
        var effects = effects
        effects.lookUp = nil
        switch write.kind {
        case .copy where write.item != nil:
            write.folder = found
            write.asksDestination = true
        case .uploadSession where namedParent(write.path) != nil: write.folder = found
        default: write.item = found
        }
        // What could not be found once is not asked for again.
        if found != nil { effects.lookUp = lookUp(write) }
        effects.fence = write.before
        effects.changes = write.widest
        effects.memo = .graph(GraphMemo(write: write))
        return effects
    }

    // MARK: Aftermath

    static func aftermath(_ write: GraphWrite, _ answer: WriteAnswer?) -> Aftermath {
        guard let answer else { return Aftermath(write.widest) }
        if (400...499).contains(answer.status), answer.status != 408 {
            let isPartial = write.kind == .opaque && [403, 409, 424].contains(answer.status)
            return Aftermath(isPartial ? write.widest : [])
        }
        guard (200...299).contains(answer.status) else { return Aftermath(write.widest) }
        switch write.kind {
        case .batch: return Aftermath(GraphBatch.changes(write, answer))
        case .copy:
            let changes = write.widest
            guard answer.status == 202, let monitor = answer.location else { return Aftermath(changes) }
            return Aftermath(changes, followUp: .monitor(url: monitor, changes))
        case .uploadSession:
            guard let body = answer.body, let session = GraphUploadSession.parse(body) else {
                return Aftermath(write.widest)
            }
            // The session itself changes nothing: its last part does.
            return Aftermath([], followUp: .upload(session.link, write.widest, until: session.life))
        default: return Aftermath(write.after(answer))
        }
    }
}

extension GraphWrite {
    /// Whether the answer tells more than that it worked.
    fileprivate var readsAnswer: Bool {
        switch kind {
        case .create, .change, .opaque, .uploadSession, .batch: true
        case .remove, .share, .copy, .harmless: false
        }
    }
}
