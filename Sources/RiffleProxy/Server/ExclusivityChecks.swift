import Glibc

/// Ends, in a release, the checks of exclusive access that Swift makes while running: our own modules are built without
/// them, the networking library is not, and they took a sixth of the instructions of a hit. Debug builds keep them.
enum ExclusivityChecks {
    static func end() {
        #if !DEBUG
            // The runtime's own switch, exported for this; a runtime without it goes on checking.
            dlsym(nil, "_swift_disableExclusivityChecking")?.storeBytes(of: true, as: Bool.self)
        #endif
    }
}
