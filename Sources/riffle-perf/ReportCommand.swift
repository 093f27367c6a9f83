import ArgumentParser
import Foundation
import RiffleBench

/// `riffle-perf report`: what `run` and `compare` wrote as JSON, for readers.
struct ReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report", abstract: "Turn the JSON of runs and comparisons into documents.")

    @Argument(help: "Files written by --json; several comparisons go side by side.")
    var files: [String]

    @Option(help: "Write comparisons as Markdown to this file, - for standard output.")
    var markdown: String?

    @Option(name: .shortAndLong, help: "Write one HTML page with curves, heat maps and tables to this file.")
    var output: String?

    @Option(help: "Print the processor time ratio of this target to the baseline, and nothing else.")
    var ratio: String?

    func run() throws {
        let saved = try files.map { try SavedReport.read($0) }
        if let ratio {
            guard case .comparison(let report)? = saved.first?.content,
                let figure = report.contender(ratio)?.ratios["cpu"]
            else { throw ValidationError("no processor time of \(ratio) in \(files[0])") }
            print(TextTable.fixed(figure.ratio, 3))
        }
        if let output {
            let page = HTMLReport.render(
                saved.map { each in
                    switch each.content {
                    case .run(let report): .run(title: each.title, report)
                    case .comparison(let report): .comparison(title: each.title, report)
                    }
                })
            try page.write(toFile: output, atomically: true, encoding: .utf8)
        }
        if let markdown {
            let text = CompareTable.markdown(
                saved.compactMap { each in
                    if case .comparison(let report) = each.content { (each.title, report) } else { nil }
                })
            if markdown == "-" {
                print(text, terminator: "")
            } else {
                try text.write(toFile: markdown, atomically: true, encoding: .utf8)
            }
        }
    }
}

/// A file that `--json` wrote, told apart by what is in it.
struct SavedReport {
    struct Failure: Misuse {
        let description: String
    }

    enum Content {
        case run(RunReport)
        case comparison(CompareReport)
    }

    /// The file's name without its ending.
    let title: String
    let content: Content

    static func read(_ path: String) throws(Failure) -> SavedReport {
        let title = URL(filePath: path).deletingPathExtension().lastPathComponent
        guard let data = try? Data(contentsOf: URL(filePath: path)) else {
            throw Failure(description: "cannot read \(path)")
        }
        let decoder = JSONDecoder()
        if let report = try? decoder.decode(CompareReport.self, from: data) {
            return SavedReport(title: title, content: .comparison(report))
        }
        if let report = try? decoder.decode(RunReport.self, from: data) {
            return SavedReport(title: title, content: .run(report))
        }
        throw Failure(description: "\(path) is no JSON of riffle-perf run or compare")
    }
}
