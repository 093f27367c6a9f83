import Glibc

/// One connection on a thread of its own that may be cut at any byte, for loads that plain clients are too polite for.
struct BlockingClient: ~Copyable {
    private let socket: Int32
    private var unread: [UInt8] = []

    init?(port: Int) {
        let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        var patience = timeval(tv_sec: 20, tv_usec: 0)
        setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0 else {
            close(socket)
            return nil
        }
        self.socket = socket
    }

    deinit { close(socket) }

    /// Ends it so that the other side sees a reset.
    func reset() {
        var linger = linger(l_onoff: 1, l_linger: 0)
        setsockopt(socket, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<linger>.size))
    }

    func send(_ bytes: some Collection<UInt8>) -> Bool {
        let bytes = Array(bytes)
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.send(socket, $0.baseAddress.map { $0 + sent }, bytes.count - sent, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            sent += count
        }
        return true
    }

    /// More bytes; false at the end.
    mutating func receive() -> Bool {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = recv(socket, &buffer, buffer.count, 0)
        guard count > 0 else { return false }
        unread.append(contentsOf: buffer[..<count])
        return true
    }

    /// What has come so far.
    var pending: [UInt8] { unread }

    /// The next answer, whole; nil when the connection ends before.
    mutating func answer(toHead: Bool = false) -> (status: Int, head: String, body: [UInt8])? {
        let end = Array("\r\n\r\n".utf8)
        while true {
            guard let headEnd = unread.firstRange(of: end) else {
                guard receive() else { return nil }
                continue
            }
            let head = String(decoding: unread[..<headEnd.lowerBound], as: UTF8.self)
            let status = Int(head.split(separator: " ").dropFirst().first ?? "") ?? 0
            unread.removeFirst(headEnd.upperBound)
            if toHead || status == 304 || status == 204 { return (status, head, []) }
            let lowered = head.lowercased()
            if let length = Self.value("content-length", lowered).flatMap({ Int($0) }) {
                while unread.count < length { guard receive() else { return nil } }
                defer { unread.removeFirst(length) }
                return (status, head, Array(unread[..<length]))
            }
            guard lowered.contains("transfer-encoding: chunked") else { return nil }
            return chunked().map { (status, head, $0) }
        }
    }

    private mutating func chunked() -> [UInt8]? {
        let line = Array("\r\n".utf8)
        var body: [UInt8] = []
        while true {
            guard let end = unread.firstRange(of: line) else {
                guard receive() else { return nil }
                continue
            }
            guard let size = Int(String(decoding: unread[..<end.lowerBound], as: UTF8.self), radix: 16) else {
                return nil
            }
            while unread.count < end.upperBound + size + 2 { guard receive() else { return nil } }
            body += unread[end.upperBound..<end.upperBound + size]
            unread.removeFirst(end.upperBound + size + 2)
            if size == 0 { return body }
        }
    }

    private static func value(_ name: String, _ head: String) -> Substring? {
        head.split(separator: "\r\n").first { $0.hasPrefix(name + ":") }?.dropFirst(name.count + 1).drop { $0 == " " }
    }
}
