import CTLS

/// How a run's connections speak TLS: made once, shared by all of them.
package final class TLSContext: Sendable {
    package struct Failure: Misuse {
        package let description: String
    }

    package enum Trust: Sendable {
        case system
        case authority(file: String)
        /// Whoever answers is believed: for servers with certificates of their own making.
        case anyone
    }

    // Set up in `init` and then only read, by functions that libssl declares safe for many threads.
    nonisolated(unsafe) private let context: OpaquePointer
    private let host: String
    private let verifies: Bool

    package init(host: String, trust: Trust, version: RequestSet.Version) throws(Failure) {
        guard let context = SSL_CTX_new(TLS_client_method()) else { throw Failure(description: "TLS does not start") }
        self.context = context
        self.host = host
        riffle_tls_prepare(context)
        switch trust {
        case .system: SSL_CTX_set_default_verify_paths(context)
        case .authority(let file):
            guard SSL_CTX_load_verify_locations(context, file, nil) == 1 else {
                throw Failure(description: "\(file) holds no certificates in PEM")
            }
        case .anyone: break
        }
        verifies = if case .anyone = trust { false } else { true }
        SSL_CTX_set_verify(context, verifies ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nil)
        let name = version == .http2 ? "h2" : "http/1.1"
        let offer = [UInt8(name.utf8.count)] + Array(name.utf8)
        guard SSL_CTX_set_alpn_protos(context, offer, UInt32(offer.count)) == 0 else {
            throw Failure(description: "TLS does not take the protocol's name")
        }
    }

    deinit { SSL_CTX_free(context) }

    /// A session over a connected socket; nil when memory is out.
    func session(_ descriptor: Int32) -> TLSLink? {
        guard let session = SSL_new(context) else { return nil }
        let link = TLSLink(session)
        guard SSL_set_fd(session, descriptor) == 1 else { return nil }
        // Addresses have no place in the name a client asks for (RFC 6066 §3).
        let isAddress = host.contains(":") || host.allSatisfy { $0.isNumber || $0 == "." }
        guard isAddress || riffle_tls_name(session, host) == 1 else { return nil }
        if verifies, SSL_set1_host(session, host) != 1 { return nil }
        SSL_set_connect_state(session)
        return link
    }
}

/// TLS over one socket. Confined to the loop of its connection.
final class TLSLink {
    enum Step { case done, wantsRead, wantsWrite, failed }

    private let session: OpaquePointer

    fileprivate init(_ session: OpaquePointer) { self.session = session }

    deinit { SSL_free(session) }

    func handshake() -> Step {
        ERR_clear_error()
        let code = SSL_do_handshake(session)
        return code == 1 ? .done : step(code)
    }

    var speaksHTTP2: Bool {
        var name: UnsafePointer<UInt8>?
        var length: UInt32 = 0
        SSL_get0_alpn_selected(session, &name, &length)
        return UnsafeBufferPointer(start: name, count: Int(length)).elementsEqual("h2".utf8)
    }

    func read(_ buffer: UnsafeMutableRawBufferPointer) -> Connection.Received {
        ERR_clear_error()
        let count = SSL_read(session, buffer.baseAddress, Int32(clamping: buffer.count))
        if count > 0 { return .bytes(Int(count)) }
        switch SSL_get_error(session, count) {
        case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE: return .again
        case SSL_ERROR_ZERO_RETURN: return .closed
        default: return .failed
        }
    }

    /// Bytes taken, 0 when the socket is full; nil when it is broken.
    func write(_ bytes: UnsafeRawPointer, _ count: Int) -> Int? {
        ERR_clear_error()
        let written = SSL_write(session, bytes, Int32(clamping: count))
        if written > 0 { return Int(written) }
        return step(written) == .failed ? nil : 0
    }

    private func step(_ code: Int32) -> Step {
        switch SSL_get_error(session, code) {
        case SSL_ERROR_WANT_READ: .wantsRead
        case SSL_ERROR_WANT_WRITE: .wantsWrite
        default: .failed
        }
    }
}
