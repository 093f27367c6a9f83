import Glibc

/// The parsers that read what strangers send, each as a function over arbitrary bytes. Built by `.ci/fuzz` with coverage
/// for libFuzzer, not by the package manager; the environment variable `RIFFLE_FUZZ` names the parser of one run.
///
/// A target fails by ``claim``: what must hold whatever the bytes are. Inputs that once failed stay in `corpus`.
enum FuzzTarget: String, CaseIterable {
    case head, body, date, control, vary, range, target, webdav, autoindex, graph, s3, classify, propfind, gzip, proxy,
        redis, hpack

    func run(_ bytes: UnsafeRawBufferPointer) {
        switch self {
        case .head: HTTPFuzz.head(bytes)
        case .body: BodyFuzz.body(bytes)
        case .date: HTTPFuzz.date(bytes)
        case .control: HTTPFuzz.control(bytes)
        case .vary: HTTPFuzz.vary(bytes)
        case .range: HTTPFuzz.range(bytes)
        case .target: HTTPFuzz.target(bytes)
        case .webdav: ListingFuzz.confirm(.webdav, bytes)
        case .autoindex: ListingFuzz.confirm(.autoindex, bytes)
        case .graph: ListingFuzz.confirm(.graph, bytes)
        case .s3: ListingFuzz.confirm(.s3, bytes)
        case .gzip: BodyFuzz.gzip(bytes)
        case .classify: ListingFuzz.classify(bytes)
        case .propfind: ListingFuzz.propfind(bytes)
        case .proxy: BodyFuzz.proxy(bytes)
        case .redis: BodyFuzz.redis(bytes)
        case .hpack: HTTP2Fuzz.blocks(bytes)
        }
    }

    /// Whose turn it is in this process.
    static let current: FuzzTarget? = getenv("RIFFLE_FUZZ").flatMap { FuzzTarget(rawValue: String(cString: $0)) }
}

/// Ends the run where something does not hold that must.
func claim(_ holds: Bool, _ what: @autoclosure () -> String, line: UInt = #line, file: StaticString = #fileID) {
    guard !holds else { return }
    print("\(file):\(line): \(what())")
    abort()
}

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ start: UnsafeRawPointer, _ count: Int) -> CInt {
    guard let target = FuzzTarget.current else {
        print("RIFFLE_FUZZ names one of: " + FuzzTarget.allCases.map(\.rawValue).joined(separator: " "))
        exit(2)
    }
    target.run(UnsafeRawBufferPointer(start: start, count: count))
    return 0
}
