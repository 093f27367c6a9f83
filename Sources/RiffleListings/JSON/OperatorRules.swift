import RiffleHTTP

/// What an operator says about requests whose meaning riffle can't know: which are listings of an origin that speaks JSON
/// in a way of its own, which writes change which folders, which must never be answered from the cache.
package struct OperatorRules: Sendable, Equatable {
    /// Rules of one kind at most.
    package static let limit = 64

    package struct Listing: Sendable, Equatable {
        package var path: PathPattern
        /// Names the folder by what the path's names stood for.
        package var folder: PathPattern
        /// Options of the query that the answer depends on; nil: all of them.
        package var query: [[UInt8]]?
        package var items: JSONPointer
        package var name: JSONPointer
        package var isFolder: JSONTest?
        package var next: JSONPointer?

        package init(
            path: PathPattern, folder: PathPattern, query: [[UInt8]]?, items: JSONPointer, name: JSONPointer,
            isFolder: JSONTest?, next: JSONPointer?
        ) {
            self.path = path
            self.folder = folder
            self.query = query
            self.items = items
            self.name = name
            self.isFolder = isFolder
            self.next = next
        }
    }

    package struct Write: Sendable, Equatable {
        /// Nil: any that is not safe.
        package var methods: Set<String>?
        package var path: PathPattern
        /// Folders that change, by what the path's names stood for; with everything below where `isDeep`.
        package var voids: [(folder: PathPattern, isDeep: Bool)]

        package init(methods: Set<String>?, path: PathPattern, voids: [(folder: PathPattern, isDeep: Bool)]) {
            self.methods = methods
            self.path = path
            self.voids = voids
        }

        package static func == (left: Write, right: Write) -> Bool {
            left.methods == right.methods && left.path == right.path
                && left.voids.elementsEqual(right.voids) { $0.folder == $1.folder && $0.isDeep == $1.isDeep }
        }
    }

    package struct Bypass: Sendable, Equatable {
        package var methods: Set<String>?
        package var path: PathPattern

        package init(methods: Set<String>?, path: PathPattern) {
            self.methods = methods
            self.path = path
        }
    }

    package var listings: [Listing] = []
    package var writes: [Write] = []
    package var bypasses: [Bypass] = []

    package init() {}

    /// Whether there are rules that hold whatever the dialect.
    var concernAll: Bool { !writes.isEmpty || !bypasses.isEmpty }
}

extension OperatorRules {
    /// What these rules make of a request, before its dialect is asked; nil when they say nothing of it.
    func kind(of head: RequestHead, _ bytes: UnsafeRawBufferPointer) -> RequestKind? {
        guard concernAll, let path = Self.path(of: head, bytes) else { return nil }
        let method = Self.method(of: head, bytes)
        if matchingWrite(method, path, isSafe: head.method.isSafe) != nil { return .write }
        let isBypassed = bypasses.contains { $0.methods?.contains(method) ?? true && $0.path.match(path[...]) != nil }
        // A write that is only bypassed would leave what it changes in the cache.
        return isBypassed && head.method.isSafe ? .passThrough(.ruled) : nil
    }

    /// What a write changes by these rules; nil when none is about it.
    func effects(of head: RequestHead, _ bytes: UnsafeRawBufferPointer) -> WriteEffects? {
        guard !writes.isEmpty, let path = Self.path(of: head, bytes),
            let (write, captures) = matchingWrite(Self.method(of: head, bytes), path, isSafe: head.method.isSafe)
        else { return nil }
        let effects = write.voids.map { target -> FolderEffect in
            guard let folder = target.folder.expand(captures, slash: true) else { return .everything }
            return target.isDeep ? .subtree(folder) : .folder(folder)
        }
        return WriteEffects(effects, mayBePartial: true)
    }

    /// A write rule without methods is about those that are not safe.
    private func matchingWrite(
        _ method: String, _ path: [UInt8], isSafe: Bool
    ) -> (Write, PathPattern.Captures)? {
        for write in writes where write.methods?.contains(method) ?? !isSafe {
            if let captures = write.path.match(path[...]) { return (write, captures) }
        }
        return nil
    }

    private static func method(of head: RequestHead, _ bytes: UnsafeRawBufferPointer) -> String {
        String(decoding: UnsafeRawBufferPointer(rebasing: bytes[head.methodRange.range]), as: UTF8.self)
    }

    private static func path(of head: RequestHead, _ bytes: UnsafeRawBufferPointer) -> [UInt8]? {
        var path: [UInt8] = []
        let raw = UnsafeRawBufferPointer(rebasing: bytes[head.path.range])
        return FolderPath.canonicalise(raw, into: &path) == .plain ? path : nil
    }
}
