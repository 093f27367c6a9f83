import Foundation

/// Finds the folders below a URL by opening listings through the server itself, breadth first, within a limit.
package struct Discovery: Sendable {
    package enum Dialect: String, Sendable, CaseIterable { case webdav, autoindex }

    package struct Found: Sendable {
        package var tree: Tree
        package var paths: [String]
    }

    /// More folders than this are never walked.
    package static let maxFolders = 1_000_000

    private let client: PlainClient
    private let dialect: Dialect
    private let limit: Int
    private let headers: [String]

    package init(
        address: SocketAddress, authority: String, tls: TLSContext? = nil, headers: [String], dialect: Dialect,
        maxFolders: Int
    ) {
        client = PlainClient(address: address, authority: authority, tls: tls)
        self.dialect = dialect
        self.headers = headers
        limit = min(max(maxFolders, 1), Self.maxFolders)
    }

    package func walk(from root: String) throws(PlainClient.Failure) -> Found {
        let first = root.hasSuffix("/") ? root : root + "/"
        var tree = Tree()
        var paths = [first]
        var known: Set<String> = [first]
        _ = tree.add(under: nil)
        var next = 0
        while next < paths.count, paths.count < limit {
            let folder = paths[next]
            let children: [String]
            do {
                children = try list(folder)
            } catch {
                // A folder that may not be opened is no reason to stop, but the first one is.
                if next == 0 { throw error }
                children = []
            }
            for child in children where paths.count < limit && known.insert(child).inserted {
                paths.append(child)
                _ = tree.add(under: next)
            }
            next += 1
        }
        return Found(tree: tree, paths: paths)
    }

    private func list(_ folder: String) throws(PlainClient.Failure) -> [String] {
        let fields =
            dialect == .webdav ? headers.filter { !$0.lowercased().hasPrefix("depth:") } + ["Depth: 1"] : headers
        let answer = try client.fetch(method: dialect == .webdav ? "PROPFIND" : "GET", path: folder, headers: fields)
        guard answer.status / 100 == 2 else {
            throw PlainClient.Failure(description: "\(folder) was answered with \(answer.status)")
        }
        switch dialect {
        case .autoindex: return try ChildFolders.autoindex(answer.body, under: folder)
        case .webdav: return ChildFolders.webdav(answer.body, under: folder)
        }
    }
}

/// Reads the child folders out of a listing.
package enum ChildFolders {
    private struct Item: Decodable {
        var name: String
        var type: String
    }

    package static func autoindex(_ body: [UInt8], under folder: String) throws(PlainClient.Failure) -> [String] {
        do {
            return try JSONDecoder().decode([Item].self, from: Data(body)).filter { $0.type == "directory" }
                .map { folder + encode($0.name) + "/" }
        } catch {
            throw PlainClient.Failure(description: "\(folder) is not a JSON listing (is --dialect right?)")
        }
    }

    /// Every `response` with a `collection` in it, by its `href`, save the folder itself.
    package static func webdav(_ body: [UInt8], under folder: String) -> [String] {
        var children: [String] = []
        var href = ""
        var collection = false
        var rest = String(decoding: body, as: UTF8.self)[...]
        while let open = rest.firstIndex(of: "<"), let close = rest[open...].firstIndex(of: ">") {
            let tag = rest[rest.index(after: open)..<close]
            rest = rest[rest.index(after: close)...]
            let word = tag.prefix { !" /\t\r\n".contains($0) || $0 == "/" }
            let end = word.hasPrefix("/")
            let name = word.drop { $0 == "/" }.split(separator: ":").last.map { $0.prefix { $0 != "/" } } ?? ""
            switch (name, end) {
            case ("response", false):
                href = ""
                collection = false
            case ("href", false) where href.isEmpty:
                href = unescape(rest.prefix { $0 != "<" })
            case ("collection", false): collection = true
            case ("response", true):
                let path = pathOnly(href)
                if collection, path.hasPrefix(folder), path != folder {
                    children.append(path.hasSuffix("/") ? path : path + "/")
                }
            default: break
            }
        }
        return children
    }

    private static func pathOnly(_ href: String) -> String {
        guard let scheme = href.range(of: "://") else { return href }
        return href[scheme.upperBound...].firstIndex(of: "/").map { String(href[$0...]) } ?? "/"
    }

    private static func unescape(_ text: Substring) -> String {
        text.trimmingCharacters(in: .whitespacesAndNewlines).replacingOccurrences(of: "&lt;", with: "<")
            .replacingOccurrences(of: "&gt;", with: ">").replacingOccurrences(of: "&quot;", with: "\"")
            .replacingOccurrences(of: "&apos;", with: "'").replacingOccurrences(of: "&amp;", with: "&")
    }

    static func encode(_ name: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        for byte in name.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E: bytes.append(byte)
            default: bytes += [0x25, digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
