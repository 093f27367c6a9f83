import RiffleHTTP
import RiffleSigning

/// What the operator says about an S3 origin.
package struct S3Rules: Sendable, Equatable {
    /// Names below which the first label of a host is a bucket: `files.example.com` makes `docs.files.example.com` the
    /// bucket `docs`. Lower case.
    package var domains: [[UInt8]] = []
    /// Whether listings may be answered at all: a signature speaks for one request only, so they may where riffle checks
    /// it and not where it only passes by.
    package var servesListings = false

    package init() {}
}

/// The bucket and the key that a request names, decoded. An empty bucket is the service itself, an empty key the bucket.
package struct S3Target: Equatable, Sendable {
    package var bucket: [UInt8] = []
    package var key: [UInt8] = []

    package init(bucket: [UInt8], key: [UInt8]) {
        self.bucket = bucket
        self.key = key
    }

    /// - Parameters:
    ///   - host: the `Host` field, with or without a port.
    ///   - path: as sent.
    /// - Returns: nil on a broken escape or a path without its first slash.
    package init?(host: UnsafeRawBufferPointer, path: UnsafeRawBufferPointer, rules: S3Rules) {
        var decoded: [UInt8] = []
        guard path.first == FolderPath.slash, URIBytes.decode(path, plusIsSpace: false, into: &decoded) else {
            return nil
        }
        if let bucket = Self.bucket(of: host, rules) {
            self.init(bucket: bucket, key: Array(decoded.dropFirst()))
            return
        }
        let rest = decoded.dropFirst()
        let end = rest.firstIndex(of: FolderPath.slash) ?? rest.endIndex
        self.init(bucket: Array(rest[..<end]), key: Array(rest[end...].dropFirst()))
    }

    init?(_ head: RequestHead, _ bytes: UnsafeRawBufferPointer, _ rules: S3Rules) {
        guard let host = head.value(.host), !head.isRepeated(.host) else { return nil }
        self.init(
            host: UnsafeRawBufferPointer(rebasing: bytes[host.range]),
            path: UnsafeRawBufferPointer(rebasing: bytes[head.path.range]), rules: rules)
    }

    private static func bucket(of host: UnsafeRawBufferPointer, _ rules: S3Rules) -> [UInt8]? {
        guard !rules.domains.isEmpty else { return nil }
        let name = host.prefix { $0 != UInt8(ascii: ":") }.map {
            $0 >= UInt8(ascii: "A") && $0 <= UInt8(ascii: "Z") ? $0 | 0x20 : $0
        }
        for domain in rules.domains where name.count > domain.count + 1 && name.suffix(domain.count) == domain[...] {
            let bucket = name.dropLast(domain.count + 1)
            if name[bucket.endIndex] == UInt8(ascii: ".") { return Array(bucket) }
        }
        return nil
    }

    /// The same as a target of the origin, the bucket in the path: what riffle sends.
    package var path: [UInt8] {
        var path = [FolderPath.slash]
        URIBytes.encode(bucket, keepsSlash: false, into: &path)
        if !key.isEmpty {
            path.append(FolderPath.slash)
            URIBytes.encode(key, keepsSlash: true, into: &path)
        }
        return path
    }

    /// No bucket is called so, and a path could not carry it.
    var bucketIsNamable: Bool {
        !bucket.isEmpty && bucket.count <= 255 && !FolderPath.isOddSegment(bucket[...])
            && bucket.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != FolderPath.slash }
    }

    /// The canonical path of the folder that holds what begins with `prefix`: its part up to the last slash.
    static func folder(bucket: [UInt8], prefix: [UInt8]) -> [UInt8] {
        let end = prefix.lastIndex(of: FolderPath.slash).map { $0 + 1 } ?? 0
        var path = [FolderPath.slash]
        FolderPath.appendEncoded(bucket, to: &path)
        path.append(FolderPath.slash)
        FolderPath.appendEncoded(prefix[..<end], to: &path)
        return path
    }

    /// Bucket and prefix of a canonical folder path; nil for one that names no bucket.
    static func prefix(ofFolder path: [UInt8]) -> S3Target? {
        path.withUnsafeBytes { S3Target(host: .init(start: nil, count: 0), path: $0, rules: S3Rules()) }
            .flatMap { $0.bucket.isEmpty ? nil : $0 }
    }
}
