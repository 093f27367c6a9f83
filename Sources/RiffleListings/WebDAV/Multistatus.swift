/// Confirms a 207: the whole document, every member accounted for, and the folder itself among them.
///
/// - A Depth-1 answer whose self entry is no collection is confirmed only when it stands alone: a file that answered
///   for itself (rclone asks for files with `Depth: 1`). Where `resourcetype` was not asked for, the path decides.
/// - Members may be 2xx; properties may be 2xx, 403 or 404, or 418, which sabre/dav writes for an empty set.
struct Multistatus {
    private var reader = XMLReader()
    private let path: [UInt8]
    private let depth: UInt8
    /// The answer to `propname` names properties without their values: an empty `resourcetype` says nothing.
    private let namesOnly: Bool

    private var shape = ListingShape()
    private var sawSelf = false
    private var selfIsPlain = false

    // What is known of the response element being read.
    private var href: [UInt8] = []
    private var hrefCount = 0
    private var canonical: [UInt8] = []
    private var hasVerdict = false
    private var hasType = false
    private var isCollection = false
    private var tag: [UInt8]?
    // And of its propstat.
    private var propstatHasStatus = false
    private var propstatHasType = false
    private var propstatIsCollection = false
    private var propstatIsGood = false
    private var propstatTag: [UInt8]?

    private var inResponse = false
    private var inPropstat = false
    private var inProp = false
    private var inType = false
    private var text: [UInt8] = []
    private var collects = false

    init(path: [UInt8], depth: UInt8, namesOnly: Bool = false) {
        self.path = path
        self.depth = depth
        self.namesOnly = namesOnly
    }

    /// Reads on in `window`: what an earlier window left, and what came since.
    mutating func read(_ window: UnsafeRawBufferPointer, isLast: Bool) -> ListingProgress {
        reader.begin(window, isLast: isLast)
        while true {
            let failure: ConfirmationFailure?
            switch reader.next() {
            case .failed(let reason): return .decided(.refused(reason))
            case .done: return .decided(verdict())
            case .starved: return .more(consumed: reader.consumed)
            case .text:
                if collects { XMLText.append(reader, to: &text) }
                continue
            case .start: failure = open()
            case .end: failure = close()
            }
            if let failure { return .decided(.refused(failure)) }
        }
    }

    private mutating func open() -> ConfirmationFailure? {
        collects = false
        switch reader.depth {
        case 1: return reader.isDAV("multistatus") ? nil : .malformed
        case 2:
            inResponse = reader.isDAV("response")
            if inResponse { beginResponse() }
        case 3 where inResponse:
            inPropstat = reader.isDAV("propstat")
            if inPropstat {
                propstatHasStatus = false
                propstatHasType = false
                propstatIsCollection = false
                propstatIsGood = false
                propstatTag = nil
            }
            collect(reader.isDAV("href") || reader.isDAV("status"))
        case 4 where inPropstat:
            inProp = reader.isDAV("prop")
            collect(reader.isDAV("status"))
        case 5 where inProp:
            inType = reader.isDAV("resourcetype")
            if inType { propstatHasType = !namesOnly }
            collect(reader.isDAV("getetag") && !namesOnly)
        case 6 where inType:
            if reader.isDAV("collection") { propstatIsCollection = true }
        default: break
        }
        return nil
    }

    private mutating func collect(_ wanted: Bool) {
        collects = wanted
        if wanted { text.removeAll(keepingCapacity: true) }
    }

    private mutating func close() -> ConfirmationFailure? {
        defer { collects = false }
        switch reader.depth {
        case 5 where inProp:
            if collects { propstatTag = text }
            inType = false
        case 4 where inPropstat:
            if collects {
                guard let status = statusCode() else { return .malformed }
                guard (200...299).contains(status) || status == 403 || status == 404 || status == 418
                else { return .memberFailed }
                propstatHasStatus = true
                propstatIsGood = status < 300
            }
            inProp = false
        case 3 where inResponse:
            if inPropstat {
                guard propstatHasStatus else { return .malformed }
                hasVerdict = true
                if propstatIsGood {
                    hasType = hasType || propstatHasType
                    isCollection = isCollection || propstatIsCollection
                    tag = tag ?? propstatTag
                }
                inPropstat = false
            } else if reader.isDAV("href") {
                hrefCount += 1
                href.removeAll(keepingCapacity: true)
                href.append(contentsOf: text)
            } else if reader.isDAV("status") {
                guard let status = statusCode() else { return .malformed }
                guard (200...299).contains(status) else { return .memberFailed }
                hasVerdict = true
            }
        case 2 where inResponse:
            inResponse = false
            return endResponse()
        default: break
        }
        return nil
    }

    /// The code of `HTTP/1.1 200 OK`.
    private func statusCode() -> Int? {
        text.withUnsafeBytes { bytes in
            let line = ASCII.trimmed(bytes)
            guard let space = line.firstIndex(of: 0x20), line.count >= space + 4 else { return nil }
            guard ASCII.matches(UnsafeRawBufferPointer(rebasing: line[0..<min(5, line.count)]), "http/") else {
                return nil
            }
            var code = 0
            for byte in line[space + 1..<space + 4] {
                guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
                code = code * 10 + Int(byte - UInt8(ascii: "0"))
            }
            return line.count == space + 4 || line[space + 4] == 0x20 ? code : nil
        }
    }

    private mutating func beginResponse() {
        hrefCount = 0
        hasVerdict = false
        hasType = false
        isCollection = false
        tag = nil
    }

    private mutating func endResponse() -> ConfirmationFailure? {
        guard hrefCount == 1, hasVerdict else { return .malformed }
        canonical.removeAll(keepingCapacity: true)
        let reading = href.withUnsafeBytes { bytes -> FolderPath.Reading in
            guard let path = ASCII.path(ofURL: ASCII.trimmed(bytes)) else { return .broken }
            return FolderPath.canonicalise(path, into: &canonical)
        }
        guard reading != .broken else { return .malformed }
        if href.first != FolderPath.slash { shape.hasAbsoluteLinks = true }
        let endsInSlash = canonical.last == FolderPath.slash
        if !endsInSlash { canonical.append(FolderPath.slash) }
        if canonical == path {
            guard !sawSelf else { return .malformed }
            sawSelf = true
            selfIsPlain = hasType && !isCollection
            shape.selfEntityTag = tag
            return nil
        }
        guard depth != FormTag.depthZero else { return .foreignPath }
        guard canonical.count > path.count + 1, canonical.starts(with: path),
            canonical[path.count..<canonical.count - 1].allSatisfy({ $0 != FolderPath.slash }),
            !FolderPath.isOddSegment(canonical[path.count..<canonical.count - 1])
        else { return .foreignPath }
        shape.childCount += 1
        // A name that a request could not spell safely is a member all the same, but nothing to fetch ahead.
        if reading == .plain, shape.hasRoom, hasType ? isCollection : endsInSlash { shape.addChildFolder(canonical) }
        return nil
    }

    private func verdict() -> Confirmation {
        guard sawSelf || depth == FormTag.depthOneNoRoot else { return .refused(.noSelf) }
        guard selfIsPlain else { return .listing(shape) }
        guard shape.childCount == 0 else { return .refused(.notACollection) }
        var shape = shape
        shape.isFolder = false
        return .listing(shape)
    }
}

extension XMLText {
    static func append(_ reader: XMLReader, to out: inout [UInt8]) {
        if reader.textHasReferences {
            appendDecoded(reader.textBytes, to: &out)
        } else {
            out.append(contentsOf: reader.textBytes)
        }
    }
}
