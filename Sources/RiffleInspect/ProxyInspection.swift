/// What the data plane shows of itself and the few things that may be done to it from outside: the seam between the proxy
/// and everyone who looks inside (admin API, metrics, dashboard, command line).
///
/// Called off the event loops; an implementation hops to them for figures and must never make a request wait.
package protocol ProxyInspection: Sendable {
    func snapshot() async -> ProxySnapshot
    func readiness() async -> Readiness
    /// The hottest folders of the memory tier; paths appear here and nowhere else.
    func top(_ query: TopQuery) async -> [HotFolder]
    /// What would become of a request, without asking the origin and without changing anything.
    func explain(_ query: ExplainQuery) async -> Explanation
    func purge(_ request: PurgeRequest) async -> PurgeReport
    /// Voids what changed behind riffle's back; returns when every riffle knows.
    func changed(_ news: ChangeNews) async -> ChangeReceipt
    /// The same for what an S3 store tells of itself; nil when that is none of its documents.
    func changed(event document: [UInt8]) async -> ChangeReceipt?
}

/// Whether riffle should be given traffic.
package struct Readiness: Codable, Sendable, Equatable {
    package var ready: Bool
    /// Why not; or, when ready, what is degraded.
    package var reasons: [String]

    package init(ready: Bool, reasons: [String] = []) {
        self.ready = ready
        self.reasons = reasons
    }

    package static let ready = Readiness(ready: true)

    package static func notReady(_ reasons: String...) -> Readiness {
        Readiness(ready: false, reasons: reasons)
    }
}
