/// Confirms a folder's files and folders, or a list's items, as SharePoint's REST service writes them: JSON with all, little or
/// no metadata. Atom XML is not read; it passes through.
struct SharePointListing {
    private var reader: JSONReader
    private let path: [UInt8]
    private let folder: [[UInt8]]
    private let shown: SharePointForm.Shown
    private var shape = ListingShape()
    private var lists = 0
    private var failure: ConfirmationFailure?

    /// Nil for a form that is none of this service's.
    init?(body: UnsafeRawBufferPointer, path: [UInt8], form: [UInt8]) {
        guard let folder = SharePointNames.folder(of: path), let shown = Self.shown(form) else { return nil }
        reader = JSONReader(body)
        self.path = path
        self.folder = folder
        self.shown = shown
    }

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

    mutating func confirm() -> Confirmation {
        do throws(JSONReader.Failure) {
            try reader.enterObject()
            try readMembers(depth: 0)
            try reader.expectEnd()
        } catch {
            return .refused(error == .incomplete ? .incomplete : .malformed)
        }
        if let failure { return .refused(failure) }
        guard shown == .expanded ? lists > 0 : lists == 1 else { return .refused(.malformed) }
        shape.names = SharePointNames.names(of: folder, isList: shown == .items)
        return .listing(shape)
    }

    /// The members of the object just entered: the answer's own, or those of the `d` that verbose answers wrap it in.
    private mutating func readMembers(depth: Int) throws(JSONReader.Failure) {
        while let key = try reader.nextKey() {
            if depth == 0, reader.isText(key, "d") {
                try readWrapped()
            } else if reader.isText(key, "error") || reader.isText(key, "odata.error") {
                failure = .malformed
                try reader.skipValue()
            } else if shown == .expanded {
                try readOfFolder(key)
            } else if reader.isText(key, depth == 0 ? "value" : "results") {
                try readRows(areFolders: shown == .folders)
            } else if isNext(key) {
                try readNext()
            } else {
                try reader.skipValue()
            }
        }
    }

    private mutating func readWrapped() throws(JSONReader.Failure) {
        guard try reader.kind() == .object else {
            try readRows(areFolders: shown == .folders)
            return
        }
        try reader.enterObject()
        try readMembers(depth: 1)
    }

    private func isNext(_ key: JSONText) -> Bool {
        reader.isText(key, "odata.nextLink") || reader.isText(key, "@odata.nextLink") || reader.isText(key, "__next")
    }

    private mutating func readNext() throws(JSONReader.Failure) {
        guard shape.next == nil else { throw .malformed }
        if let link = try reader.textOrSkip(), let value = reader.decoded(link) {
            shape.next = NextLink(range: link.range, escaping: .json, value: value)
        }
    }

    /// A member of a folder whose own answer shows what is in it.
    private mutating func readOfFolder(_ key: JSONText) throws(JSONReader.Failure) {
        let isFolders = reader.isText(key, "Folders")
        guard isFolders || reader.isText(key, "Files") else {
            let name = reader.spelled(key)
            // More of them than were sent: the rest would not be in the listing.
            if ASCII.find("nextlink", in: name) != nil { failure = .incomplete }
            try reader.skipValue()
            return
        }
        guard try reader.kind() == .object else {
            try readRows(areFolders: isFolders)
            return
        }
        try reader.enterObject()
        while let key = try reader.nextKey() {
            if reader.isText(key, "results") {
                try readRows(areFolders: isFolders)
            } else {
                if reader.isText(key, "__next") { failure = .incomplete }
                try reader.skipValue()
            }
        }
    }

    private mutating func readRows(areFolders: Bool) throws(JSONReader.Failure) {
        lists += 1
        try reader.enterArray()
        while try reader.nextElement() {
            var name: JSONText?
            var url: JSONText?
            try reader.enterObject()
            while let key = try reader.nextKey() {
                if areFolders, reader.isText(key, "ServerRelativeUrl") {
                    url = try reader.textOrSkip()
                } else if areFolders, reader.isText(key, "Name") {
                    name = try reader.textOrSkip()
                } else {
                    try reader.skipValue()
                }
            }
            shape.childCount += 1
            if areFolders, shape.hasRoom { addFolder(name, url) }
        }
    }

    private mutating func addFolder(_ name: JSONText?, _ url: JSONText?) {
        var names = folder
        if let url = url.flatMap({ reader.decoded($0) }) {
            guard let told = SharePointPath.names(url, in: [], isURL: false) else { return }
            names = told
        } else if let name = name.flatMap({ reader.decoded($0) }) {
            names.append(name)
        } else {
            return
        }
        if let path = SharePointNames.path(of: names) { shape.addChildFolder(path) }
    }
}
