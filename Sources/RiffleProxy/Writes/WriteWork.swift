import NIOCore
import RiffleListings

/// A write as the front understood it from its head.
struct WriteWork {
    let dialect: Dialect
    let effects: WriteEffects
    /// The bytes of the head when the effects are in the body, which must be read first.
    let head: ByteBuffer?
}
