import Glibc

@testable import RiffleBench

/// A server that gives each connection scripted answers, one for each request, and closes where told.
final class ScriptedServer: Sendable {
    let port: UInt16
    private let listener: Int32

    init?(answer: String, closing: Bool) {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                bind(descriptor, pointer, length) == 0 && listen(descriptor, 64) == 0
                    && getsockname(descriptor, pointer, &length) == 0
            }
        }
        guard bound else { return nil }
        listener = descriptor
        port = UInt16(bigEndian: address.sin_port)
        let bytes = Array(answer.utf8)
        _ = OSThread {
            while true {
                let peer = accept(descriptor, nil, nil)
                guard peer >= 0 else { return }
                _ = OSThread {
                    var buffer = [UInt8](repeating: 0, count: 4096)
                    while recv(peer, &buffer, buffer.count, 0) > 0 {
                        guard send(peer, bytes, bytes.count, Int32(MSG_NOSIGNAL)) > 0 else { break }
                        if closing { break }
                    }
                    close(peer)
                }
            }
        }
    }

    func stop() {
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
    }
}
