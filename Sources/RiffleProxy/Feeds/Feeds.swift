/// Runs the change feeds that the settings name, each supervised, until cancelled.
struct Feeds {
    /// How often the health of channels is looked at.
    private static let pace: Duration = .seconds(1)

    let gateway: Gateway

    func run() async {
        gateway.push.start(gateway)
        await withTaskGroup(of: Void.self) { tasks in
            if gateway.settings.feed.walk { tasks.addTask { await TagWalk(gateway: gateway).run() } }
            if gateway.settings.feed.delta { tasks.addTask { await DeltaFeed(gateway: gateway).run() } }
            while !Task.isCancelled {
                try? await Task.sleep(for: Self.pace)
                gateway.feeds.tick()
            }
            tasks.cancelAll()
        }
    }
}
