import Foundation
import NIOSSL
import RiffleCache

/// The certificate a client proved to hold while the connection was made (mutual TLS).
///
/// It is part of the principal of every request on that connection. Only the TLS handshake of this very connection makes
/// one: what a balancer writes into a PROXY header, or a client into a field, is never believed.
struct ClientCertificate: Sendable {
    /// A keyed hash of the certificate.
    let fingerprint: [UInt8]
    /// The certificate as the origin is told of it (RFC 9440 §2.1).
    let field: String

    /// nil when the certificate can't be read, which refuses the connection.
    init?(_ certificate: NIOSSLCertificate, naming: FolderNaming) {
        guard let bytes = try? certificate.toDERBytes(), !bytes.isEmpty else { return nil }
        self.init(der: bytes, naming: naming)
    }

    init(der: [UInt8], naming: FolderNaming) {
        let hash = naming.certificate(der)
        fingerprint = [hash.high, hash.low].flatMap { word in
            stride(from: 0, to: 64, by: 8).map { UInt8(truncatingIfNeeded: word >> UInt64($0)) }
        }
        field = ":\(Data(der).base64EncodedString()):"
    }
}
