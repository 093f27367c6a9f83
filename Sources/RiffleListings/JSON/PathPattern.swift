/// A path with names for parts of it: `/api/folders/{path*}/children`. `{name}` stands for one segment, `{name*}` for any
/// number of them, which at most one place of a pattern may.
package struct PathPattern: Sendable, Equatable {
    package enum Mistake: Error, Equatable {
        case noSlash, brokenName, repeatedName, twoOpenEnded, unsafe
    }

    enum Segment: Sendable, Equatable {
        case literal([UInt8])
        case one(String)
        case several(String)
    }

    /// What the names of a pattern stood for: canonical segments, with slashes between.
    typealias Captures = [String: ArraySlice<UInt8>]

    let segments: [Segment]
    package let endsInSlash: Bool

    package init(_ text: String) throws(Mistake) {
        guard text.hasPrefix("/") else { throw .noSlash }
        var segments: [Segment] = []
        var names: Set<String> = []
        var isOpenEnded = false
        for part in text.split(separator: "/") {
            guard part.contains("{") || part.contains("}") else {
                var literal: [UInt8] = []
                let reading = Array(("/" + part).utf8).withUnsafeBytes { FolderPath.canonicalise($0, into: &literal) }
                guard reading == .plain else { throw .unsafe }
                segments.append(.literal(Array(literal.dropFirst())))
                continue
            }
            guard part.hasPrefix("{"), part.hasSuffix("}") else { throw .brokenName }
            var name = String(part.dropFirst().dropLast())
            let isSeveral = name.hasSuffix("*")
            if isSeveral { name.removeLast() }
            guard !name.isEmpty, name.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }) else {
                throw .brokenName
            }
            guard names.insert(name).inserted else { throw .repeatedName }
            guard !(isSeveral && isOpenEnded) else { throw .twoOpenEnded }
            isOpenEnded = isOpenEnded || isSeveral
            segments.append(isSeveral ? .several(name) : .one(name))
        }
        self.segments = segments
        endsInSlash = text.hasSuffix("/")
    }

    package var names: Set<String> {
        Set(
            segments.compactMap { segment in
                switch segment {
                case .literal: nil
                case .one(let name), .several(let name): name
                }
            })
    }

    /// Matches a canonical path, with or without its closing slash. O(path).
    func match(_ path: ArraySlice<UInt8>) -> Captures? {
        let parts = path.split(separator: FolderPath.slash)
        let several = segments.firstIndex {
            if case .several = $0 { true } else { false }
        }
        guard several == nil ? parts.count == segments.count : parts.count >= segments.count - 1 else { return nil }
        var captures: Captures = [:]
        let extra = parts.count - segments.count
        var part = 0
        for (index, segment) in segments.enumerated() {
            switch segment {
            case .literal(let bytes):
                guard parts[part].elementsEqual(bytes) else { return nil }
                part += 1
            case .one(let name):
                captures[name] = parts[part]
                part += 1
            case .several(let name):
                let count = index == several ? extra + 1 : 1
                captures[name] =
                    count > 0 ? path[parts[part].startIndex..<parts[part + count - 1].endIndex] : path[path.endIndex...]
                part += count
            }
        }
        return captures
    }

    /// The path with its names filled in, closed by a slash when asked for; nil when one is missing.
    func expand(_ captures: Captures, slash: Bool) -> [UInt8]? {
        var path: [UInt8] = []
        for segment in segments {
            switch segment {
            case .literal(let bytes):
                path.append(FolderPath.slash)
                path += bytes
            case .one(let name), .several(let name):
                guard let value = captures[name] else { return nil }
                // Several segments may be none.
                if value.isEmpty { continue }
                path.append(FolderPath.slash)
                path += value
            }
        }
        if path.isEmpty || slash { path.append(FolderPath.slash) }
        return path
    }
}
