import RiffleHTTP

/// Which requests ask for a folder in WebDAV: PROPFIND with `Depth: 1`, and with `Depth: 0` for its own row alone.
///
/// A Depth-0 answer for `/a/b` is stored under `/a/b/`, file or folder: a write to `b` voids that path, and so does a
/// write to a child of `b`, whose parent it is.
enum PropfindForm {
    /// Longest request body that is read.
    static let bodyLimit = 65_536

    /// Fills `form`; the cause when the request is no listing.
    static func bypass(
        _ head: RequestHead, _ bytes: UnsafeRawBufferPointer, _ body: UnsafeRawBufferPointer, _ form: inout FormBuffer,
        _ bodies: inout BodyForms
    ) -> BypassCause? {
        guard head.method == .propfind else { return .notAListing }
        guard let depth = depth(head, bytes) else { return .notAListing }
        guard !head.has(.range) else { return .range }
        guard !head.has(.if), !head.has(.lockToken), !head.has(.ifMatch), !head.has(.ifNoneMatch),
            !head.has(.ifUnmodifiedSince), !head.has(.ifModifiedSince), !head.has(.ifRange)
        else { return .conditional }
        guard body.count <= bodyLimit else { return .largeRequestBody }
        guard !head.has(.contentEncoding), let type = bodyType(head, bytes), !selectsVersion(head, bytes)
        else { return .notAListing }
        guard form.setPath(UnsafeRawBufferPointer(rebasing: bytes[head.path.range])) else { return .ambiguousPath }
        let hasSlash = bytes[head.path.range].last == FolderPath.slash
        form.appendTag(
            dialect: FormTag.webdav, depth: depth, slash: hasSlash ? FormTag.withSlash : FormTag.withoutSlash,
            type: type)
        guard bodies.append(body, to: &form) else { return .notAListing }
        form.appendQuery(head, bytes)
        form.appendFields(.prefer, head, bytes)
        form.appendFields(.brief, head, bytes)
        form.appendAccept(head, bytes)
        return form.form.count <= FormBuffer.capacity ? nil : .notAListing
    }

    /// The depth's byte in the form; nil for infinity, which an absent field means too (RFC 4918 §9.1).
    private static func depth(_ head: RequestHead, _ bytes: UnsafeRawBufferPointer) -> UInt8? {
        guard let value = head.value(.depth), !head.isRepeated(.depth) else { return nil }
        let text = UnsafeRawBufferPointer(rebasing: bytes[value.range])
        if ASCII.equals(text, "1") { return FormTag.depthOne }
        if ASCII.equals(text, "0") { return FormTag.depthZero }
        if ASCII.matches(text, "1,noroot") || ASCII.matches(text, "1, noroot") { return FormTag.depthOneNoRoot }
        return nil
    }

    /// Whether the body is announced as XML (or not at all) or as something else, as curl does; nil when a foreign
    /// charset lets the origin read other characters than riffle does.
    private static func bodyType(_ head: RequestHead, _ bytes: UnsafeRawBufferPointer) -> UInt8? {
        guard let value = head.value(.contentType) else { return UInt8(ascii: "x") }
        guard !head.isRepeated(.contentType) else { return nil }
        let text = UnsafeRawBufferPointer(rebasing: bytes[value.range])
        if ASCII.find("charset", in: text) != nil {
            guard ASCII.find("charset=utf-8", in: text) != nil || ASCII.find("charset=\"utf-8\"", in: text) != nil
            else { return nil }
        }
        return ASCII.find("xml", in: text) != nil ? UInt8(ascii: "x") : UInt8(ascii: "o")
    }

    /// `Label` and `Apply-To-Redirect-Ref` make PROPFIND describe another resource (RFC 3253 §8.3, RFC 4437 §12.2).
    private static func selectsVersion(_ head: RequestHead, _ bytes: UnsafeRawBufferPointer) -> Bool {
        for field in head.fields where field.known == nil {
            let name = UnsafeRawBufferPointer(rebasing: bytes[field.name.range])
            if ASCII.matches(name, "label") || ASCII.matches(name, "apply-to-redirect-ref") { return true }
        }
        return false
    }
}
