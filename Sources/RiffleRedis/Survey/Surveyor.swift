import NIOCore
import NIOPosix

/// Counts what riffles keep in a Redis, by `SCAN`, which never blocks the server for long.
package enum Surveyor {
    /// Keys asked for at once.
    private static let batch = "1000"

    /// - Parameter progress: told how many keys were looked at so far.
    /// - Throws: ``SurveyError`` when the server can't be reached, refuses or breaks off.
    package static func survey(
        _ server: RedisServer, progress: @Sendable (Int) -> Void = { _ in }
    ) async throws -> RedisSurvey {
        let dialogue = try await RedisDialogue.open(server)
        do {
            let survey = try await count(server, dialogue, progress)
            await dialogue.close()
            return survey
        } catch {
            await dialogue.close()
            throw error
        }
    }

    private static func count(
        _ server: RedisServer, _ dialogue: RedisDialogue, _ progress: @Sendable (Int) -> Void
    ) async throws -> RedisSurvey {
        var survey = RedisSurvey(server: server.description)
        let facts = try await facts(dialogue)
        survey.version = facts["redis_version"] ?? ""
        survey.usedMemory = facts["used_memory"].flatMap { Int64($0) } ?? 0
        survey.memoryLimit = facts["maxmemory"].flatMap { Int64($0) } ?? 0
        survey.listeners = try await listeners(dialogue)
        var cursor = "0"
        var seen = 0
        repeat {
            let page = try await dialogue.ask([Command("SCAN", cursor, "COUNT", batch)])
            guard case .array(let parts)? = page.first, parts.count == 2, let next = parts[0].text,
                case .array(let keys) = parts[1]
            else { throw SurveyError(message: "an answer to SCAN could not be read") }
            cursor = next
            seen += keys.count
            try await add(keys.compactMap(\.bytes), to: &survey, dialogue)
            progress(seen)
            if seen > RedisSurvey.keyLimit {
                survey.isWhole = false
                break
            }
        } while cursor != "0"
        return survey
    }

    private static func add(_ keys: [[UInt8]], to survey: inout RedisSurvey, _ dialogue: RedisDialogue) async throws {
        var lengths: [Command] = []
        for key in keys {
            switch KeyKind(key) {
            case .generation: survey.folders += 1
            case .lease: survey.leases += 1
            case .subtreeLog: survey.subtreeLogs += 1
            case .other: survey.otherKeys += 1
            case .entry:
                var command = Command("STRLEN")
                command.append(key)
                lengths.append(command)
            }
        }
        guard !lengths.isEmpty else { return }
        for reply in try await dialogue.ask(lengths) {
            // An entry that ended meanwhile has no length.
            guard let length = reply.number, length > 0 else { continue }
            survey.entries += 1
            survey.entryBytes += length
            survey.largestEntry = max(survey.largestEntry, length)
        }
    }

    /// The lines of `INFO` that are `name:value`.
    private static func facts(_ dialogue: RedisDialogue) async throws -> [String: String] {
        let sections = try await dialogue.ask([Command("INFO", "server"), Command("INFO", "memory")])
        var facts: [String: String] = [:]
        for line in sections.compactMap(\.text).joined(separator: "\n").split(whereSeparator: \.isNewline) {
            let parts = line.split(separator: ":", maxSplits: 1)
            if parts.count == 2 { facts[String(parts[0])] = String(parts[1]) }
        }
        return facts
    }

    private static func listeners(_ dialogue: RedisDialogue) async throws -> [Int] {
        guard case .array(let found)? = try await dialogue.ask([Command("PUBSUB", "CHANNELS", "rf1:{*}:bus")]).first,
            !found.isEmpty
        else { return [] }
        var command = Command("PUBSUB", "NUMSUB")
        for name in found.compactMap(\.bytes) { command.append(name) }
        guard case .array(let counts)? = try await dialogue.ask([command]).first else { return [] }
        return counts.compactMap { reply in
            guard case .integer(let count) = reply else { return nil }
            return Int(clamping: count)
        }.sorted(by: >)
    }
}
