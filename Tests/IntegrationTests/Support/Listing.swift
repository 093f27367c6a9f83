import Foundation
import FoundationXML
import NIOCore

/// A multistatus as a set of members, so that two servers' answers can be compared whatever their order and prefixes.
struct Listing: Equatable, Sendable, CustomStringConvertible {
    struct Member: Equatable, Sendable {
        let isFolder: Bool
        let properties: [String: String]
    }

    let status: Int
    /// By decoded path.
    let members: [String: Member]

    /// An answer that is no multistatus has a status and no members.
    init(_ answer: Answer) throws {
        status = answer.status
        guard answer.status == 207 else {
            members = [:]
            return
        }
        let reader = MultistatusReader()
        let parser = XMLParser(data: Data(answer.body.readableBytesView))
        parser.shouldProcessNamespaces = true
        parser.delegate = reader
        guard parser.parse() else {
            throw TimedOut(description: "not well-formed: \(String(describing: parser.parserError))\n\(answer.text)")
        }
        members = reader.members
    }

    /// The last segments of the member paths, the folder itself included.
    var names: Set<String> { Set(members.keys.map { $0.split(separator: "/").last.map(String.init) ?? "/" }) }

    var description: String {
        "\(status) "
            + members.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value.properties)" }.joined(separator: "; ")
    }

    /// What must be right at once after a write: each member's name and kind, each file's and the folder's own
    /// properties. A member folder's tag and time follow its own members, which this listing may show late.
    var essence: [String: Member] {
        let own = members.keys.min { $0.utf8.count < $1.utf8.count }
        return Dictionary(
            uniqueKeysWithValues: members.map { path, member in
                (path, member.isFolder && path != own ? Member(isFolder: true, properties: [:]) : member)
            })
    }
}

/// Gathers `response` elements: href, the properties of 200 propstats.
private final class MultistatusReader: NSObject, XMLParserDelegate {
    var members: [String: Listing.Member] = [:]

    private var path: [String] = []
    private var text = ""
    private var href = ""
    private var isFolder = false
    private var properties: [String: String] = [:]
    private var found: [String: String] = [:]
    private var status = ""

    /// Changes with the clock alone.
    private static let ignored: Set<String> = ["lockdiscovery"]

    func parser(
        _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
        attributes: [String: String]
    ) {
        path.append(name)
        text = ""
        switch name {
        case "response":
            href = ""
            isFolder = false
            properties = [:]
        case "propstat":
            found = [:]
            status = ""
        case "collection" where path.dropLast().last == "resourcetype": isFolder = true
        default: break
        }
    }

    func parser(_ parser: XMLParser, foundCharacters string: String) { text += string }

    func parser(_ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?) {
        path.removeLast()
        let value = text.trimmingCharacters(in: .whitespacesAndNewlines)
        switch (path.last, name) {
        case ("response", "href"): href = value.removingPercentEncoding ?? value
        case ("propstat", "status"): status = value
        case ("prop", _) where !Self.ignored.contains(name):
            // Apache calls a tag weak within the second of the change, then strong.
            found[name] = name == "getetag" && value.hasPrefix("W/") ? String(value.dropFirst(2)) : value
        case (_, "propstat"):
            if status.contains(" 200 ") || status.hasSuffix(" 200") { properties.merge(found) { $1 } }
        case (_, "response"):
            members[href] = Listing.Member(isFolder: isFolder, properties: properties)
        default: break
        }
        text = ""
    }
}
