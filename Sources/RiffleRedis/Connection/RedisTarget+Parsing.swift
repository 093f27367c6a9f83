extension RedisTarget {
    package static let defaultPort = 6_379

    /// Reads `none`, `embedded`, `redis://[user:password@]host[:port][/db]`, `rediss://…` or
    /// `redis+unix:///path/to.sock[?db=N]`.
    package init(parsing text: String) throws(RedisTargetError) {
        switch text {
        case "none": self = .none
        case "embedded": self = .embedded
        default: self = .server(try RedisServer(parsing: text))
        }
    }
}

extension RedisServer {
    init(parsing text: String) throws(RedisTargetError) {
        guard let separator = text.firstRange(ofText: "://") else {
            throw RedisTargetError(
                message: "expected none, embedded, redis://host:port, rediss://host:port or redis+unix:///path.sock")
        }
        let rest = text[separator.upperBound...]
        switch text[..<separator.lowerBound] {
        case "redis": try self.init(network: rest, tls: false)
        case "rediss": try self.init(network: rest, tls: true)
        case "redis+unix", "unix": try self.init(socket: rest)
        case "redis-cluster":
            throw RedisTargetError(
                message: "redis-cluster:// is not supported yet; supported are redis://, rediss:// and redis+unix://")
        case "redis-sentinel":
            throw RedisTargetError(
                message: "redis-sentinel:// is not supported yet; supported are redis://, rediss:// and redis+unix://")
        default:
            throw RedisTargetError(message: "the scheme must be redis://, rediss:// or redis+unix://")
        }
    }

    private init(socket rest: Substring) throws(RedisTargetError) {
        let parts = rest.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        guard let path = parts.first, path.hasPrefix("/") else {
            throw RedisTargetError(message: "redis+unix:// needs an absolute path: redis+unix:///path/to.sock")
        }
        guard path.utf8.count < 108 else {
            throw RedisTargetError(message: "the path of a unix socket has at most 107 bytes")
        }
        self.init(endpoint: .unix(path: String(path)))
        guard parts.count == 2 else { return }
        guard parts[1].hasPrefix("db=") else {
            throw RedisTargetError(message: "redis+unix:// knows only one option: ?db=N")
        }
        database = try Self.database(parts[1].dropFirst(3))
    }

    private init(network rest: Substring, tls: Bool) throws(RedisTargetError) {
        guard !rest.contains("?"), !rest.contains("#") else {
            throw RedisTargetError(
                message: "a redis:// target has no options; the database is the path: redis://host/3")
        }
        // The last @ ends the credential: an unencoded @ in a password is common and can't be a host's.
        let at = rest.lastIndex(of: "@")
        let location = at.map { rest[rest.index(after: $0)...] } ?? rest
        let slash = location.firstIndex(of: "/") ?? location.endIndex
        let (host, port) = try Self.hostAndPort(location[..<slash])
        self.init(endpoint: .tcp(host: host, port: port))
        usesTLS = tls
        database = try Self.database(location[slash...].dropFirst())
        if let at { credential = try Self.credential(rest[..<at]) }
    }

    private static func hostAndPort(_ text: Substring) throws(RedisTargetError) -> (String, Int) {
        var host = text
        var port: Substring?
        if text.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]") else {
                throw RedisTargetError(message: "the IPv6 address of the Redis host has no closing ]")
            }
            host = text[text.index(after: text.startIndex)..<end]
            let tail = text[text.index(after: end)...]
            guard tail.isEmpty || tail.hasPrefix(":") else {
                throw RedisTargetError(message: "behind ] only :port may follow")
            }
            port = tail.isEmpty ? nil : tail.dropFirst()
        } else if let colon = text.firstIndex(of: ":") {
            host = text[..<colon]
            port = text[text.index(after: colon)...]
        }
        guard !host.isEmpty else { throw RedisTargetError(message: "the Redis target names no host") }
        guard let port else { return (String(host), RedisTarget.defaultPort) }
        guard let number = Int(port), (1...65_535).contains(number) else {
            throw RedisTargetError(message: "the port of the Redis target must be 1 to 65535")
        }
        return (String(host), number)
    }

    private static func database(_ text: Substring) throws(RedisTargetError) -> Int {
        guard !text.isEmpty else { return 0 }
        guard let number = Int(text), (0...1_048_576).contains(number) else {
            throw RedisTargetError(message: "the database of the Redis target must be a number, as in redis://host/3")
        }
        return number
    }

    private static func credential(_ text: Substring) throws(RedisTargetError) -> RedisCredential? {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else {
            throw RedisTargetError(message: "a credential is written user:password@ or :password@")
        }
        let user = try decoded(parts[0])
        return RedisCredential(user: user.isEmpty ? nil : user, password: try decoded(parts[1]))
    }

    /// Percent decoding (RFC 3986 §2.1).
    private static func decoded(_ text: Substring) throws(RedisTargetError) -> String {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            let digits = String(decoding: rest.prefix(2), as: UTF8.self)
            guard digits.utf8.count == 2, digits.allSatisfy(\.isHexDigit), let value = UInt8(digits, radix: 16) else {
                throw RedisTargetError(
                    message: "a % in the Redis credential must be followed by two hexadecimal digits")
            }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension StringProtocol {
    fileprivate func firstRange(ofText text: String) -> Range<Index>? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(text) { return start..<index(start, offsetBy: text.count) }
            start = index(after: start)
        }
        return nil
    }
}
