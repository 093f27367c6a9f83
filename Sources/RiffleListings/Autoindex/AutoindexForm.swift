import RiffleHTTP

/// Which requests ask for a folder as nginx `autoindex_format json` shows it: GET or HEAD of a path with a slash.
enum AutoindexForm {
    /// Fills `form`; the cause when the request is no listing. HEAD has the form of GET.
    static func bypass(
        _ head: RequestHead, _ bytes: UnsafeRawBufferPointer, _ body: UnsafeRawBufferPointer, _ form: inout FormBuffer
    ) -> BypassCause? {
        guard head.method == .get || head.method == .head else { return .notAListing }
        guard body.isEmpty, bytes[head.path.range].last == FolderPath.slash else { return .notAListing }
        guard !head.has(.range) else { return .range }
        guard !head.has(.ifMatch), !head.has(.ifUnmodifiedSince), !head.has(.ifRange) else { return .conditional }
        guard form.setPath(UnsafeRawBufferPointer(rebasing: bytes[head.path.range])) else { return .ambiguousPath }
        form.appendTag(
            dialect: FormTag.autoindex, depth: FormTag.none, slash: FormTag.withSlash, type: FormTag.none)
        // nginx ignores the query; origins that only resemble it sort by it.
        form.appendQuery(head, bytes)
        form.appendAccept(head, bytes)
        return form.form.count <= FormBuffer.capacity ? nil : .notAListing
    }
}
