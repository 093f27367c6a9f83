/// Where each member's `response` element lies in a multistatus, so that one member's answer can be cut out of it.
///
/// A row with the document's beginning and end around it is the answer to a `Depth: 0` request for that member, from a
/// server that writes every element by itself. Whether a server does is not known here: see `Proofs` in the proxy.
package struct ListingRows: Sendable {
    /// Listings with more members have no rows.
    package static let rowLimit = 65_536

    package struct Row: Sendable, Equatable {
        let start: UInt32
        let end: UInt32
        let href: Range<UInt32>
        let tag: Range<UInt32>
        package let isFolder: Bool
    }

    private var rows: [Row] = []
    /// The hash of each row's path without regard to case, ascending.
    private var hashes: [Int] = []
    private let head: Int
    private let tail: Int

    package var count: Int { rows.count }

    /// Reads a listing that was confirmed; nil when it is none that rows can be cut from.
    package init?(_ body: UnsafeRawBufferPointer) {
        guard body.count <= Int(UInt32.max), let (found, head, tail) = Self.scan(body) else { return nil }
        self.head = head
        self.tail = tail
        var path: [UInt8] = []
        var hashed: [(hash: Int, row: Row)] = []
        hashed.reserveCapacity(found.count)
        for row in found {
            guard Self.readPath(of: row, in: body, into: &path) else { return nil }
            hashed.append((Self.hash(path), row))
        }
        hashed.sort { $0.hash < $1.hash }
        rows = hashed.map(\.row)
        hashes = hashed.map(\.hash)
    }

    /// The row of a canonical path, ending in a slash, in the body that the rows were read from.
    package func row(_ path: [UInt8], in body: UnsafeRawBufferPointer) -> Row? {
        var spelled: [UInt8] = []
        return first(Self.hash(path)) { row in
            Self.readPath(of: row, in: body, into: &spelled) && spelled == path
        }
    }

    /// Whether some row's path is this one but for the case of letters: a server that ignores case would find it.
    package func hasAlike(_ path: [UInt8]) -> Bool {
        first(Self.hash(path)) { _ in true } != nil
    }

    /// The answer that names this member alone.
    package func document(_ row: Row, in body: UnsafeRawBufferPointer) -> [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(head + Int(row.end - row.start) + body.count - tail)
        out.append(contentsOf: body[..<head])
        out.append(contentsOf: body[Int(row.start)..<Int(row.end)])
        out.append(contentsOf: body[tail...])
        return out
    }

    /// The member's entity tag as it stands there, empty for none.
    package func tag(_ row: Row, in body: UnsafeRawBufferPointer) -> [UInt8] {
        Array(ASCII.trimmed(UnsafeRawBufferPointer(rebasing: body[Int(row.tag.lowerBound)..<Int(row.tag.upperBound)])))
    }

    package struct Member: Sendable, Equatable {
        /// Canonical, ending in a slash.
        package let path: [UInt8]
        package let tag: [UInt8]
        package let isFolder: Bool
    }

    /// Every member, the folder itself included, in no order.
    package func members(in body: UnsafeRawBufferPointer) -> [Member] {
        rows.compactMap { row in
            var path: [UInt8] = []
            guard Self.readPath(of: row, in: body, into: &path) else { return nil }
            return Member(path: path, tag: tag(row, in: body), isFolder: row.isFolder)
        }
    }

    private func first(_ hash: Int, where matches: (Row) -> Bool) -> Row? {
        var low = 0
        var high = hashes.count
        while low < high {
            let middle = (low + high) / 2
            if hashes[middle] < hash { low = middle + 1 } else { high = middle }
        }
        while low < hashes.count, hashes[low] == hash {
            if matches(rows[low]) { return rows[low] }
            low += 1
        }
        return nil
    }

    private static func hash(_ path: [UInt8]) -> Int {
        var hasher = Hasher()
        for byte in path { hasher.combine(byte >= 0x41 && byte <= 0x5A ? byte | 0x20 : byte) }
        return hasher.finalize()
    }

    /// The canonical path of a row's member, ending in a slash; false for one that no request can spell safely.
    private static func readPath(of row: Row, in body: UnsafeRawBufferPointer, into path: inout [UInt8]) -> Bool {
        path.removeAll(keepingCapacity: true)
        let spelled = UnsafeRawBufferPointer(rebasing: body[Int(row.href.lowerBound)..<Int(row.href.upperBound)])
        var text: [UInt8] = []
        XMLText.appendDecoded(spelled, to: &text)
        let reading = text.withUnsafeBytes { bytes -> FolderPath.Reading in
            guard let spelled = ASCII.path(ofURL: ASCII.trimmed(bytes)) else { return .broken }
            return FolderPath.canonicalise(spelled, into: &path)
        }
        if path.last != FolderPath.slash { path.append(FolderPath.slash) }
        return reading != .broken
    }

    // MARK: Reading

    private struct Draft {
        var start = 0
        var href = 0..<0
        var texts = 0
        var tag = 0..<0
        var hasType = false
        var isCollection = false
    }

    private static func scan(_ body: UnsafeRawBufferPointer) -> (rows: [Row], head: Int, tail: Int)? {
        var reader = XMLReader(body)
        var rows: [Row] = []
        var draft = Draft()
        var (head, tail) = (0, 0)
        // What the text being read is.
        var wanted = Wanted.nothing
        var (inResponse, inPropstat, inProp, inType) = (false, false, false, false)
        // Of the propstat being read: its status stands behind its properties.
        var found = Draft()
        var isGood = false
        while true {
            switch reader.next() {
            case .failed, .starved: return nil
            case .done:
                guard !rows.isEmpty else { return nil }
                return (rows, head, tail)
            case .text:
                switch wanted {
                case .href:
                    draft.href = reader.text
                    draft.texts += 1
                case .tag:
                    found.tag = found.texts == 0 ? reader.text : 0..<0
                    found.texts += 1
                case .status:
                    isGood = reader.textBytes.starts(with: Array("HTTP/1.1 200".utf8))
                case .nothing: break
                }
            case .start:
                wanted = .nothing
                switch reader.depth {
                case 2:
                    // Anything beside responses may speak of all of them.
                    guard reader.isDAV("response"), rows.count < rowLimit else { return nil }
                    inResponse = true
                    draft = Draft(start: reader.tagStart)
                    if rows.isEmpty { head = reader.tagStart }
                case 3 where inResponse:
                    inPropstat = reader.isDAV("propstat")
                    (found, isGood) = (Draft(), false)
                    if reader.isDAV("href") { wanted = .href }
                case 4 where inPropstat:
                    inProp = reader.isDAV("prop")
                    if reader.isDAV("status") { wanted = .status }
                case 5 where inProp:
                    inType = reader.isDAV("resourcetype")
                    if inType { found.hasType = true }
                    if reader.isDAV("getetag") { wanted = .tag }
                case 6 where inType:
                    if reader.isDAV("collection") { found.isCollection = true }
                default: break
                }
            case .end:
                wanted = .nothing
                switch reader.depth {
                case 5: inType = false
                case 4: inProp = false
                case 3:
                    if inPropstat, isGood {
                        if found.hasType { (draft.hasType, draft.isCollection) = (true, found.isCollection) }
                        if !found.tag.isEmpty { draft.tag = found.tag }
                    }
                    inPropstat = false
                case 2:
                    guard draft.texts == 1 else { return nil }
                    inResponse = false
                    tail = reader.position
                    rows.append(row(draft, end: tail, in: body))
                default: break
                }
            }
        }
    }

    private enum Wanted { case nothing, href, tag, status }

    private static func row(_ draft: Draft, end: Int, in body: UnsafeRawBufferPointer) -> Row {
        func narrow(_ range: Range<Int>) -> Range<UInt32> { UInt32(range.lowerBound)..<UInt32(range.upperBound) }
        let href = ASCII.trimmed(UnsafeRawBufferPointer(rebasing: body[draft.href]))
        return Row(
            start: UInt32(draft.start), end: UInt32(end), href: narrow(draft.href), tag: narrow(draft.tag),
            isFolder: draft.hasType ? draft.isCollection : href.last == FolderPath.slash)
    }
}
