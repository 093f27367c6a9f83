/// Colour for a terminal, or none. Text from outside is made harmless before it is shown.
package struct Ink: Sendable {
    package enum Shade: String, Sendable {
        case bold = "1"
        case dim = "2"
        case red = "31"
        case green = "32"
        case yellow = "33"
        case cyan = "36"
    }

    package static let none = Ink(coloured: false)

    private let coloured: Bool

    package init(coloured: Bool) {
        self.coloured = coloured
    }

    package func callAsFunction(_ shade: Shade, _ text: String) -> String {
        coloured && !text.isEmpty ? "\u{1B}[\(shade.rawValue)m\(text)\u{1B}[0m" : text
    }

    /// Control characters as `\u{..}`, so that a folder's name can't drive the terminal.
    package static func harmless(_ text: String) -> String {
        var shown = ""
        for scalar in text.unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator:
                shown += "\\u{\(String(scalar.value, radix: 16))}"
            default: shown.unicodeScalars.append(scalar)
            }
        }
        return shown
    }
}
