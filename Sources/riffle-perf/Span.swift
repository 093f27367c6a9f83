import RiffleBench

/// A duration from the command line, or a line that says what one looks like.
struct Span {
    struct Failure: Misuse {
        let description: String
    }

    let nanoseconds: UInt64

    init(_ text: String, _ option: String) throws(Failure) {
        guard let value = Units.nanoseconds(text) else {
            throw Failure(description: "\(option): \(text.debugDescription) is no duration (10s, 250ms, 2m)")
        }
        nanoseconds = value
    }
}
