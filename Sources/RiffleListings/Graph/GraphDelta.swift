/// One page of a delta query: what changed, and where to go on.
package struct GraphDelta: Sendable, Equatable {
    struct Row: Sendable, Equatable {
        var item: GraphItem
        var isDeleted = false
        /// `2026-11-25T20:00:00Z`, which sorts as it is.
        var created: [UInt8]?
    }

    var rows: [Row] = []
    /// Where more of the same is.
    package var next: String?
    /// Where to ask later what changed since.
    package var later: String?

    /// Nil when it is no such page, or does not say where to go on.
    package init?(_ body: [UInt8]) {
        let read = body.withUnsafeBytes { bytes -> GraphDelta? in
            var reader = JSONReader(bytes)
            return try? GraphDelta(&reader)
        }
        guard let read, read.next != nil || read.later != nil else { return nil }
        self = read
    }

    private init(_ reader: inout JSONReader) throws(JSONReader.Failure) {
        func link(_ reader: inout JSONReader) throws(JSONReader.Failure) -> String? {
            try reader.textOrSkip().flatMap { reader.decoded($0) }.map { String(decoding: $0, as: UTF8.self) }
        }
        try reader.enterObject()
        while let key = try reader.nextKey() {
            if reader.isText(key, "@odata.nextLink") {
                next = try link(&reader)
            } else if reader.isText(key, "@odata.deltaLink") {
                later = try link(&reader)
            } else if reader.isText(key, "value") {
                try reader.enterArray()
                while try reader.nextElement() { rows.append(try Self.row(&reader)) }
            } else {
                try reader.skipValue()
            }
        }
        try reader.expectEnd()
    }

    private static func row(_ reader: inout JSONReader) throws(JSONReader.Failure) -> Row {
        var row = GraphRow()
        var isDeleted = false
        var created: JSONText?
        try reader.enterObject()
        while let key = try reader.nextKey() {
            if reader.isText(key, "deleted") {
                isDeleted = try reader.kind() != .null
                try reader.skipValue()
            } else if reader.isText(key, "createdDateTime") {
                created = try reader.textOrSkip()
            } else {
                try row.take(key, &reader)
            }
        }
        return Row(
            item: GraphItem(row, in: reader), isDeleted: isDeleted, created: created.flatMap { reader.decoded($0) })
    }
}

/// Where items were last known to lie: learnt from listings as they are stored and from delta queries, so that a change
/// reaches the folder that an item has left, which no delta query names.
///
/// Bounded: when full it forgets everything, and an item that it does not know may have lain anywhere.
package struct GraphItemMap: Sendable {
    static let maximum = 200_000

    private struct Known: Sendable {
        var parent: [UInt8]?
        var name: [UInt8]?
        var isFolder: Bool
    }

    private var items: [[UInt8]: Known] = [:]
    /// Items made since then are in the map, or never were anywhere else. As Graph writes times.
    private var since: [UInt8]?

    package init() {}

    package mutating func learn(_ items: [ListedItem]) {
        for item in items { note(item.id, Known(parent: item.parent, name: item.name, isFolder: item.isFolder)) }
    }

    private mutating func note(_ id: [UInt8], _ known: Known) {
        if items.count >= Self.maximum, items[id] == nil {
            items = [:]
            since = nil
        }
        items[id] = known
    }

    /// A feed hears of everything that is made from this moment on.
    ///
    /// - Parameter time: as Graph writes it, by the origin's clock.
    package mutating func heard(at time: [UInt8]) {
        if since == nil { since = time }
    }

    /// What the rows of a page void.
    ///
    /// - Parameter scope: everything that the feed speaks of; voided where a row does not say enough.
    package mutating func effects(of delta: GraphDelta, scope: FolderEffect) -> [FolderEffect] {
        var effects = GraphEffects()
        var isNews = false
        for row in delta.rows {
            guard let id = row.item.id else {
                isNews = true
                effects.add(scope)
                continue
            }
            let known = items[id]
            if row.isDeleted { items[id] = nil } else { note(id, row.item) }
            // A folder that is where it was is only there because something below it changed.
            let parent = row.item.parent?.id
            let isContext =
                row.item.isFolder && known != nil && known?.parent == parent && known?.name == row.item.name
            // The root lies in no folder.
            if !row.isDeleted, isContext || parent == nil { continue }
            isNews = true
            effects.add(.subtree(GraphNames.item(id)))
            for folder in [parent, known?.parent] {
                guard let folder else { continue }
                effects.add(.subtree(GraphNames.item(folder)))
                if let above = items[folder]?.parent { effects.add(.subtree(GraphNames.item(above))) }
            }
            let isNew =
                row.created.map { created in since.map { !created.lexicographicallyPrecedes($0) } ?? false } ?? false
            // Where an unknown item lay, and what a folder's new name means below it, nobody knows.
            if known == nil ? !isNew : row.item.isFolder || known?.isFolder == true { effects.add(scope) }
        }
        return isNews ? effects.effects : []
    }

    private mutating func note(_ id: [UInt8], _ item: GraphItem) {
        note(id, Known(parent: item.parent?.id, name: item.name, isFolder: item.isFolder))
    }
}

/// An item as a listing shows it.
package struct ListedItem: Sendable, Equatable {
    package var id: [UInt8]
    package var parent: [UInt8]?
    package var name: [UInt8]?
    package var isFolder: Bool
}
