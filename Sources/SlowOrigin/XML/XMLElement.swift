/// A name in a namespace; the empty namespace is none.
struct XMLName: Hashable, Sendable {
    let namespace: String
    let local: String

    static func dav(_ local: String) -> XMLName { XMLName(namespace: "DAV:", local: local) }
}

/// A parsed element. Values keep their text and children in order, so that a dead property comes back as it went in.
struct XMLElement: Sendable {
    enum Content: Sendable {
        case element(XMLElement)
        case text(String)
    }

    struct Attribute: Sendable {
        let name: XMLName
        let value: String
    }

    let name: XMLName
    var attributes: [Attribute] = []
    var content: [Content] = []

    var children: [XMLElement] {
        content.compactMap { if case .element(let element) = $0 { element } else { nil } }
    }

    var text: String {
        content.map { if case .text(let text) = $0 { text } else { "" } }.joined()
    }

    func child(_ local: String) -> XMLElement? {
        children.first { $0.name == .dav(local) }
    }

    /// The element again as XML, each element declaring its own namespace.
    func serialise(to out: inout String) {
        XMLText.open(name, to: &out)
        var number = 0
        for attribute in attributes {
            out += " "
            if attribute.name.namespace == XMLReader.xmlNamespace {
                out += "xml:"
            } else if !attribute.name.namespace.isEmpty {
                number += 1
                out += "xmlns:a\(number)=\"\(XMLText.escape(attribute.name.namespace))\" a\(number):"
            }
            out += "\(attribute.name.local)=\"\(XMLText.escape(attribute.value))\""
        }
        guard !content.isEmpty else {
            out += "/>"
            return
        }
        out += ">"
        for item in content {
            switch item {
            case .element(let element): element.serialise(to: &out)
            case .text(let text): out += XMLText.escape(text)
            }
        }
        XMLText.close(name, to: &out)
    }
}

/// Writing XML: `D:` is DAV everywhere, other namespaces are declared where they occur.
enum XMLText {
    static func open(_ name: XMLName, to out: inout String) {
        if name.namespace == "DAV:" {
            out += "<D:\(name.local)"
        } else {
            out += "<\(name.local) xmlns=\"\(escape(name.namespace))\""
        }
    }

    static func close(_ name: XMLName, to out: inout String) {
        out += name.namespace == "DAV:" ? "</D:\(name.local)>" : "</\(name.local)>"
    }

    static func empty(_ name: XMLName, to out: inout String) {
        open(name, to: &out)
        out += "/>"
    }

    /// For text and attribute values; what XML 1.0 cannot hold becomes U+FFFD.
    static func escape(_ text: String) -> String {
        let special = text.utf8.contains {
            $0 < 0x20 || $0 == UInt8(ascii: "<") || $0 == UInt8(ascii: ">") || $0 == UInt8(ascii: "&")
                || $0 == UInt8(ascii: "\"") || $0 == 0xEF
        }
        guard special else { return text }
        var out = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "<": out += "&lt;"
            case ">": out += "&gt;"
            case "&": out += "&amp;"
            case "\"": out += "&quot;"
            case "\t", "\n", "\r": out += "&#\(scalar.value);"
            default: out.unicodeScalars.append(XMLReader.isAllowed(scalar) ? scalar : "\u{FFFD}")
            }
        }
        return out
    }
}
