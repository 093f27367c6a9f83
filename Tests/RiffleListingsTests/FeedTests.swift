import Testing

@testable import RiffleListings

@Suite("The health of a change feed")
struct FeedStateTests {
    private static let limits = FeedState.Limits(lag: 1_000, silence: 5_000, failures: 3)

    @Test("nothing relies on a feed before it has spoken")
    func beginsDown() {
        var state = FeedState(Self.limits)
        #expect(state.health == .down)
        #expect(state.tick(at: 100) == nil)
        #expect(state.heard(at: 100) == .healthy)
        #expect(state.knownUntil == 100)
    }

    @Test("late news is lagging, and timely news heals")
    func late() {
        var state = FeedState(Self.limits)
        #expect(state.heard(at: 10_000, lag: 1_001) == .lagging)
        #expect(state.knownUntil == 8_999)
        #expect(state.heard(at: 10_001, lag: 1_000) == .healthy)
        #expect(state.heard(at: 10_002) == nil)
    }

    @Test("silence is lagging first and down in the end, and only news ends it")
    func silence() {
        var state = FeedState(Self.limits)
        _ = state.heard(at: 0)
        #expect(state.tick(at: 5_000) == nil)
        #expect(state.tick(at: 5_001) == .lagging)
        #expect(state.tick(at: 15_000) == nil)
        #expect(state.tick(at: 15_001) == .down)
        #expect(state.tick(at: 15_002) == nil)
        #expect(state.heard(at: 15_003) == .healthy)
    }

    @Test("one failure is lagging, several in a row are down, and news forgets them")
    func failures() {
        var state = FeedState(Self.limits)
        _ = state.heard(at: 0)
        #expect(state.failed(at: 1) == .lagging)
        #expect(state.failed(at: 2) == nil)
        #expect(state.failed(at: 3) == .down)
        _ = state.heard(at: 4)
        #expect(state.failed(at: 5) == .lagging)
    }

    @Test("a feed that never spoke does not come up by failing")
    func failingFromTheStart() {
        var state = FeedState(Self.limits)
        for time in 0..<Int64(5) { #expect(state.failed(at: time) == nil) }
        #expect(state.health == .down)
    }

    @Test("where silence says nothing, it does not tick down")
    func silent() {
        var state = FeedState(.init(silence: nil))
        _ = state.heard(at: 0)
        #expect(state.tick(at: .max / 2) == nil)
    }
}

@Suite("A tree of deep tags")
struct TagTreeTests {
    private func folder(_ path: String, _ tag: String) -> ListingRows.Member {
        ListingRows.Member(path: Array(path.utf8), tag: Array(tag.utf8), isFolder: true)
    }

    private func file(_ path: String, _ tag: String) -> ListingRows.Member {
        ListingRows.Member(path: Array((path + "/").utf8), tag: Array(tag.utf8), isFolder: false)
    }

    private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

    @Test("the first rows of a folder say that anything below it may have changed")
    func first() {
        var tree = TagTree(root: bytes("/"))
        #expect(tree.learn(bytes("/"), [folder("/", "0"), folder("/a/", "1")]).effects == [.subtree(bytes("/"))])
        #expect(tree.knows(bytes("/")))
    }

    @Test("a changed file voids its folder and itself, and nothing beside")
    func changedFile() {
        var tree = TagTree(root: bytes("/"))
        _ = tree.learn(bytes("/"), [file("/one", "1"), file("/two", "2"), folder("/a/", "1")])
        let findings = tree.learn(bytes("/"), [file("/one", "9"), file("/two", "2"), folder("/a/", "1")])
        #expect(findings == .init(effects: [.folder(bytes("/")), .folder(bytes("/one/"))]))
    }

    @Test("a changed folder is looked into; what was never read before is voided whole")
    func changedFolder() {
        var tree = TagTree(root: bytes("/"))
        _ = tree.learn(bytes("/"), [folder("/a/", "1"), folder("/b/", "1")])
        _ = tree.learn(bytes("/a/"), [file("/a/x", "1")])
        let findings = tree.learn(bytes("/"), [folder("/a/", "2"), folder("/b/", "2")])
        #expect(Set(findings.descend) == [bytes("/a/"), bytes("/b/")])
        #expect(findings.effects == [.folder(bytes("/"))])
        #expect(
            tree.learn(bytes("/a/"), [file("/a/x", "2")]).effects == [.folder(bytes("/a/")), .folder(bytes("/a/x/"))])
        #expect(tree.learn(bytes("/b/"), [file("/b/x", "2")]).effects == [.subtree(bytes("/b/"))])
    }

    @Test("what is gone is voided with all below it and forgotten")
    func gone() {
        var tree = TagTree(root: bytes("/"))
        _ = tree.learn(bytes("/"), [folder("/a/", "1"), file("/one", "1")])
        _ = tree.learn(bytes("/a/"), [folder("/a/b/", "1")])
        _ = tree.learn(bytes("/a/b/"), [])
        let findings = tree.learn(bytes("/"), [])
        #expect(
            Set(findings.effects) == [.folder(bytes("/")), .subtree(bytes("/a/")), .folder(bytes("/one/"))])
        #expect(!tree.knows(bytes("/a/")) && !tree.knows(bytes("/a/b/")))
    }

    @Test("what is new voids the folder alone: nothing of it can be stored")
    func new() {
        var tree = TagTree(root: bytes("/"))
        _ = tree.learn(bytes("/"), [])
        #expect(tree.learn(bytes("/"), [folder("/a/", "1")]).effects == [.folder(bytes("/"))])
    }

    @Test("a member without a tag may have changed each time")
    func untagged() {
        var tree = TagTree(root: bytes("/"))
        _ = tree.learn(bytes("/"), [file("/one", "")])
        #expect(tree.learn(bytes("/"), [file("/one", "")]).effects.contains(.folder(bytes("/one/"))))
    }

    @Test(
        "the root of a tree is a user's own folder where paths are a cloud's, else the origin's",
        arguments: [
            ("/remote.php/dav/files/alice/Photos/2024/", "/remote.php/dav/files/alice/"),
            ("/cloud/remote.php/dav/files/alice/", "/cloud/remote.php/dav/files/alice/"),
            ("/remote.php/webdav/Photos/", "/remote.php/webdav/"), ("/remote.php/dav/", "/"), ("/a/b/", "/"),
            ("/", "/"),
        ])
    func roots(path: String, root: String) {
        #expect(Dialect.tagRoot(of: Array(path.utf8)) == Array(root.utf8))
    }
}
