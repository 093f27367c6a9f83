/// Signs requests for the origin: host, time, the body's hash and every `x-amz-` field.
package enum RequestSigner {
    /// What the signature adds to a request, and what its chunks hang on.
    package struct Signed: Equatable {
        package var authorization: [UInt8]
        package var signature: [UInt8]
    }

    /// - Parameters:
    ///   - request: as it will go out, with `host`, `x-amz-date` and `x-amz-content-sha256`, without `Authorization`.
    ///   - time: of `x-amz-date`, on the day of the key's scope.
    /// - Returns: nil when the request's path or query can't be read.
    package static func sign(
        _ request: borrowing WireRequest, accessKey: [UInt8], key: SigningKey, at time: RequestTime
    ) -> Signed? {
        var query = QueryPairs()
        guard query.read(request.query), let payload = request.value("x-amz-content-sha256") else { return nil }
        let names = Set(
            request.fields.map { field in field.name.map { Names.lower($0) } }
                .filter { $0.elementsEqual("host".utf8) || $0.starts(with: "x-amz-".utf8) })
        let signedFields = Array(
            names.sorted { $0.lexicographicallyPrecedes($1) }.joined(separator: [UInt8(ascii: ";")]))
        var canonical: [UInt8] = []
        let refusal = CanonicalRequest.append(
            request, query, signedFields: signedFields, payload: Array(payload), to: &canonical)
        guard refusal == nil else { return nil }
        let signature = key.sign(canonical, at: time)
        let credential = accessKey + [UInt8(ascii: "/")] + key.scope.text
        let authorization =
            SignatureClaim.algorithm + Array(" Credential=".utf8) + credential + Array(", SignedHeaders=".utf8)
            + signedFields + Array(", Signature=".utf8) + signature
        return Signed(authorization: authorization, signature: signature)
    }
}
