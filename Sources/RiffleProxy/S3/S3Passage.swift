import NIOCore
import NIOHTTP1
import RiffleHTTP
import RiffleListings
import RiffleSigning

/// What a request was let in with, and how it goes on: made by the check of its signature and by nothing else.
struct S3Passage: Sendable {
    /// Signs for the origin; nil for an anonymous request, which goes on unsigned.
    let signer: S3Signer?
    let target: S3Target
    /// Where the client's chunk signatures begin; nil when the body has none.
    let chunks: Chunks?

    struct Chunks: Sendable {
        let chain: ChunkChain
        let hasTrailer: Bool
    }
}

/// Signs requests to the origin with one access key; remembers the signing key of the day.
final class S3Signer: Sendable {
    private let accessKey: [UInt8]
    private let keys: SigningKeyMemo

    init(_ key: S3AccessKey, region: String) {
        accessKey = Array(key.originID.utf8)
        keys = SigningKeyMemo(secret: key.originSecret, region: Array(region.utf8))
    }

    /// Adds time and signature to a request that has everything else.
    ///
    /// - Parameter now: seconds since 1970.
    /// - Returns: where the signatures of its chunks begin; nil when the request can't be signed.
    func sign(_ request: inout OriginRequest, now: Int64) -> ChunkChain? {
        let time = RequestTime(seconds: now)
        let key = keys.key(Array(time.text.prefix(8)))
        request.fields.replaceOrAdd(name: "x-amz-date", value: String(decoding: time.text, as: UTF8.self))
        guard let signed = request.wired({ RequestSigner.sign($0, accessKey: accessKey, key: key, at: time) }) else {
            return nil
        }
        request.fields.replaceOrAdd(
            name: "Authorization", value: String(decoding: signed.authorization, as: UTF8.self))
        return ChunkChain(key: key, time: time, seed: signed.signature)
    }
}

extension OriginRequest {
    /// Calls `body` with the request as signatures see it.
    fileprivate func wired<Result>(_ body: (borrowing WireRequest) -> Result) -> Result {
        var bytes: [UInt8] = []
        func add(_ text: some StringProtocol) -> Range<Int> {
            let start = bytes.count
            bytes.append(contentsOf: text.utf8)
            return start..<bytes.count
        }
        let method = add(self.method)
        let path = add(target.prefix { $0 != "?" })
        let query = add(target.drop { $0 != "?" }.dropFirst())
        let ranges = fields.map { (add($0.name), add($0.value)) }
        return bytes.withUnsafeBytes { bytes in
            func slice(_ range: Range<Int>) -> UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: bytes[range]) }
            var request = WireRequest(method: slice(method), path: slice(path), query: slice(query))
            for (name, value) in ranges { request.fields.append(.init(name: slice(name), value: slice(value))) }
            return body(request)
        }
    }
}

extension RequestMessage {
    /// The request as it goes on once it was let in: the bucket in its path, nothing of the client's signature left.
    func admitted(_ passage: S3Passage) -> RequestMessage {
        let query = Array(target.utf8.drop { $0 != UInt8(ascii: "?") }.dropFirst())
        let path = query.withUnsafeBytes { S3Outbound.target(passage.target, query: $0) }
        var fields = self.fields
        for name in ["authorization", "x-amz-date", "x-amz-security-token"] { fields.remove(name: name) }
        if passage.signer != nil, !fields.contains(name: "x-amz-content-sha256") {
            fields.add(name: "x-amz-content-sha256", value: "UNSIGNED-PAYLOAD")
        }
        // What was checked could be read, so its target can be made.
        return RequestMessage(
            like: self, target: path.map { String(decoding: $0, as: UTF8.self) } ?? target, fields: fields,
            passage: passage)
    }
}
