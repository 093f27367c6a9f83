import Foundation
import Synchronization
import Testing

/// The servers and folders of one test: whatever is started here ends with the test, in reverse order.
final class Stage: Sendable {
    @TaskLocal static var current: Stage?

    let folder: TemporaryFolder
    private let processes = Mutex<[ServerProcess]>([])
    private let failed = Mutex(false)

    fileprivate init() throws { folder = try TemporaryFolder() }

    /// A server for the time of this test.
    func start(
        _ name: String, _ executable: String, _ arguments: [String], environment: [String: String] = [:]
    ) throws -> ServerProcess {
        try processes.withLock { processes in
            let log = self.folder["\(processes.count)-\(name)"]
            let process = try ServerProcess(
                name, executable, arguments, log: log, environment: environment)
            processes.append(process)
            return process
        }
    }

    fileprivate func noteFailure() { failed.withLock { $0 = true } }

    fileprivate func end(_ error: (any Error)?) async {
        let processes = processes.withLock { $0 }
        for process in processes.reversed() { await process.stop() }
        if error != nil || failed.withLock({ $0 }) {
            for process in processes { print(process.transcript) }
        }
        folder.remove()
    }
}

/// Runs a test's story on a stage of its own.
func onStage(_ story: (Stage) async throws -> Void) async throws {
    let stage = try Stage()
    do {
        try await Stage.$current.withValue(stage) { try await story(stage) }
    } catch {
        await stage.end(error)
        throw error
    }
    await stage.end(nil)
}

extension Trait where Self == IssueHandlingTrait {
    /// A failed expectation shows what the servers of its test printed.
    static var showingServers: Self {
        .compactMapIssues { issue in
            Stage.current?.noteFailure()
            return issue
        }
    }
}
