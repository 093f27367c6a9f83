import RiffleHTTP

/// How an origin speaks listings. Everything here is a pure rule over bytes: classify a request, confirm an answer,
/// say what a write may change.
package enum Dialect: String, Sendable, CaseIterable {
    case webdav, autoindex, graph, s3, json
}

/// Why a request that is no write is none of the cache's business either.
package enum BypassCause: Sendable {
    case notAListing, ambiguousPath, range, conditional, largeRequestBody
    /// An operator's rule says so.
    case ruled
    /// Its signature speaks for this one request, and nobody but the origin can check it.
    case signedForOne
}

package enum RequestKind: Sendable, Equatable {
    case listing, write, passThrough(BypassCause)
}

extension Dialect {
    /// What a request asks for. On `.listing`, `form.path` is the canonical folder path, ending in a slash, and
    /// `form.form` all else that tells one form of that folder from another.
    ///
    /// Hot path: O(bytes), and it allocates nothing once `form` and `bodies` are warm.
    package func classify(
        _ head: RequestHead, bytes: UnsafeRawBufferPointer, body: UnsafeRawBufferPointer,
        rules: DialectRules = DialectRules(), into form: inout FormBuffer, bodies: inout BodyForms
    ) -> RequestKind {
        if let kind = OverrideRules.kind(of: head, bytes) { return kind }
        if rules.operator.concernAll, let kind = rules.operator.kind(of: head, bytes) { return kind }
        guard head.method.isSafe else { return .write }
        form.clear()
        let cause =
            switch self {
            case .webdav: PropfindForm.bypass(head, bytes, body, &form, &bodies)
            case .autoindex: AutoindexForm.bypass(head, bytes, body, &form)
            case .graph: GraphForm.bypass(head, bytes, body, &form, &bodies)
            case .json: JSONForm.bypass(head, bytes, body, &form, rules.operator)
            case .s3: S3Form.bypass(head, bytes, body, rules.s3, &form)
            }
        return cause.map { .passThrough($0) } ?? .listing
    }

    /// Whether a complete answer is the listing that the request asked for. O(body), in bounded memory.
    ///
    /// - Parameters:
    ///   - path: the canonical path of ``classify(_:bytes:body:into:bodies:)``, as the origin sees it.
    ///   - form: the form of the same request.
    package func confirm(
        status: Int, contentType: String?, contentEncoding: String?, body: UnsafeRawBufferPointer, path: [UInt8],
        form: [UInt8], rules: DialectRules = DialectRules()
    ) -> Confirmation {
        if let contentEncoding, !contentEncoding.isEmpty, contentEncoding.lowercased() != "identity" {
            return .refused(.encoded)
        }
        var reader = ListingReader(
            self, status: status, contentType: contentType, path: path, form: form, rules: rules)
        reader.take(body)
        return reader.finish()
    }

    /// The canonical path of a folder, ending in a slash; nil when servers could read `raw` differently.
    package static func canonicalFolderPath(_ raw: some Collection<UInt8>) -> [UInt8]? {
        var path: [UInt8] = []
        let reading = Array(raw).withUnsafeBytes { FolderPath.canonicalise($0, into: &path) }
        guard reading == .plain else { return nil }
        if path.last != FolderPath.slash { path.append(FolderPath.slash) }
        return path
    }

    /// The folder that holds a canonical folder path; nil for the root.
    package static func parent(of path: [UInt8]) -> [UInt8]? {
        FolderPath.parent(of: path)
    }

    /// The canonical path of the child folder `name` (raw bytes, not encoded) of the canonical folder `path`; nil when
    /// no request target can name it safely.
    package static func childFolderPath(of path: [UInt8], named name: some Sequence<UInt8>) -> [UInt8]? {
        var result = path
        guard FolderPath.appendSegment(name, to: &result), result.count < FormBuffer.capacity else { return nil }
        result.append(FolderPath.slash)
        return result
    }

    /// The request target that asks for the folder `path` in `form`, path and query, in the spelling of `example`: a target
    /// that asked for another folder in the same form. Nil where no target can be made of it.
    package func target(
        of path: [UInt8], form: [UInt8], like example: [UInt8], rules: DialectRules = DialectRules()
    ) -> [UInt8]? {
        switch self {
        case .webdav, .autoindex:
            let slashless = form.count > FormTag.slash && form[FormTag.slash] == FormTag.withoutSlash
            let path = slashless && path.count > 1 ? Array(path.dropLast()) : path
            return path + example.drop { $0 != UInt8(ascii: "?") }
        case .graph:
            return SharePointListing.isMade(form)
                ? SharePointTarget.listing(of: path, like: example)
                : GraphTarget.listing(of: path, form: form, like: example)
        case .json: return JSONForm.target(of: path, form: form, like: example, rules.operator)
        case .s3: return S3Form(form)?.target(of: path)
        }
    }

    /// Names that every listing of the dialect bears until its answer tells its own: while a fill is under way, nobody
    /// knows yet which of the folders it is that a write names otherwise. A write of the dialect changes them all.
    package var namesOfUnknown: [[UInt8]] { self == .graph ? [GraphNames.someItem] : [] }
}
