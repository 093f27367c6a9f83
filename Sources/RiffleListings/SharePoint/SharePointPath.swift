/// The path of a request to SharePoint's REST service, `{site}/_api/web/…`, taken apart: what it addresses and what of it is
/// asked.
struct SharePointPath: Equatable {
    enum Place: Equatable {
        /// By the names on the way to it from the server's root.
        case folder([[UInt8]])
        case file([[UInt8]])
        /// The site itself.
        case web
        /// Something of the site that is not told by a path: an item by its id, a list.
        case unknown
        /// The service beside the site: a request digest, a batch, an operation of another namespace.
        case beside
    }

    /// By which call a folder is addressed, where it is by one alone; targets of other folders can be written so.
    enum Spelling: UInt8 {
        case url = 0x75
        case path = 0x70
    }

    private(set) var site: [[UInt8]]
    private(set) var place = Place.web
    private(set) var spelling: Spelling?
    /// What is asked of the place.
    private(set) var rest: ArraySlice<SharePointCall>

    /// Nil for a path that is none of this service's, or that could be read in more than one way.
    static func parse(_ raw: UnsafeRawBufferPointer, query: UnsafeRawBufferPointer) -> SharePointPath? {
        // A folder of Graph may well be called `_api`.
        guard let calls = SharePointCall.parse(raw), let first = calls.first, !first.isNamed("v1.0"),
            !first.isNamed("beta"), let api = calls.firstIndex(where: { $0.isNamed("_api") && $0.arguments == nil }),
            api + 1 < calls.count,
            !calls[api + 1].isNamed("v2.0"), !calls[api + 1].isNamed("v2.1")
        else { return nil }
        var path = SharePointPath(site: calls[..<api].map(\.spelled), rest: calls[(api + 1)...])
        guard calls[api + 1].isNamed("web"), calls[api + 1].arguments == nil else {
            path.place = .beside
            return path
        }
        path.rest = path.rest.dropFirst()
        var steps = 0
        while let step = path.step(query) {
            switch step {
            case .to(let place, let count):
                path.place = place
                path.rest = path.rest.dropFirst(count)
                steps += 1
            case .ambiguous: return nil
            }
        }
        if steps != 1 { path.spelling = nil }
        if path.place == .web, path.rest.first?.isNamed("folders") == true { path.place = .folder(path.site) }
        if path.place == .web, !path.rest.isEmpty { path.place = .unknown }
        return path
    }

    private enum Step {
        case to(Place, count: Int)
        case ambiguous
    }

    /// What the next call leads to; nil when it asks something of the place instead.
    private mutating func step(_ query: UnsafeRawBufferPointer) -> Step? {
        guard let call = rest.first else { return nil }
        switch place {
        case .web:
            if call.isNamed("rootfolder") { return .to(.folder(site), count: 1) }
            if call.isNamed("folders") { return member(query, below: site, isFile: false) }
            let ways: [(StaticString, Spelling, isFile: Bool)] = [
                ("getfolderbyserverrelativeurl", .url, false), ("getfolderbyserverrelativepath", .path, false),
                ("getfilebyserverrelativeurl", .url, true), ("getfilebyserverrelativepath", .path, true),
            ]
            guard let (_, spelling, isFile) = ways.first(where: { call.isNamed($0.0) }) else { return nil }
            let names: [StaticString] = spelling == .url ? ["serverrelativeurl"] : ["decodedurl"]
            guard let text = call.text(names, query: query),
                let place = Self.names(text, in: site, isURL: spelling == .url)
            else { return .ambiguous }
            self.spelling = isFile ? nil : spelling
            return .to(isFile ? .file(place) : .folder(place), count: 1)
        case .folder(let names):
            if call.isNamed("folders") { return member(query, below: names, isFile: false) }
            if call.isNamed("files") { return member(query, below: names, isFile: true) }
            if call.isNamed("parentfolder"), !names.isEmpty { return .to(.folder(Array(names.dropLast())), count: 1) }
            return nil
        case .file, .unknown, .beside: return nil
        }
    }

    /// `Folders('a')`, `Files/getbyurl('a')`, `Folders/getbypath(decodedurl='a')`.
    private func member(_ query: UnsafeRawBufferPointer, below folder: [[UInt8]], isFile: Bool) -> Step? {
        guard var call = rest.first else { return nil }
        var count = 1
        if call.arguments == nil {
            guard let next = rest.dropFirst().first,
                next.isNamed("getbyurl") || next.isNamed("getbypath") || next.isNamed("getbyname")
            else { return nil }
            (call, count) = (next, 2)
        }
        let isURL = !call.isNamed("getbypath")
        guard let text = call.text(["decodedurl", "url", "path"], query: query),
            let names = Self.names(text, in: folder, isURL: isURL), names.count > (isFile ? 1 : 0)
        else { return .ambiguous }
        return .to(isFile ? .file(names) : .folder(names), count: count)
    }

    /// Most names on the way to a folder.
    static let depthLimit = 120

    /// The names that an argument gives, from the server's root; nil when servers could read it differently.
    ///
    /// - Parameter isURL: whether the call takes an encoded URL: what needs escapes there has none that all agree on.
    static func names(_ text: [UInt8], in folder: [[UInt8]], isURL: Bool) -> [[UInt8]]? {
        guard !isURL || !text.contains(UInt8(ascii: "%")) && !text.contains(UInt8(ascii: "#")) else { return nil }
        var text = text[...]
        // `https://host/sites/s/…`, as the targets of copies are.
        if let scheme = Self.scheme(of: text) {
            guard let path = text[scheme...].firstIndex(of: FolderPath.slash) else { return nil }
            text = text[path...]
        }
        let isAbsolute = text.first == FolderPath.slash
        if isAbsolute { text = text.dropFirst() }
        if text.last == FolderPath.slash { text = text.dropLast() }
        var names = isAbsolute ? [] : folder
        guard !text.isEmpty else { return names }
        for name in text.split(separator: FolderPath.slash, omittingEmptySubsequences: false) {
            guard !FolderPath.isOddSegment(name), names.count < depthLimit else { return nil }
            names.append(Array(name))
        }
        return names
    }

    /// Past `https://` or `http://`.
    private static func scheme(of text: ArraySlice<UInt8>) -> Int? {
        for prefix in ["https://", "http://"] where text.count > prefix.utf8.count {
            let head = SharePointCall.lowered(text.prefix(prefix.utf8.count))
            if head.elementsEqual(prefix.utf8) { return text.startIndex + prefix.utf8.count }
        }
        return nil
    }
}
