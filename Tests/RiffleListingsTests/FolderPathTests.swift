import Testing

@testable import RiffleListings

/// One name for every spelling of a path.
@Suite struct FolderPathTests {
    @Test(
        "spellings that servers read alike are one folder",
        arguments: [
            ("/", "/"), ("/a", "/a/"), ("/a/", "/a/"), ("/%61/", "/a/"), ("/a%20b", "/a%20b/"), ("/a%2Bb/", "/a%2Bb/"),
            ("/a+b/", "/a%2Bb/"), ("/a%3bb/", "/a%3Bb/"), ("/%c3%a9/", "/%C3%A9/"), ("/é/", "/%C3%A9/"),
            ("/100%25/", "/100%25/"), ("/%7Eme/", "/~me/"), ("/a%26b%40c/", "/a&b@c/"), ("/a%3Ab/", "/a:b/"),
            ("/.hidden/", "/.hidden/"), ("/.../", "/.../"), ("/a%22b/", "/a%22b/"), ("/a[1]/", "/a%5B1%5D/"),
        ])
    func canonical(raw: String, expected: String) throws {
        let path = try #require(Dialect.canonicalFolderPath(raw.utf8))
        #expect(String(decoding: path, as: UTF8.self) == expected)
        // Canonical paths are their own canonical spelling.
        #expect(Dialect.canonicalFolderPath(path) == path)
    }

    @Test(
        "a path that two servers could read differently has no name",
        arguments: [
            "", "a", "//", "/a//b", "/./", "/a/../b", "/a/..", "/%2e%2e/", "/a%2fb/", "/a%2Fb", "/a%5Cb", "/a\\b",
            "/a;v=1/",
            "/a%0Ab/", "/a%00/", "/%", "/%4", "/%zz/", "/a%7F",
        ])
    func ambiguous(raw: String) {
        #expect(Dialect.canonicalFolderPath(raw.utf8) == nil)
    }

    @Test(
        "a child folder's path encodes its name",
        arguments: [
            ("sub", "/f/sub/"), ("a b", "/f/a%20b/"), ("50%", "/f/50%25/"), ("é", "/f/%C3%A9/"),
            ("a;b+c", "/f/a%3Bb%2Bc/"),
            ("%41", "/f/%2541/"), ("q?#", "/f/q%3F%23/"), ("日本", "/f/%E6%97%A5%E6%9C%AC/"),
        ])
    func child(name: String, expected: String) throws {
        let path = try #require(Dialect.childFolderPath(of: Array("/f/".utf8), named: name.utf8))
        #expect(String(decoding: path, as: UTF8.self) == expected)
        #expect(Dialect.canonicalFolderPath(path) == path)
        #expect(Dialect.parent(of: path) == Array("/f/".utf8))
    }

    @Test(
        "names that no target can spell safely have no path", arguments: ["", ".", "..", "a/b", "a\\b", "a\nb", "a\0b"])
    func unsafeName(name: String) {
        #expect(Dialect.childFolderPath(of: Array("/f/".utf8), named: name.utf8) == nil)
    }

    @Test("a path longer than the limit has no name")
    func tooLong() {
        let path = "/" + String(repeating: "a", count: FormBuffer.capacity)
        #expect(Dialect.canonicalFolderPath(path.utf8) == nil)
    }

    @Test("the root has no parent")
    func root() {
        #expect(Dialect.parent(of: Array("/".utf8)) == nil)
        #expect(Dialect.parent(of: Array("/a/".utf8)) == Array("/".utf8))
    }
}
