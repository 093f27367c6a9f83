import RiffleInspect
import RiffleRedis

/// What a Redis holds for riffle, as aligned text.
struct RedisView {
    let survey: RedisSurvey

    func lines(_ ink: Ink = .none) -> [String] {
        let limit = survey.memoryLimit > 0 ? " of \(Figures.bytes(survey.memoryLimit))" : ", no limit"
        let mean = survey.entries > 0 ? survey.entryBytes / Int64(survey.entries) : 0
        var figures = [
            ("memory", Figures.bytes(survey.usedMemory) + limit + " (all keys)"),
            (
                "entries",
                "\(Figures.count(survey.entries)), \(Figures.bytes(survey.entryBytes)) sealed"
                    + " (mean \(Figures.bytes(mean)), largest \(Figures.bytes(survey.largestEntry)))"
            ),
            ("folders", "\(Figures.count(survey.folders)) with a generation"),
            ("fills", "\(Figures.count(survey.leases)) under way"),
            (
                "riffles",
                survey.listeners.isEmpty
                    ? "none listens"
                    : survey.listeners.map { Figures.count($0) }.joined(separator: " + ")
                        + " listening, by origin"
            ),
        ]
        if survey.otherKeys > 0 {
            figures.append(("others", "\(Figures.count(survey.otherKeys)) keys are not riffle's"))
        }
        if !survey.isWhole { figures.append(("note", "more keys than were looked at")) }
        let head =
            ink(.bold, "Redis \(Ink.harmless(survey.version))") + " · \(Ink.harmless(survey.server))"
        return [head, ""]
            + figures.map { name, value in
                ink(.dim, name + String(repeating: " ", count: max(0, 12 - name.count))) + " " + value
            }
    }
}
