import Glibc

/// A server under load: where to connect and what to call it.
package struct Target: Sendable {
    package struct Failure: Misuse {
        package let description: String
    }

    package let host: String
    package let port: UInt16
    package let path: String
    package let secure: Bool

    package var authority: String { port == (secure ? 443 : 80) ? host : "\(host):\(port)" }

    package init(url: String) throws(Failure) {
        guard let scheme = ["http://", "https://"].first(where: url.lowercased().hasPrefix) else {
            throw Failure(description: "not an http:// or https:// URL: \(url)")
        }
        secure = scheme == "https://"
        let rest = url.dropFirst(scheme.count)
        let slash = rest.firstIndex(of: "/") ?? rest.endIndex
        let authority = rest[..<slash]
        guard !authority.contains("@") else {
            throw Failure(description: "give credentials by --header, not in the URL")
        }
        path = slash == rest.endIndex ? "/" : String(rest[slash...])
        if let colon = authority.lastIndex(of: ":"), !authority.hasSuffix("]") {
            guard let port = UInt16(authority[authority.index(after: colon)...]), port > 0 else {
                throw Failure(description: "not a port in \(url)")
            }
            self.port = port
            host = String(authority[..<colon])
        } else {
            port = secure ? 443 : 80
            host = String(authority)
        }
        guard !host.isEmpty else { throw Failure(description: "no host in \(url)") }
    }

    /// The host as certificates name it.
    package var bareHost: String { host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host }

    /// The socket address, looked up once before the run.
    package func resolve() throws(Failure) -> SocketAddress {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(bareHost, String(port), &hints, &list)
        defer { if list != nil { freeaddrinfo(list) } }
        guard code == 0, let first = list?.pointee, let address = first.ai_addr else {
            throw Failure(description: "cannot resolve \(host): \(String(cString: gai_strerror(code)))")
        }
        let bytes = Array(UnsafeRawBufferPointer(start: address, count: Int(first.ai_addrlen)))
        return SocketAddress(family: first.ai_family, bytes: bytes)
    }
}

/// A resolved address as the kernel wants it.
package struct SocketAddress: Sendable {
    let family: Int32
    let bytes: [UInt8]

    /// A connecting socket, or the error number.
    func connect(blocking: Bool) -> (descriptor: Int32, error: Int32) {
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let descriptor = socket(family, blocking ? kind : kind | Int32(SOCK_NONBLOCK.rawValue), 0)
        guard descriptor >= 0 else { return (-1, errno) }
        var one: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
        let result = bytes.withUnsafeBytes { raw -> Int32 in
            guard let base = raw.baseAddress else { return -1 }
            return Glibc.connect(descriptor, base.assumingMemoryBound(to: sockaddr.self), socklen_t(raw.count))
        }
        if result == 0 || errno == EINPROGRESS { return (descriptor, 0) }
        let error = errno
        close(descriptor)
        return (-1, error)
    }
}
