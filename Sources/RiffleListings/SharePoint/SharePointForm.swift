import RiffleHTTP

/// Which requests list a folder by SharePoint's REST service: GET of its `Files` or `Folders`, of the folder with either
/// expanded, and of the items of a list.
enum SharePointForm {
    /// What ``GraphForm/kindIndex`` of the form says.
    static let kind = UInt8(ascii: "r")

    enum Shown: UInt8 {
        case files = 0x66
        case folders = 0x64
        /// The folder with its files or its folders, or both.
        case expanded = 0x65
        case items = 0x69
    }

    /// Fills `form`; the cause when the request is no listing.
    static func bypass(
        _ head: RequestHead, _ bytes: UnsafeRawBufferPointer, _ form: inout FormBuffer, _ bodies: inout BodyForms
    ) -> BypassCause? {
        let target = bytes[head.path.range]
        guard ASCII.find("_api/", in: UnsafeRawBufferPointer(rebasing: target)) != nil else { return .notAListing }
        let query =
            head.hasQuery
            ? UnsafeRawBufferPointer(rebasing: bytes[head.query.range]) : UnsafeRawBufferPointer(start: nil, count: 0)
        // An alias in the query is part of the path; others are not.
        let hasAlias =
            target.contains(UInt8(ascii: "@")) || ASCII.find("%40", in: UnsafeRawBufferPointer(rebasing: target)) != nil
        form.form.removeAll(keepingCapacity: true)
        if hasAlias {
            guard let place = place(UnsafeRawBufferPointer(rebasing: target), query) else { return .notAListing }
            form.form.append(contentsOf: [0, 0, 0])
            form.form.append(contentsOf: place)
        } else {
            guard
                bodies.append(
                    sharePointPath: UnsafeRawBufferPointer(rebasing: target), to: &form,
                    canonical: { Self.place($0, UnsafeRawBufferPointer(start: nil, count: 0)) })
            else { return .notAListing }
        }
        return complete(head, bytes, query, &form, &bodies)
    }

    /// Turns what ``place(_:_:)`` told, which is all of `form.form` behind its length, into path and form.
    private static func complete(
        _ head: RequestHead, _ bytes: UnsafeRawBufferPointer, _ query: UnsafeRawBufferPointer, _ form: inout FormBuffer,
        _ bodies: inout BodyForms
    ) -> BypassCause? {
        let length = Int(form.form[4]) << 8 | Int(form.form[5])
        let shown = form.form[3]
        form.path.append(contentsOf: form.form[6..<6 + length])
        form.form.replaceSubrange(0..<6 + length, with: tag)
        form.form.append(shown)
        guard bodies.append(graphQuery: query, to: &form) else { return .notAListing }
        guard shown != Shown.expanded.rawValue || expands(query) else { return .notAListing }
        form.appendFields(.prefer, head, bytes)
        form.appendAccept(head, bytes)
        form.appendFields(.acceptLanguage, head, bytes)
        form.appendFields(.host, head, bytes)
        return form.path.count <= FormBuffer.capacity && form.form.count <= FormBuffer.capacity ? nil : .notAListing
    }

    /// What is shown, the canonical path with its length in front, and how the request spells it: the site that it goes to
    /// and the operation; nil when the path is no listing's.
    private static func place(_ raw: UnsafeRawBufferPointer, _ query: UnsafeRawBufferPointer) -> [UInt8]? {
        guard let path = SharePointPath.parse(raw, query: query), let shown = shown(path) else { return nil }
        var folder = path.site
        if case .folder(let names) = path.place { folder = names }
        guard let canonical = SharePointNames.path(of: folder) else { return nil }
        var text: [UInt8] = [
            shown.rawValue, UInt8(truncatingIfNeeded: canonical.count >> 8), UInt8(truncatingIfNeeded: canonical.count),
        ]
        text += canonical
        var spelled: [UInt8] = [path.spelling?.rawValue ?? 0]
        for part in path.site + [Array("_api".utf8)] { spelled += part + [FolderPath.slash] }
        // Without a spelling of its own the whole path tells which of several ways it is.
        if path.spelling == nil { spelled.append(contentsOf: raw) }
        for shift in [16, 8, 0] { text.append(UInt8(truncatingIfNeeded: spelled.count >> shift)) }
        return text + spelled
    }

    private static func shown(_ path: SharePointPath) -> Shown? {
        switch path.place {
        case .folder:
            guard let last = path.rest.first else { return .expanded }
            guard path.rest.count == 1, last.arguments == nil else { return nil }
            return last.isNamed("files") ? .files : last.isNamed("folders") ? .folders : nil
        case .unknown:
            let calls = Array(path.rest)
            guard calls.count > 1, calls[0].isNamed("lists"), let last = calls.last, last.isNamed("items"),
                last.arguments == nil
            else { return nil }
            let isByTitle = calls.count == 3 && calls[0].arguments == nil
            return calls.count == 2 && calls[0].arguments != nil || isByTitle && calls[1].arguments != nil
                ? .items : nil
        case .file, .web, .beside: return nil
        }
    }

    /// Whether `$expand` names the files or the folders themselves.
    private static func expands(_ query: UnsafeRawBufferPointer) -> Bool {
        for option in QueryOptions(query) {
            guard let name = SharePointCall.decoded(option.name),
                SharePointCall.lowered(name).drop(while: { $0 == dollar }).elementsEqual(expand),
                let value = SharePointCall.decoded(option.value)
            else { continue }
            return SharePointCall.lowered(value).split(separator: UInt8(ascii: ",")).contains { part in
                let part = part.filter { $0 != 0x20 }
                return part.elementsEqual("files".utf8) || part.elementsEqual("folders".utf8)
            }
        }
        return false
    }

    private static let tag = [FormTag.graph, kind, FormTag.none, FormTag.none]
    private static let dollar = UInt8(ascii: "$")
    private static let expand = Array("expand".utf8)
}
