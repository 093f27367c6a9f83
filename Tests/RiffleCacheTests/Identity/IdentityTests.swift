import Testing

@testable import RiffleCache

@Suite struct SecretTests {
    /// RFC 4231, test case 2.
    @Test("HMAC-SHA-256 agrees with the standard's example")
    func hmac() {
        let digest = hmacSHA256(key: Array("Jefe".utf8), Array("what do ya want for nothing?".utf8))
        #expect(digest.prefix(8).elementsEqual([0x5b, 0xdc, 0xc1, 0x46, 0xbf, 0x60, 0x75, 0x4e]))
        #expect(digest.count == 32)
    }

    @Test("key material under 16 bytes is refused", arguments: [0, 15, 16])
    func length(_ count: Int) {
        #expect((Secret(bytes: [UInt8](repeating: 7, count: count)) != nil) == (count >= 16))
    }

    @Test("names depend on the secret, on the purpose and on nothing else")
    func names() throws {
        let one = try #require(Secret(bytes: [UInt8](repeating: 1, count: 32)))
        let same = try #require(Secret(bytes: [UInt8](repeating: 1, count: 32)))
        let other = try #require(Secret(bytes: [UInt8](repeating: 2, count: 32)))
        let input = Array("/a/".utf8)
        #expect(one.name(.folder, input) == same.name(.folder, input))
        #expect(one.name(.folder, input) != other.name(.folder, input))
        let purposes: [Secret.Purpose] = [.folder, .principal, .entry, .sealing]
        #expect(Set(purposes.map { one.name($0, input) }).count == purposes.count)
        #expect(Secret.ephemeral().name(.folder, input) != Secret.ephemeral().name(.folder, input))
    }

    @Test("a hash is 32 hexadecimal digits, leading zeros kept")
    func hex() {
        #expect(Hash128(high: 0xAB, low: 1).hex == "00000000000000ab0000000000000001")
    }
}

@Suite struct FolderNamingTests {
    private let secret = Secret.ephemeral()

    @Test("the lineage of a folder is itself, then every folder above it up to the root")
    func lineage() {
        let naming = FolderNaming(secret: secret, origin: "http://one")
        let expected = ["/a/b/", "/a/", "/"].map { naming.folder(Array($0.utf8)) }
        #expect(naming.lineage(Array("/a/b/".utf8)) == expected)
        #expect(naming.lineage(Array("/".utf8)) == [naming.folder(Array("/".utf8))])
    }

    @Test("two origins never share a folder or an entry")
    func origins() {
        let (one, two) = (
            FolderNaming(secret: secret, origin: "http://one"), FolderNaming(secret: secret, origin: "http://two")
        )
        let path = Array("/a/".utf8)
        #expect(one.folder(path) != two.folder(path))
        #expect(one.entry(Sample.key("/a/")) != two.entry(Sample.key("/a/")))
        #expect(one.principal(path) == two.principal(path))
    }
}

@Suite struct CacheKeyTests {
    @Test("a key tells its path and its principal")
    func fields() {
        let key = Sample.key("/a/b/", principal: 9)
        #expect(Array(key.path) == Array("/a/b/".utf8))
        #expect(key.principal == PrincipalID(Hash128(high: 0, low: 9)))
        #expect(Sample.key("/a/").principal == .anonymous)
    }

    @Test("what comes back from elsewhere is a key only when its lengths agree")
    func validating() {
        let bytes = Sample.key("/a/").bytes
        #expect(CacheKey(validating: bytes)?.bytes == bytes)
        #expect(CacheKey(validating: []) == nil)
        #expect(CacheKey(validating: Array(bytes.dropLast())) == nil)
        #expect(CacheKey(validating: [0xff, 0xff, 0xff, 0xff] + bytes.dropFirst(4)) == nil)
    }
}
