/// Reads the answer to a listing request as it arrives, and says at its end whether it is the listing asked for.
///
/// It holds what a piece leaves unfinished, never the answer: a folder of 100,000 children costs no more memory than one
/// of ten.
package struct ListingReader {
    private enum Format {
        case multistatus(Multistatus)
        case autoindex(AutoindexListing)
        case graph(GraphListing)
        case sharePoint(SharePointListing)
        case json(JSONListing)
        case s3(S3Listing)
        case decided(Confirmation)
    }

    private var format: Format
    /// What the pieces so far left unread.
    private var rest: [UInt8] = []
    /// Bytes of the body so far.
    private var taken = 0
    /// The path of a listing that shows locks.
    private var lockPath: [UInt8]?

    /// - Parameters:
    ///   - path: the canonical path of the request, as the origin sees it.
    ///   - form: the form of the same request.
    package init(
        _ dialect: Dialect, status: Int, contentType: String?, path: [UInt8], form: [UInt8],
        rules: DialectRules = DialectRules()
    ) {
        format = Self.format(dialect, status, contentType, path, form, rules)
        if dialect == .webdav, LockNames.areShown(in: form) { lockPath = path }
    }

    private static func format(
        _ dialect: Dialect, _ status: Int, _ contentType: String?, _ path: [UInt8], _ form: [UInt8],
        _ rules: DialectRules
    ) -> Format {
        let type = contentType?.prefix { $0 != ";" }.lowercased().filter { $0 != " " && $0 != "\t" } ?? ""
        let isXML = type == "application/xml" || type == "text/xml"
        let isJSON = type == "application/json" || dialect == .json && type.hasSuffix("+json")
        guard status == (dialect == .webdav ? 207 : 200) else { return .decided(.refused(.wrongStatus)) }
        guard dialect == .webdav || dialect == .s3 ? isXML : isJSON else { return .decided(.refused(.wrongType)) }
        switch dialect {
        case .webdav:
            guard form.count > FormTag.count else { return .decided(.refused(.malformed)) }
            return .multistatus(
                Multistatus(path: path, depth: form[FormTag.depth], namesOnly: PropfindBody.asksForNames(form)))
        case .autoindex: return .autoindex(AutoindexListing(path: path))
        case .graph where SharePointListing.isMade(form):
            guard let listing = SharePointListing(path: path, form: form) else { return .decided(.refused(.malformed)) }
            return .sharePoint(listing)
        case .graph: return .graph(GraphListing(path: path, form: form, learnsItems: rules.learnsItems))
        case .json:
            guard let rule = JSONForm.rule(of: form, rules.operator) else { return .decided(.refused(.malformed)) }
            return .json(JSONListing(rule, folder: path))
        case .s3:
            guard let listing = S3Listing(path: path, form: form) else { return .decided(.refused(.malformed)) }
            return .s3(listing)
        }
    }

    /// Whether riffle changes links in the answers of this dialect, so that it needs to get them plain.
    package static func changesLinks(_ dialect: Dialect) -> Bool {
        switch dialect {
        case .webdav, .autoindex: false
        case .graph, .s3, .json: true
        }
    }

    /// The link to the next page, as soon as it is read.
    package var next: NextLink? {
        switch format {
        case .multistatus, .autoindex, .decided(.refused): nil
        case .graph(let reader): reader.next
        case .sharePoint(let reader): reader.next
        case .json(let reader): reader.next
        case .s3(let reader): reader.next
        case .decided(.listing(let shape)): shape.next
        }
    }

    /// Bytes of the body in front of which no link is to be expected any more but ``next``.
    package var settled: Int {
        switch format {
        case .multistatus, .autoindex, .decided: taken
        case .graph, .sharePoint, .json: taken - rest.count
        case .s3(let reader): reader.linkStart ?? taken - rest.count
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
        taken += piece.count
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
        let offset = taken - window.count
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
        case .graph(var reader):
            format = .decided(.refused(.incomplete))
            progress = reader.read(window, at: offset, isLast: isLast)
            format = .graph(reader)
        case .sharePoint(var reader):
            format = .decided(.refused(.incomplete))
            progress = reader.read(window, at: offset, isLast: isLast)
            format = .sharePoint(reader)
        case .json(var reader):
            format = .decided(.refused(.incomplete))
            progress = reader.read(window, at: offset, isLast: isLast)
            format = .json(reader)
        case .s3(var reader):
            format = .decided(.refused(.incomplete))
            progress = reader.read(window, at: offset, isLast: isLast)
            format = .s3(reader)
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
