import RiffleHTTP
import RiffleListings
import RiffleSigning

/// Lets requests in at one event loop: checks the signature of each and what its key may reach. Loop-confined.
final class S3Door {
    enum Admission {
        case admitted(Credential, S3Passage)
        case refused(SignatureRefusal)
    }

    private let gate: S3Gate
    private var check = SignatureCheck()
    private var query = QueryPairs()

    init(gate: S3Gate) {
        self.gate = gate
    }

    /// - Parameter now: seconds since 1970.
    func admit(_ head: RequestHead, _ bytes: UnsafeRawBufferPointer, now: Int64) -> Admission {
        func slice(_ range: ByteRange) -> UnsafeRawBufferPointer {
            UnsafeRawBufferPointer(rebasing: bytes[range.range])
        }
        guard let host = head.value(.host), !head.isRepeated(.host),
            let target = S3Target(host: slice(host), path: slice(head.path), rules: gate.rules)
        else { return .refused(.invalidURI) }
        var request = WireRequest(method: slice(head.methodRange), path: slice(head.path), query: slice(head.query))
        request.fields.reserveCapacity(head.fields.count)
        for field in head.fields { request.fields.append(.init(name: slice(field.name), value: slice(field.value))) }
        switch check.read(request) {
        case .refused(let refusal): return .refused(refusal)
        case .anonymous:
            // A form is signed within its body, where nobody here looks for what its key may reach.
            guard !gate.drawsLimits || head.method != .post else { return .refused(.accessDenied("Access Denied")) }
            return .admitted(.anonymous, S3Passage(signer: nil, target: target, chunks: nil))
        case .signed(let claim):
            guard let guest = gate[claim.accessKey] else { return .refused(.invalidAccessKey) }
            let key = guest.checkingKey(claim.scope)
            if let refusal = check.refusal(of: claim, request, key: key, now: now) { return .refused(refusal) }
            guard reaches(guest.key, target, head, slice(head.query), request) else {
                return .refused(.accessDenied("Access Denied"))
            }
            var chunks: S3Passage.Chunks?
            if case .signedChunks(let hasTrailer) = claim.payload {
                let chain = ChunkChain(key: key, time: claim.time, seed: claim.signature)
                chunks = S3Passage.Chunks(chain: chain, hasTrailer: hasTrailer)
            }
            return .admitted(guest.credential, S3Passage(signer: guest.signer, target: target, chunks: chunks))
        }
    }

    /// Whether the key may reach what the request is about, where the operator drew limits.
    private func reaches(
        _ key: S3AccessKey, _ target: S3Target, _ head: RequestHead, _ rawQuery: UnsafeRawBufferPointer,
        _ request: borrowing WireRequest
    ) -> Bool {
        guard key.allowed != nil else { return true }
        guard !target.bucket.isEmpty, query.read(rawQuery) else { return false }
        var place = target.bucket + [UInt8(ascii: "/")] + target.key
        // Of a bucket only what lies under a prefix can be asked for within limits: a listing.
        if target.key.isEmpty, head.method == .get { place += query.value("prefix") ?? [] }
        return key.mayReach(place) && request.sources.allSatisfy { $0.map(key.mayReach) ?? false }
    }
}

extension WireRequest {
    /// The places that the request copies or renames from; nil in place of one that can't be read.
    fileprivate var sources: [[UInt8]?] {
        fields.filter { isSource($0.name) }.map { field in
            var path: [UInt8] = []
            let raw = UnsafeRawBufferPointer(rebasing: field.value.prefix { $0 != UInt8(ascii: "?") })
            guard URIBytes.decode(raw, plusIsSpace: false, into: &path) else { return nil }
            return Array(path.drop { $0 == UInt8(ascii: "/") })
        }
    }

    private func isSource(_ name: UnsafeRawBufferPointer) -> Bool {
        let name = String(decoding: name, as: UTF8.self).lowercased()
        return name == "x-amz-copy-source" || name == "x-amz-rename-source"
    }
}
