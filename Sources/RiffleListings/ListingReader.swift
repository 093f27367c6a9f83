/// Reads the answer to a listing request as it arrives, and says at its end whether it is the listing asked for.
///
/// It holds what a piece leaves unfinished, never the answer: a folder of 100,000 children costs no more memory than one
/// of ten.
package struct ListingReader {
    private enum Format {
        case multistatus(Multistatus)
        case autoindex(AutoindexListing)
        case decided(Confirmation)
    }

    private var format: Format
    /// What the pieces so far left unread.
    private var rest: [UInt8] = []
    /// The path of a listing that shows locks.
    private var lockPath: [UInt8]?

    /// - Parameters:
    ///   - path: the canonical path of the request, as the origin sees it.
    ///   - form: the form of the same request.
    /// - Returns: nil for a dialect whose answers are read as a whole: see ``Dialect/confirm(status:contentType:contentEncoding:body:path:form:rules:)``.
    package init?(_ dialect: Dialect, status: Int, contentType: String?, path: [UInt8], form: [UInt8]) {
        guard let format = Self.format(dialect, status, contentType, path, form) else { return nil }
        self.format = format
        if dialect == .webdav, LockNames.areShown(in: form) { lockPath = path }
    }

    private static func format(
        _ dialect: Dialect, _ status: Int, _ contentType: String?, _ path: [UInt8], _ form: [UInt8]
    ) -> Format? {
        let type = contentType?.prefix { $0 != ";" }.lowercased().filter { $0 != " " && $0 != "\t" }
        switch dialect {
        case .webdav:
            guard status == 207 else { return .decided(.refused(.wrongStatus)) }
            guard type == "application/xml" || type == "text/xml" else { return .decided(.refused(.wrongType)) }
            guard form.count > FormTag.count else { return .decided(.refused(.malformed)) }
            return .multistatus(
                Multistatus(path: path, depth: form[FormTag.depth], namesOnly: PropfindBody.asksForNames(form)))
        case .autoindex:
            guard status == 200 else { return .decided(.refused(.wrongStatus)) }
            guard type == "application/json" else { return .decided(.refused(.wrongType)) }
            return .autoindex(AutoindexListing(path: path))
        case .graph, .s3, .json: return nil
        }
    }

    /// Whether the answers of this dialect are read while they come.
    package static func reads(_ dialect: Dialect) -> Bool {
        switch dialect {
        case .webdav, .autoindex: true
        case .graph, .s3, .json: false
        }
    }

    /// Bytes held until more of the body comes.
    var unread: Int { rest.count }

    /// Whether the answer is known to be no listing, whatever follows.
    package var isRefused: Bool {
        if case .decided(.refused) = format { true } else { false }
    }

    /// The next piece of the body, in its plain coding. O(piece).
    package mutating func take(_ piece: UnsafeRawBufferPointer) {
        if case .decided = format { return }
        guard !rest.isEmpty else { return read(piece, isLast: false) }
        rest.append(contentsOf: piece)
        let window = rest
        window.withUnsafeBytes { read($0, isLast: false) }
    }

    /// The body is complete.
    package mutating func finish() -> Confirmation {
        let window = rest
        window.withUnsafeBytes { read($0, isLast: true) }
        guard case .decided(let confirmation) = format else { return .refused(.incomplete) }
        guard let lockPath, case .listing(var shape) = confirmation else { return confirmation }
        guard let names = LockNames.names(of: lockPath) else { return .refused(.tooComplex) }
        shape.names = names
        return .listing(shape)
    }

    private mutating func read(_ window: UnsafeRawBufferPointer, isLast: Bool) {
        let progress: ListingProgress
        switch format {
        case .decided: return
        case .multistatus(var reader):
            format = .decided(.refused(.incomplete))
            progress = reader.read(window, isLast: isLast)
            format = .multistatus(reader)
        case .autoindex(var reader):
            format = .decided(.refused(.incomplete))
            progress = reader.read(window, isLast: isLast)
            format = .autoindex(reader)
        }
        switch progress {
        case .decided(let confirmation):
            format = .decided(confirmation)
            rest = []
        case .more(let consumed):
            rest = Array(window[consumed...])
        }
    }
}

/// How far a format got in one window.
enum ListingProgress {
    case decided(Confirmation)
    /// The bytes from `consumed` on are wanted again, with those that follow them.
    case more(consumed: Int)
}
