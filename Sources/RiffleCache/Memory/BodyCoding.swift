/// How the body of an entry is kept.
package enum BodyCoding: UInt8, Sendable {
    /// As it came; everyone gets it so.
    case plain = 0
    /// As the gzip that the origin sent; who does not take that gets it inflated.
    case gzip = 1
    /// As gzip that riffle made; who does not take that gets it inflated.
    case gzipMadeHere = 2
}
