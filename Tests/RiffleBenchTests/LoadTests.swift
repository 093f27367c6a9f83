import Testing

@testable import RiffleBench

@Suite struct ScheduleTests {
    private func times(_ schedule: Schedule) -> [UInt64] {
        var schedule = schedule
        var times: [UInt64] = []
        while let time = schedule.next() { times.append(time) }
        return times
    }

    @Test("planned times are computed from their number and never drift")
    func exact() {
        let all = times(Schedule(stages: [.init(rate: 3, nanoseconds: 100_000_000_000)]))
        #expect(all.count == 300)
        #expect(all[3] == 1_000_000_000)
        #expect(all[299] == 99_666_666_666)
    }

    @Test("stages follow each other")
    func stages() {
        let all = times(
            Schedule(stages: [.init(rate: 2, nanoseconds: 1_000_000_000), .init(rate: 4, nanoseconds: 500_000_000)]))
        #expect(all == [0, 500_000_000, 1_000_000_000, 1_250_000_000])
    }

    @Test("loops share a schedule without gap or repeat")
    func shared() {
        let stages = [Schedule.Stage(rate: 1000, nanoseconds: 1_000_000_000)]
        let parts = (0..<3).flatMap { times(Schedule(stages: stages, phase: $0, stride: 3)) }.sorted()
        #expect(parts == times(Schedule(stages: stages)))
    }
}

@Suite struct WorkloadTests {
    private func tree() -> Tree {
        var tree = Tree()
        let root = tree.add(under: nil)
        for _ in 0..<3 {
            let child = tree.add(under: root)
            for _ in 0..<2 { _ = tree.add(under: child) }
        }
        return tree
    }

    @Test("the same seed walks the same way, from the root, along the tree's edges")
    func walks() {
        let tree = tree()
        var one = Walker(seed: 7)
        var two = Walker(seed: 7)
        let path = (0..<2000).map { _ in one.step(tree) }
        #expect(path == (0..<2000).map { _ in two.step(tree) })
        #expect(path[0] == 0)
        #expect(Set(path).count == tree.count)
    }

    @Test("a tree of one folder is opened again and again")
    func lonely() {
        var tree = Tree()
        _ = tree.add(under: nil)
        var walker = Walker(seed: 1)
        #expect((0..<10).allSatisfy { _ in walker.step(tree) == 0 })
    }

    @Test("zipf opens few folders often, every folder within range")
    func zipf() {
        var chooser = Chooser(.zipf(1.0), count: 100, sessions: 1, seed: 3)
        var counts = [Int](repeating: 0, count: 100)
        for _ in 0..<10_000 { counts[chooser.next(session: 0, planned: 0)] += 1 }
        #expect((counts.max() ?? 0) > 1000)
    }

    @Test("child folders are read from both dialects, encoded as the server wants them")
    func children() throws {
        let json = #"[{"name":"a b","type":"directory","mtime":"x"},{"name":"f","type":"file","size":1}]"#
        #expect(try ChildFolders.autoindex(Array(json.utf8), under: "/r/") == ["/r/a%20b/"])
        let xml = """
            <D:multistatus><D:response><D:href>/r/</D:href><D:resourcetype><D:collection/></D:resourcetype></D:response>
            <D:response><D:href>http://h/r/x&amp;y/</D:href><D:resourcetype><D:collection/></D:resourcetype></D:response>
            <D:response><D:href>/r/file</D:href><D:resourcetype/></D:response></D:multistatus>
            """
        #expect(ChildFolders.webdav(Array(xml.utf8), under: "/r/") == ["/r/x&y/"])
    }
}
