import Foundation
import NIOCore
import RiffleCache
import RiffleHTTP
import RiffleListings
import RiffleSigning
import Synchronization

/// What all event loops know of an S3 origin whose requests riffle signs: who may come in, and as whom they go on.
final class S3Gate: Sendable {
    /// One access key with what riffle keeps of it while it runs.
    final class Guest: Sendable {
        let key: S3AccessKey
        /// The origin's word on this key: partitions of the cache never mix, whatever the keys share at the origin.
        let credential: Credential
        let signer: S3Signer
        private let checking = Mutex<[SigningScope: SigningKey]>([:])
        /// Scopes remembered of one key: a client signs for one region and one day.
        private static let mostScopes = 8

        init(_ key: S3AccessKey, credential: Credential, region: String) {
            self.key = key
            self.credential = credential
            signer = S3Signer(key, region: region)
        }

        /// The key that the client's signatures of this scope are checked with.
        func checkingKey(_ scope: SigningScope) -> SigningKey {
            if let key = checking.withLock({ $0[scope] }) { return key }
            let key = SigningKey(secret: self.key.secret, scope: scope)
            checking.withLock { known in
                if known.count >= Self.mostScopes { known.removeAll() }
                known[scope] = key
            }
            return key
        }
    }

    private let guests: [[UInt8]: Guest]
    let rules: S3Rules
    /// Whether the operator limits what any of the keys may reach.
    let drawsLimits: Bool

    /// nil unless riffle terminates signatures.
    ///
    /// - Throws: when the credentials can't be had.
    convenience init?(_ settings: Settings, naming: FolderNaming) throws(ConfigurationErrors) {
        guard settings.origin.dialect == .s3, settings.s3.mode == .terminate else { return nil }
        guard let source = settings.s3.credentials else {
            throw ConfigurationErrors(errors: [
                ConfigurationError(
                    place: "s3.credentials", "`s3.mode: terminate` needs access keys to check and to sign")
            ])
        }
        let keyring = try S3Keyring.load(source, ProcessInfo.processInfo.environment)
        self.init(keyring, region: settings.s3.region, rules: S3Rules(settings), naming: naming)
    }

    init(_ keyring: S3Keyring, region: String, rules: S3Rules, naming: FolderNaming) {
        self.rules = rules
        drawsLimits = keyring.keys.values.contains { $0.allowed != nil }
        guests = keyring.keys.mapValues { key in
            let principal = naming.principal(Array("S3\0".utf8) + Array(key.id.utf8))
            return Guest(key, credential: Credential(own: principal), region: region)
        }
    }

    subscript(_ accessKey: [UInt8]) -> Guest? { guests[accessKey] }

    /// The credential of the access key that a request names, whatever its signature: for explanations, which serve nothing.
    func named(by head: RequestHead, _ bytes: [UInt8]) -> Credential {
        guard let value = head.value(.authorization),
            let start = bytes[value.range].firstRange(of: Array("Credential=".utf8))?.upperBound
        else { return .anonymous }
        let id = bytes[start..<value.range.upperBound].prefix { $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: ",") }
        return self[Array(id)]?.credential ?? .anonymous
    }

    /// The request signed for the origin, as whoever was let in.
    ///
    /// - Parameter now: seconds since 1970.
    func sealed(_ request: OriginRequest, for message: RequestMessage, now: Int64) -> OriginRequest {
        guard let passage = message.passage, let signer = passage.signer else { return request }
        var request = request
        guard let chain = signer.sign(&request, now: now), let chunks = passage.chunks else { return request }
        var resigner = ChunkResigner(client: chunks.chain, origin: chain, hasTrailer: chunks.hasTrailer)
        if case .bytes(let gathered) = request.body {
            // A body whose signatures are wrong goes on empty, and the origin refuses it.
            let out = resigner.resigned(gathered)
            request.body = .bytes(resigner.isDone ? out ?? ByteBuffer() : ByteBuffer())
        } else {
            request.resigner = resigner
        }
        return request
    }
}

extension ChunkResigner {
    /// What may go on of these bytes; nil when a signature in them is wrong.
    mutating func resigned(_ bytes: ByteBuffer) -> ByteBuffer? {
        var out: [UInt8] = []
        do throws(Failure) {
            try bytes.withUnsafeReadableBytes { bytes throws(Failure) in try take(bytes, into: &out) }
        } catch {
            return nil
        }
        return ByteBuffer(bytes: out)
    }
}

extension S3Rules {
    init(_ settings: Settings) {
        self.init()
        domains = settings.s3.domains.map { Array($0.lowercased().utf8) }
        servesListings = settings.s3.mode == .terminate
    }
}
