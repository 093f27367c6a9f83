import NIOCore
import NIOPosix

/// The regular work of a riffle, timed outside of the loops that serve clients: a loop with no timer of its own has less
/// to do in each of its turns.
struct Pulse {
    private static let pace = TimeAmount.milliseconds(20)
    private static let prefetchPace = TimeAmount.milliseconds(250)

    private let loop: any EventLoop
    private let tasks: [RepeatedTask]

    init(_ fronts: [FrontHandle], _ prefetch: PrefetchHub) {
        loop = MultiThreadedEventLoopGroup.singleton.next()
        tasks = [
            loop.scheduleRepeatedTask(initialDelay: Self.pace, delay: Self.pace) { _ in
                for front in fronts { front.tick() }
            },
            loop.scheduleRepeatedTask(initialDelay: Self.prefetchPace, delay: Self.prefetchPace) { _ in
                prefetch.pulse()
            },
        ]
    }

    /// No front is asked for anything once this returns.
    func end() async {
        for task in tasks {
            let ended = loop.makePromise(of: Void.self)
            task.cancel(promise: ended)
            try? await ended.futureResult.get()
        }
    }
}
