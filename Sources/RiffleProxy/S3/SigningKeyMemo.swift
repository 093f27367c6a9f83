import RiffleSigning
import Synchronization

/// The signing key of one secret and region for the day it was last asked for: four hashes less for each signature.
final class SigningKeyMemo: Sendable {
    private let secret: [UInt8]
    private let region: [UInt8]
    private let last = Mutex<SigningKey?>(nil)

    init(secret: [UInt8], region: [UInt8]) {
        self.secret = secret
        self.region = region
    }

    /// - Parameter date: `20261125`
    func key(_ date: [UInt8]) -> SigningKey {
        if let key = last.withLock({ $0 }), key.scope.date == date { return key }
        let key = SigningKey(
            secret: secret, scope: SigningScope(date: date, region: region, service: Array("s3".utf8)))
        last.withLock { $0 = key }
        return key
    }
}
