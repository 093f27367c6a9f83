import RiffleTelemetry
import Testing

@testable import RiffleBench

@Suite struct OutcomeLabelTests {
    static let table: [(String, String, Reason?)] = [
        ("riffle; hit; ttl=57; detail=memory", "hit memory", nil),
        ("riffle;hit;ttl=57;detail=\"memory prefetch\"", "hit memory prefetch", nil),
        ("riffle; hit; detail=redis", "hit redis", nil),
        ("riffle; hit; ttl=-3; detail=\"stale memory\"", "stale memory", nil),
        ("riffle; fwd=uri-miss; fwd-status=207; stored; detail=cold", "miss", .cold),
        ("riffle; fwd=uri-miss; collapsed; detail=cold", "collapsed", .cold),
        ("riffle; fwd=stale; fwd-status=304; stored", "revalidated", nil),
        ("riffle; fwd=stale; fwd-status=200; detail=expired", "miss", .expired),
        ("riffle; fwd=bypass; detail=not-a-listing", "bypass", .notAListing),
        ("riffle; fwd=method; detail=write", "write", nil),
        ("far; hit, riffle; fwd=uri-miss; detail=cold", "miss", .cold),
        ("riffle", "none", nil),
        ("", "none", nil),
    ]

    @Test("the field's last member says what became of the request", arguments: table)
    func parse(_ field: String, _ row: String, _ reason: Reason?) {
        let bytes = Array(field.utf8)
        let label = bytes.withUnsafeBytes { OutcomeLabel.parse($0, 0..<bytes.count) }
        #expect(label.row == row)
        #expect(label.reason == reason)
    }
}
