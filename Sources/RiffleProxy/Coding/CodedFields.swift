import NIOHTTP1
import RiffleCache

/// The fields of a listing that is kept as gzip: for those who get it so, for those who get it plain, and as the origin
/// said them.
///
/// The two codings never share a strong entity tag (RFC 9110 §8.8.3): who gets the coding that the origin did not make
/// gets the tag marked weak, which still matches in `If-None-Match`.
enum CodedFields {
    private static let tag = "ETag"
    private static let ownVary = "accept-encoding"
    /// Digests of the content, which differs with its coding.
    private static let digests = ["content-md5", "content-digest"]

    /// What goes with a body kept in `coding`.
    static func stored(_ origin: HTTPHeaders, _ coding: BodyCoding) -> HTTPHeaders {
        guard coding != .plain else { return origin }
        var fields = origin
        varyByCoding(&fields)
        guard coding == .gzipMadeHere else { return fields }
        fields.replaceOrAdd(name: "Content-Encoding", value: "gzip")
        changeCoding(&fields)
        return fields
    }

    /// The fields of a stored listing as the origin said them.
    static func origin(_ entry: Entry) -> HTTPHeaders {
        var fields = HeadImage(entry).fields
        guard entry.coding == .gzipMadeHere else { return fields }
        restore(&fields, of: entry)
        // Spelled as riffle spells it: nearly always it was riffle that said it.
        let others = fields["vary"].filter { $0 != ownVary }
        fields.remove(name: "vary")
        for line in others { fields.add(name: "Vary", value: line) }
        return fields
    }

    /// What goes with the plain body of a listing kept as gzip.
    static func plain(_ entry: Entry) -> HTTPHeaders {
        var fields = HeadImage(entry).fields
        switch entry.coding {
        case .plain: break
        case .gzipMadeHere: restore(&fields, of: entry)
        case .gzip:
            fields.remove(name: "content-encoding")
            changeCoding(&fields)
        }
        return fields
    }

    private static func restore(_ fields: inout HTTPHeaders, of entry: Entry) {
        fields.remove(name: "content-encoding")
        if entry.hasEntityTag {
            fields.replaceOrAdd(name: tag, value: String(decoding: entry.entityTag, as: UTF8.self))
        }
    }

    private static func changeCoding(_ fields: inout HTTPHeaders) {
        for name in digests { fields.remove(name: name) }
        guard let value = fields.first(name: tag), !value.hasPrefix("W/") else { return }
        fields.replaceOrAdd(name: tag, value: "W/" + value)
    }

    private static func varyByCoding(_ fields: inout HTTPHeaders) {
        let names = fields[canonicalForm: "vary"]
        guard !names.contains(where: { $0.lowercased() == "accept-encoding" || $0 == "*" }) else { return }
        fields.add(name: "Vary", value: ownVary)
    }
}
