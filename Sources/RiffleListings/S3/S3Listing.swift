import RiffleSigning

/// Confirms a `ListBucketResult`: the whole document, of the bucket and prefix asked for, every name below that prefix, and
/// a way on where it says that more follows.
struct S3Listing {
    private enum Place {
        case elsewhere
        case contents
        case commonPrefix
    }

    private var reader = XMLReader()
    /// Where the window stands in the body.
    private var offset = 0
    private let folder: S3Target
    private let form: S3Form
    /// Bucket and whole prefix as asked for.
    private let prefix: [UInt8]

    private var shape = ListingShape()
    private var place = Place.elsewhere
    private var collects = false
    private var text: [UInt8] = []
    /// Where ``text`` stands in the body; nil when it does not stand in one piece.
    private var textRange: Range<Int>?
    /// Where the link to the next page begins, while it is being read.
    private(set) var linkStart: Int?
    private var decoded: [UInt8] = []

    private var sawName = false
    private var sawPrefix = false
    private var isTruncated: Bool?
    private var hasNextMarker = false
    private(set) var next: NextLink?
    private var namesOfMember = 0

    /// - Parameter path: the canonical path of the folder; nil is returned when it or the form is none of S3.
    init?(path: [UInt8], form: [UInt8]) {
        guard let folder = S3Target.prefix(ofFolder: path), let form = S3Form(form) else { return nil }
        self.folder = folder
        self.form = form
        prefix = folder.key + form.rest
    }

    /// Reads on in `window`, which begins at `offset` of the body.
    mutating func read(_ window: UnsafeRawBufferPointer, at offset: Int, isLast: Bool) -> ListingProgress {
        self.offset = offset
        reader.begin(window, isLast: isLast)
        while true {
            let failure: ConfirmationFailure?
            switch reader.next() {
            case .failed(let reason): return .decided(.refused(reason))
            case .starved: return .more(consumed: reader.consumed)
            case .done: return .decided(verdict())
            case .text:
                if collects { appendText() }
                continue
            case .start: failure = open()
            case .end: failure = close()
            }
            if let failure { return .decided(.refused(failure)) }
        }
    }

    private mutating func appendText() {
        let start = offset + reader.text.lowerBound
        let isInPlace = textRange.map { $0.isEmpty || $0.upperBound == start } ?? false
        textRange =
            isInPlace
            ? (textRange.flatMap { $0.isEmpty ? nil : $0.lowerBound } ?? start)..<start + reader.text.count : nil
        XMLText.append(reader, to: &text)
    }

    private func isNamed(_ name: StaticString) -> Bool { ASCII.equals(reader.localName, name) }

    private mutating func open() -> ConfirmationFailure? {
        collects = false
        switch reader.depth {
        case 1: return isNamed("ListBucketResult") ? nil : .malformed
        case 2:
            place = isNamed("Contents") ? .contents : isNamed("CommonPrefixes") ? .commonPrefix : .elsewhere
            namesOfMember = 0
            collect(place == .elsewhere)
            if collects, isNamed("NextContinuationToken") { linkStart = offset + reader.position }
        case 3:
            collect(place == .contents && isNamed("Key") || place == .commonPrefix && isNamed("Prefix"))
        default: break
        }
        return nil
    }

    private mutating func collect(_ wanted: Bool) {
        collects = wanted
        guard wanted else { return }
        text.removeAll(keepingCapacity: true)
        textRange = 0..<0
    }

    private mutating func close() -> ConfirmationFailure? {
        defer {
            collects = false
            linkStart = nil
        }
        switch reader.depth {
        case 3 where collects: return member()
        case 2:
            if place == .elsewhere { return collects ? property() : nil }
            defer { place = .elsewhere }
            return namesOfMember == 1 || place == .commonPrefix && namesOfMember > 0 ? nil : .malformed
        default: return nil
        }
    }

    /// A key or a common prefix.
    private mutating func member() -> ConfirmationFailure? {
        guard decode(), decoded.starts(with: prefix), !decoded.isEmpty else { return .foreignPath }
        namesOfMember += 1
        shape.childCount += 1
        guard place == .commonPrefix, form.isFirstPageOfFolder, form.delimiter == [FolderPath.slash] else { return nil }
        guard decoded.last == FolderPath.slash, decoded.count > prefix.count else { return .foreignPath }
        shape.addChildFolder(S3Target.folder(bucket: folder.bucket, prefix: decoded))
        return nil
    }

    private mutating func property() -> ConfirmationFailure? {
        if isNamed("Name") {
            sawName = true
            return text == folder.bucket ? nil : .foreignPath
        }
        if isNamed("Prefix") {
            sawPrefix = true
            // Some servers leave the echo as it was asked for, whatever coding the names have.
            return text == prefix || decode() && decoded == prefix ? nil : .foreignPath
        }
        if isNamed("IsTruncated") {
            guard isTruncated == nil else { return .malformed }
            isTruncated = text.elementsEqual("true".utf8)
            return text.elementsEqual("true".utf8) || text.elementsEqual("false".utf8) ? nil : .malformed
        }
        if isNamed("NextMarker") { hasNextMarker = !text.isEmpty }
        if isNamed("NextContinuationToken"), !text.isEmpty {
            guard next == nil, let range = textRange, range.count <= NextLink.lengthLimit else { return .malformed }
            next = NextLink(range: range, escaping: .xml, value: text)
        }
        return nil
    }

    /// The name in ``text`` with its URL coding undone where the form asked for one.
    private mutating func decode() -> Bool {
        decoded.removeAll(keepingCapacity: true)
        guard form.isURLEncoded else {
            decoded.append(contentsOf: text)
            return true
        }
        return text.withUnsafeBytes { URIBytes.decode($0, plusIsSpace: true, into: &decoded) }
    }

    private func verdict() -> Confirmation {
        guard sawName, sawPrefix || prefix.isEmpty else { return .refused(.noSelf) }
        guard let isTruncated else { return .refused(.malformed) }
        var shape = shape
        if isTruncated, form.version == S3Form.versionTwo {
            guard let next else { return .refused(.incomplete) }
            shape.next = next
        } else if isTruncated {
            guard hasNextMarker || (form.delimiter == nil && shape.childCount > 0) else {
                return .refused(.incomplete)
            }
        }
        return .listing(shape)
    }
}
