import NIOHTTP1
import Testing

@testable import RiffleHTTP

@Suite("RFC 9111 §5.2: cache directives")
struct CacheControlTests {
    static let lifetimes: [(String, Int?)] = [
        ("max-age=3600", 3600), ("MaX-aGe=3600", 3600), ("max-age=\"3600\"", 3600), ("max-age=003600", 3600),
        ("foo, max-age=3600", 3600), ("foo=\"max-age=1\", max-age=3600", 3600), (",, max-age=3600 ,", 3600),
        ("foo=\"\\\", max-age=1\", max-age=9", 9), ("max-age=1800, max-age=1", 1), ("max-age=1, max-age=1800", 1),
        ("max-age=2147483648", 1 << 31), ("max-age=99999999999999999999999", 1 << 31),
        // Malformed means stale.
        ("max-age", 0), ("max-age=", 0), ("max-age=-1", 0), ("max-age=+1", 0), ("max-age=1.5", 0), ("max-age=a", 0),
        ("max-age=100a", 0), ("max-age='3600'", 0), ("max-age =3600", 0), ("max-age= 3600", 0), ("max-age=1 2", 0),
        ("max-age=\"3600", 0), ("max-age=3600;x", 0), ("max-age=3600, max-age=x", 0),
        ("xmax-age=5", nil), ("max-age-x=5", nil), ("", nil), ("max age=5", nil),
    ]

    @Test("max-age is read strictly; malformed is stale", arguments: lifetimes)
    func maxAge(_ value: String, _ expected: Int?) {
        #expect(CacheControl(HTTPHeaders([("Cache-Control", value)])).maxAge == expected)
    }

    @Test("directives on several lines count together")
    func lines() {
        let control = CacheControl(
            fields("Cache-Control: public, s-maxage=9", "cache-control: must-revalidate, s-maxage=5, stale-if-error=7"))
        #expect(control.isPublic && control.mustRevalidate && control.sMaxAge == 5 && control.staleIfError == 7)
    }

    @Test("neither an open quote nor a long list hides what forbids storing")
    func hidden() {
        #expect(CacheControl(["Cache-Control": "a=\"b, No-Store"]).noStore)
        #expect(CacheControl(["Cache-Control": "max-age=\"9, no-store"]).noStore)
        #expect(!CacheControl(["Cache-Control": "a=\"b, no-store\""]).noStore)
        let long = Array(repeating: "x", count: 300).joined(separator: ",") + ", no-store"
        #expect(CacheControl(["Cache-Control": long]).noStore)
    }

    static let scopes: [(String, CacheControl.Scope)] = [
        ("private", .whole), ("private=\"A, b\"", .fields(["a", "b"])), ("private=a", .fields(["a"])),
        ("private=\"\"", .whole), ("private=\"a b\"", .whole), ("private=\"a\", private", .whole),
        ("private=\"a\", private=\"b\"", .fields(["a", "b"])), ("public", .absent), ("x=\"private\"", .absent),
    ]

    @Test("private may name fields; a malformed list means all", arguments: scopes)
    func scope(_ value: String, _ expected: CacheControl.Scope) {
        #expect(CacheControl(HTTPHeaders([("Cache-Control", value)])).isPrivate == expected)
    }
}

@Suite("RFC 9213: targeted cache control")
struct TargetedControlTests {
    static let cases: [([String], CacheControl.Source, Int?)] = [
        (["CDN-Cache-Control: max-age=9", "Cache-Control: max-age=1"], .cdn, 9),
        (["CDN-Cache-Control: max-age=9", "Riffle-Cache-Control: max-age=7"], .riffle, 7),
        (["CDN-Cache-Control: max-age=9", "Cache-Control: no-store"], .cdn, 9),
        (["CDN-Cache-Control: max-age=9, &&", "Cache-Control: max-age=1"], .cacheControl, 1),
        (["CDN-Cache-Control: MAX-AGE=9", "Cache-Control: max-age=1"], .cacheControl, 1),
        (["CDN-Cache-Control:", "Cache-Control: max-age=1"], .cacheControl, 1),
        (["Riffle-Cache-Control: ,", "CDN-Cache-Control: max-age=9"], .cdn, 9),
        (["CDN-Cache-Control: max-age=\"9\"", "Cache-Control: max-age=1"], .cdn, 0),
        (["CDN-Cache-Control: max-age=-9", "Cache-Control: max-age=1"], .cdn, 0),
        (["CDN-Cache-Control: max-age=9.5"], .cdn, 0),
        (["CDN-Cache-Control: max-age=9;x=\"y\", foo=(1 2)"], .cdn, 9),
        (["CDN-Cache-Control: max-age=9", "CDN-Cache-Control: foo"], .cdn, 9),
        ([], .none, nil),
    ]

    @Test("the first usable targeted field governs alone (§2.2)", arguments: cases)
    func source(_ lines: [String], _ source: CacheControl.Source, _ maxAge: Int?) {
        let control = CacheControl(fields(lines))
        #expect(control.source == source)
        #expect(control.maxAge == maxAge)
        #expect(!control.noStore)
    }

    @Test("a false flag is not set, a flag with another value is")
    func flags() {
        let control = CacheControl(
            fields("CDN-Cache-Control: no-store=?0, must-revalidate=1, private=\"a\", no-cache"))
        #expect(!control.noStore && control.mustRevalidate)
        #expect(control.isPrivate == .fields(["a"]))
        #expect(control.noCache == .whole)
    }
}

@Suite("RFC 9111 §5.2.1: what clients ask")
struct RequestControlTests {
    @Test("malformed limits are the strictest, a malformed max-stale is none")
    func malformed() {
        let asked = RequestCacheControl(fields("Cache-Control: max-age=x, min-fresh=y, max-stale=z"))
        #expect(asked.maxAge == 0)
        #expect(asked.minFresh == 1 << 31)
        #expect(asked.maxStale == nil)
    }

    @Test("of several limits the strictest counts")
    func several() {
        let asked = RequestCacheControl(
            fields(
                "Cache-Control: max-age=5, max-stale, min-fresh=1", "Cache-Control: max-age=3, max-stale=4, min-fresh=2"
            ))
        #expect(asked.maxAge == 3)
        #expect(asked.minFresh == 2)
        #expect(asked.maxStale == .seconds(4))
    }

    @Test("Pragma counts only without Cache-Control (§5.4)")
    func pragma() {
        #expect(RequestCacheControl(fields("Pragma: x, No-Cache")).noCache)
        #expect(!RequestCacheControl(fields("Pragma: no-cache", "Cache-Control: max-age=5")).noCache)
    }
}
