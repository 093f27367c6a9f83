import Glibc

/// One blocking request on a connection of its own, with its body: for discovery, never for measuring.
package struct PlainClient: Sendable {
    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    package struct Answer: Sendable {
        package var status: Int
        package var body: [UInt8]
    }

    static let maxBytes = 256 << 20
    static let patienceSeconds = 30

    let address: SocketAddress
    let authority: String
    let tls: TLSContext?

    package init(address: SocketAddress, authority: String, tls: TLSContext? = nil) {
        self.address = address
        self.authority = authority
        self.tls = tls
    }

    /// Asks in HTTP/1.0 so that the body comes as it is and ends with the connection.
    package func fetch(method: String, path: String, headers: [String]) throws(Failure) -> Answer {
        let (descriptor, error) = address.connect(blocking: true)
        guard descriptor >= 0, error == 0 else {
            throw Failure(description: "cannot connect to \(authority): \(String(cString: strerror(error)))")
        }
        defer { close(descriptor) }
        var patience = timeval(tv_sec: Self.patienceSeconds, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        let session = tls?.session(descriptor)
        guard tls == nil || session?.handshake() == .done else {
            throw Failure(
                description: "no TLS with \(authority) (a certificate of its own making takes --ca or --insecure)")
        }
        let fields = (["Host: \(authority)", "Connection: close"] + headers).joined(separator: "\r\n")
        let request = Array("\(method) \(path) HTTP/1.0\r\n\(fields)\r\n\r\n".utf8)
        var sent = 0
        while sent < request.count {
            let count = request[sent...].withUnsafeBytes { rest -> Int in
                guard let base = rest.baseAddress else { return 0 }
                if let session { return session.write(base, rest.count) ?? 0 }
                return Glibc.send(descriptor, base, rest.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw Failure(description: "\(authority) does not take the request") }
            sent += count
        }
        var received: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 64 << 10)
        reading: while true {
            let step = chunk.withUnsafeMutableBytes { chunk -> Connection.Received in
                if let session { return session.read(chunk) }
                let count = recv(descriptor, chunk.baseAddress, chunk.count, 0)
                return count > 0 ? .bytes(count) : count == 0 ? .closed : .failed
            }
            switch step {
            case .bytes(let count): received.append(contentsOf: chunk[..<count])
            case .closed: break reading
            case .again, .failed: throw Failure(description: "\(authority) did not answer \(path) in time")
            }
            guard received.count <= Self.maxBytes else { throw Failure(description: "\(path) is too long a listing") }
        }
        var scanner = ResponseScanner()
        let end = received.withUnsafeBytes { bytes -> Int? in
            guard let end = ResponseScanner.headEnd(bytes, from: 0),
                scanner.head(bytes, from: 0, to: end, bodiless: false) == nil
            else { return nil }
            return end
        }
        guard let end else { throw Failure(description: "\(authority) did not answer \(path) in HTTP") }
        return Answer(status: scanner.status, body: Array(received[end...]))
    }
}
