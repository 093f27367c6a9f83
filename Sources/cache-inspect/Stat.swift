import ArgumentParser
import RiffleInspect
import RiffleRedis

/// Figures and rates.
struct Stat: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Figures: requests by outcome and tier, memory, Redis, origin, prefetch.",
        discussion: """
            Rates are since the start, and with --watch since the last look. With --redis it asks no riffle: it counts, key by
            key, what riffles keep in that Redis.

            EXAMPLES
              cache-inspect stat
              cache-inspect stat --interval 5s --count 12
              cache-inspect stat --redis redis://127.0.0.1:6379
              cache-inspect stat --json | jq '.requests.rows[] | select(.outcome == "miss")'
            """)

    @OptionGroup var admin: AdminOptions
    @OptionGroup var watching: Watching

    @Option(help: ArgumentHelp("Count what this Redis holds instead.", valueName: "redis://HOST:PORT|redis+unix:/PATH"))
    var redis: String?

    @Option(
        help: ArgumentHelp("PEM file with the authorities that may sign for a rediss:// server.", valueName: "file"))
    var redisCa: String?

    func validate() throws {
        guard redis != nil else { return }
        guard !watching.isRepeating, admin.admin == nil else {
            throw ValidationError("--redis counts once, and asks no riffle: it goes with neither --watch nor --admin")
        }
    }

    func run() async throws {
        if let redis { return try await survey(redis) }
        try await watching.run(admin) { now, before, ink in StatView(now, since: before).lines(ink) }
    }

    private func survey(_ url: String) async throws {
        let target: RedisTarget
        do {
            target = try RedisTarget(parsing: url)
        } catch {
            throw ValidationError("--redis: \(error)")
        }
        guard case .server(var server) = target else {
            throw ValidationError("--redis: name a server; an embedded one is its riffle's own")
        }
        server.authoritiesFile = redisCa
        let shows = Screen.showsProgress
        do {
            let survey = try await Surveyor.survey(server) { seen in
                if shows { Screen.progress("\(Figures.count(seen)) keys") }
            }
            if shows { Screen.progress("") }
            try admin.show(survey) { RedisView(survey: survey).lines($0) }
        } catch let error as SurveyError {
            if shows { Screen.progress("") }
            Screen.complain(error.description)
            throw ExitCode(1)
        }
    }
}
