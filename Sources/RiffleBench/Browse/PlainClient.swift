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

    package init(address: SocketAddress, authority: String) {
        self.address = address
        self.authority = authority
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
        let fields = (["Host: \(authority)", "Connection: close"] + headers).joined(separator: "\r\n")
        let request = Array("\(method) \(path) HTTP/1.0\r\n\(fields)\r\n\r\n".utf8)
        var sent = 0
        while sent < request.count {
            let count = request[sent...].withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw Failure(description: "\(authority) does not take the request") }
            sent += count
        }
        var received: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = chunk.withUnsafeMutableBytes { recv(descriptor, $0.baseAddress, $0.count, 0) }
            guard count >= 0 else { throw Failure(description: "\(authority) did not answer \(path) in time") }
            if count == 0 { break }
            received.append(contentsOf: chunk[..<count])
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
