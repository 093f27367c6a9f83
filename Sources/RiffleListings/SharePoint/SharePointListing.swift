/// Confirms a folder's files and folders, or a list's items, as SharePoint's REST service writes them: JSON with all, little or
/// no metadata. Atom XML is not read; it passes through.
struct SharePointListing {
    /// Bytes of one row, or of what stands beside the rows.
    private static let memberLimit = 256 << 10

    /// An object on the way to the rows.
    private enum Level {
        case answer
        /// The `d` that verbose answers wrap all in.
        case wrapped
        /// What a folder's own answer shows of what is in it.
        case files, folders
    }

    private enum Place {
        case before
        /// In the innermost level, or behind the whole where there is none.
        case within(JSONReader.Mark)
        case rows(JSONReader.Mark, areFolders: Bool)
    }

    private let folder: [[UInt8]]
    private let shown: SharePointForm.Shown
    private var place = Place.before
    private var levels: [Level] = []
    private var shape = ListingShape()
    private var lists = 0
    private var failure: ConfirmationFailure?

    /// Nil for a form that is none of this service's.
    init?(path: [UInt8], form: [UInt8]) {
        guard let folder = SharePointNames.folder(of: path), let shown = Self.shown(form) else { return nil }
        self.folder = folder
        self.shown = shown
    }

    var next: NextLink? { shape.next }

    static func isMade(_ form: [UInt8]) -> Bool {
        form.count > FormTag.count && form[0] == FormTag.graph && form[GraphForm.kindIndex] == SharePointForm.kind
    }

    /// Behind the tag stands how the place was spelled, with its length in front, then what is shown.
    private static func shown(_ form: [UInt8]) -> SharePointForm.Shown? {
        let start = FormTag.count + 3
        guard isMade(form), form.count > start else { return nil }
        let length = Int(form[start - 3]) << 16 | Int(form[start - 2]) << 8 | Int(form[start - 1])
        guard start + length < form.count else { return nil }
        return SharePointForm.Shown(rawValue: form[start + length])
    }

    /// Reads on in `window`, which begins at `offset` of the body. A row is read when all of it is there.
    mutating func read(_ window: UnsafeRawBufferPointer, at offset: Int, isLast: Bool) -> ListingProgress {
        var consumed = 0
        do throws(JSONReader.Failure) {
            var reader: JSONReader
            switch place {
            case .before:
                guard isLast || window.count >= 3 else { return .more(consumed: 0) }
                reader = JSONReader(window)
                try reader.enterObject()
                levels.append(.answer)
                place = .within(reader.mark)
            case .within(let mark), .rows(let mark, _): reader = JSONReader(window, resuming: mark)
            }
            while true {
                consumed = reader.mark.position
                if case .rows(_, let areFolders) = place {
                    while try reader.nextElement() {
                        try readRow(&reader, areFolder: areFolders)
                        consumed = reader.mark.position
                        place = .rows(reader.mark, areFolders: areFolders)
                    }
                    place = .within(reader.mark)
                } else if let level = levels.last {
                    try readMember(of: level, &reader, at: offset, isLast: isLast)
                } else {
                    try reader.expectEnd()
                    return isLast ? .decided(verdict()) : .more(consumed: window.count)
                }
            }
        } catch {
            if error == .incomplete, !isLast, window.count - consumed <= Self.memberLimit {
                return .more(consumed: consumed)
            }
            return .decided(.refused(error == .incomplete ? .incomplete : .malformed))
        }
    }

    private func verdict() -> Confirmation {
        if let failure { return .refused(failure) }
        guard shown == .expanded ? lists > 0 : lists == 1 else { return .refused(.malformed) }
        var shape = shape
        shape.names = SharePointNames.names(of: folder, isList: shown == .items)
        return .listing(shape)
    }

    /// One key of the innermost level with its value, or the level's end.
    private mutating func readMember(
        of level: Level, _ reader: inout JSONReader, at offset: Int, isLast: Bool
    ) throws(JSONReader.Failure) {
        guard let key = try reader.nextKey() else {
            levels.removeLast()
            place = .within(reader.mark)
            return
        }
        switch level {
        case .files, .folders:
            if reader.isText(key, "results") { return try enterRows(&reader, areFolders: level == .folders) }
            try skip(&reader, isLast)
            // More of them than were sent: the rest would not be in the listing.
            if reader.isText(key, "__next") { failure = .incomplete }
        case .answer where reader.isText(key, "d"):
            try enter(.wrapped, &reader, areFolders: shown == .folders)
        case .answer, .wrapped:
            if reader.isText(key, "error") || reader.isText(key, "odata.error") {
                try skip(&reader, isLast)
                failure = .malformed
            } else if shown == .expanded {
                let areFolders = reader.isText(key, "Folders")
                if areFolders || reader.isText(key, "Files") {
                    return try enter(areFolders ? .folders : .files, &reader, areFolders: areFolders)
                }
                try skip(&reader, isLast)
                if ASCII.find("nextlink", in: reader.spelled(key)) != nil { failure = .incomplete }
            } else if reader.isText(key, level == .answer ? "value" : "results") {
                try enterRows(&reader, areFolders: shown == .folders)
            } else if isNext(key, reader) {
                try readNext(&reader, at: offset, isLast: isLast)
            } else {
                try skip(&reader, isLast)
            }
        }
    }

    /// Goes into what holds rows: an object around them, or they themselves.
    private mutating func enter(
        _ level: Level, _ reader: inout JSONReader, areFolders: Bool
    ) throws(JSONReader.Failure) {
        guard try reader.kind() == .object else { return try enterRows(&reader, areFolders: areFolders) }
        try reader.enterObject()
        levels.append(level)
        place = .within(reader.mark)
    }

    private mutating func enterRows(_ reader: inout JSONReader, areFolders: Bool) throws(JSONReader.Failure) {
        try reader.enterArray()
        lists += 1
        place = .rows(reader.mark, areFolders: areFolders)
    }

    private mutating func skip(_ reader: inout JSONReader, _ isLast: Bool) throws(JSONReader.Failure) {
        try reader.skipValue()
        try pass(reader, isLast)
    }

    /// A number that reaches to the end of the window may go on in the next one.
    private mutating func pass(_ reader: JSONReader, _ isLast: Bool) throws(JSONReader.Failure) {
        guard isLast || !reader.isAtEnd else { throw .incomplete }
        place = .within(reader.mark)
    }

    private func isNext(_ key: JSONText, _ reader: JSONReader) -> Bool {
        reader.isText(key, "odata.nextLink") || reader.isText(key, "@odata.nextLink") || reader.isText(key, "__next")
    }

    private mutating func readNext(
        _ reader: inout JSONReader, at offset: Int, isLast: Bool
    ) throws(JSONReader.Failure) {
        let link = try reader.textOrSkip()
        try pass(reader, isLast)
        guard shape.next == nil else { throw .malformed }
        guard let link, let value = reader.decoded(link) else { return }
        shape.next = try NextLink(link, value: value, at: offset)
    }

    private mutating func readRow(_ reader: inout JSONReader, areFolder: Bool) throws(JSONReader.Failure) {
        var name: JSONText?
        var url: JSONText?
        try reader.enterObject()
        while let key = try reader.nextKey() {
            if areFolder, reader.isText(key, "ServerRelativeUrl") {
                url = try reader.textOrSkip()
            } else if areFolder, reader.isText(key, "Name") {
                name = try reader.textOrSkip()
            } else {
                try reader.skipValue()
            }
        }
        shape.childCount += 1
        guard areFolder, shape.hasRoom else { return }
        addFolder(name.flatMap { reader.decoded($0) }, url.flatMap { reader.decoded($0) })
    }

    private mutating func addFolder(_ name: [UInt8]?, _ url: [UInt8]?) {
        var names = folder
        if let url {
            guard let told = SharePointPath.names(url, in: [], isURL: false) else { return }
            names = told
        } else if let name {
            names.append(name)
        } else {
            return
        }
        if let path = SharePointNames.path(of: names) { shape.addChildFolder(path) }
    }
}
