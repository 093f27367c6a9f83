/// Why the server does not start, or a switch is refused: one sentence for the person who asked.
package enum SlowOriginError: Error, Equatable, CustomStringConvertible {
    case invalid(String)
    case cannotStart(String)

    package var description: String {
        switch self {
        case .invalid(let reason), .cannotStart(let reason): reason
        }
    }
}
