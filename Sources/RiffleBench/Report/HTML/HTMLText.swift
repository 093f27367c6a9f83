/// Text on its way into a page. Whatever a server or a file name put into a report, it stays text.
enum HTMLText {
    static func escape(_ text: String) -> String {
        var result = ""
        result.reserveCapacity(text.utf8.count)
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            default:
                // Control characters have no place in a page, escaped or not.
                if scalar.value >= 0x20 || scalar == "\n" || scalar == "\t" { result.unicodeScalars.append(scalar) }
            }
        }
        return result
    }

    /// The first `words` columns are names, the others numbers.
    static func table(_ cells: [[String]], words: Int = 1) -> String {
        let lines = cells.enumerated().filter { $1.contains { !$0.isEmpty } }.map { line, row in
            let tag = line == 0 ? "th" : "td"
            let columns = row.enumerated().map { column, text in
                "<\(tag)\(column < words ? "" : " class=\"n\"")>\(escape(text))</\(tag)>"
            }
            return "<tr>" + columns.joined() + "</tr>"
        }
        return "<div class=\"wide\"><table>\n" + lines.joined(separator: "\n") + "\n</table></div>\n"
    }
}
