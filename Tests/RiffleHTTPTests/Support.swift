import NIOHTTP1

@testable import RiffleHTTP

/// Sun, 06 Nov 1994 08:49:37 GMT, the RFCs' own example.
let example = 784_111_777

/// Fields from `name: value` lines.
func fields(_ lines: String...) -> HTTPHeaders {
    HTTPHeaders(
        lines.map { line in
            let colon = line.firstIndex(of: ":") ?? line.endIndex
            return (String(line[..<colon]), String(FieldText.trim(line[colon...].dropFirst())))
        })
}

func fields(_ lines: [String]) -> HTTPHeaders {
    var all = HTTPHeaders()
    for line in lines { all.add(contentsOf: fields(line)) }
    return all
}

/// The same numbers for the same seed, so that a printed seed replays a failure.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
