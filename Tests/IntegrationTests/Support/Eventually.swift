/// Thrown when a condition did not come true in time.
struct TimedOut: Error, CustomStringConvertible {
    let description: String
}

/// How long a condition that must come true may take on a loaded machine.
let patience: Duration = .seconds(20)

/// Waits until `condition` holds; errors thrown by it count as "not yet".
func eventually(
    _ what: String, within limit: Duration = patience, _ condition: () async throws -> Bool
) async throws {
    let clock = ContinuousClock()
    let end = clock.now.advanced(by: limit)
    var last: (any Error)?
    repeat {
        do {
            if try await condition() { return }
            last = nil
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            last = error
        }
        try await Task.sleep(for: .milliseconds(15))
    } while clock.now < end
    throw TimedOut(description: "not within \(limit): \(what)" + (last.map { " (\($0))" } ?? ""))
}
