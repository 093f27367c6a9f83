import Glibc

/// Waits until a server that was just started takes connections.
package enum Readiness {
    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    static let patience: UInt64 = 15 * Nanoseconds.perSecond

    package static func wait(for address: SocketAddress, name: String) throws(Failure) {
        let deadline = Nanoseconds.now() + patience
        while Nanoseconds.now() < deadline {
            let (descriptor, error) = address.connect(blocking: true)
            if descriptor >= 0 { close(descriptor) }
            if descriptor >= 0, error == 0 { return }
            usleep(20_000)
        }
        throw Failure(description: "\(name) takes no connections after \(patience / Nanoseconds.perSecond) s")
    }
}
