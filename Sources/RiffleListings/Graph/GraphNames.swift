/// What else a folder of Graph is called: names that its listing bears beside the path it was asked for by, so that one
/// write reaches the listings of all addressing forms.
///
/// The names come from the listing itself, never from what was once learnt elsewhere: a name that is not known there is
/// replaced by one that says so, and every write that could be meant voids those too. Identifiers and names are
/// compared without regard to case, as OneDrive does; two that meet by that cost hits, never correctness.
enum GraphNames {
    /// More names in a path than this, and the path counts as unknown.
    static let depthLimit = 120

    /// It is not known which item the folder is. Changed by every write.
    static let someItem = Array("graph item?".utf8)
    /// It is not known where the folder lies. Changed by what moves or ends whole trees.
    static let somePath = Array("graph path?".utf8)
    /// It is not known in which drive the folder lies. Changed by what can't be told more exactly than by its drive.
    static let someDrive = Array("graph drive?".utf8)

    static func item(_ id: [UInt8]) -> [UInt8] { Array("graph item ".utf8) + folded(id) }
    static func drive(_ id: [UInt8]) -> [UInt8] { Array("graph drive ".utf8) + folded(id) }
    /// Exactly the folder at a place.
    static func place(_ place: GraphPlace) -> [UInt8] { Array("graph place ".utf8) + place.text(place.names.count) }
    /// Whatever lies at or below a place.
    static func tree(_ place: GraphPlace) -> [UInt8] { Array("graph tree ".utf8) + place.text(place.names.count) }

    /// The names of a listed folder of which so much is known.
    static func names(items: [[UInt8]], drive: [UInt8]?, place: GraphPlace?) -> [[UInt8]] {
        var names = items.isEmpty ? [someItem] : items.map(Self.item)
        names.append(drive.map(Self.drive) ?? someDrive)
        if let place, place.names.count <= depthLimit {
            names.append(Self.place(place))
            for count in 0...place.names.count { names.append(Array("graph tree ".utf8) + place.text(count)) }
        } else {
            names.append(somePath)
        }
        return names
    }

    /// Lower case, by Unicode's rules where the bytes are text.
    static func folded(_ bytes: [UInt8]) -> [UInt8] {
        Array(String(decoding: bytes, as: UTF8.self).lowercased().utf8)
    }
}

/// Where an item lies: its drive and the names on the way to it, folded.
struct GraphPlace: Equatable, Sendable {
    var drive: [UInt8]
    var names: [[UInt8]]

    init(drive: [UInt8], names: [[UInt8]]) {
        self.drive = GraphNames.folded(drive)
        self.names = names.map(GraphNames.folded)
    }

    /// From `parentReference.path`: `/drives/{id}/root:/a/b`, `/drive/root:` or `/drive/root:/a`, percent-encoded.
    init?(drive: [UInt8], referencePath: [UInt8]) {
        let marker = Array("root:".utf8)
        guard let start = Self.find(marker, in: referencePath) else { return nil }
        var names: [[UInt8]] = []
        for part in referencePath[(start + marker.count)...].split(separator: FolderPath.slash) {
            names.append(Self.decoded(part))
        }
        self.init(drive: drive, names: names)
    }

    func child(_ name: [UInt8]) -> GraphPlace {
        var place = self
        place.names.append(GraphNames.folded(name))
        return place
    }

    var parent: GraphPlace? {
        guard !names.isEmpty else { return nil }
        var place = self
        place.names.removeLast()
        return place
    }

    func text(_ count: Int) -> [UInt8] {
        var text = drive
        for name in names.prefix(count) {
            text.append(FolderPath.slash)
            text.append(contentsOf: name)
        }
        return text + [FolderPath.slash]
    }

    private static func find(_ text: [UInt8], in bytes: [UInt8]) -> Int? {
        guard bytes.count >= text.count else { return nil }
        return (0...bytes.count - text.count).first { bytes[$0..<$0 + text.count].elementsEqual(text) }
    }

    /// Escapes resolved; a percent sign that begins none stays, because some answers do not encode at all.
    private static func decoded(_ part: ArraySlice<UInt8>) -> [UInt8] {
        var out: [UInt8] = []
        var index = part.startIndex
        while index < part.endIndex {
            if part[index] == UInt8(ascii: "%"), index + 2 < part.endIndex,
                let high = ASCII.hexValue(part[index + 1]),
                let low = ASCII.hexValue(part[index + 2])
            {
                out.append(high << 4 | low)
                index += 3
            } else {
                out.append(part[index])
                index += 1
            }
        }
        return out
    }
}
