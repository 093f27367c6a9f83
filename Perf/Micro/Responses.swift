import NIOHTTP1
import RiffleHTTP
import RiffleListings
import RiffleTelemetry

/// What is done with an answer: is it the listing, how long may it be kept, may it be used now, and the figures of it.
enum Responses {
    static var all: [Micro] {
        [
            confirm("listing: 100 members of WebDAV", .webdav, multistatus, "text/xml", allowed: 4),
            confirm("listing: 100 members of autoindex", .autoindex, autoindex, "application/json", allowed: 8),
            store, reuse, age, histogram, record,
        ]
    }

    private static let members = 100

    private static let multistatus: String = {
        func response(_ path: String, _ type: String) -> String {
            """
            <d:response><d:href>\(path)</d:href><d:propstat><d:prop><d:getlastmodified>Sun, 06 Nov 1994 08:49:37 GMT\
            </d:getlastmodified><d:getetag>&quot;63f0c1d2e3&quot;</d:getetag><d:resourcetype>\(type)</d:resourcetype>\
            </d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>
            """
        }
        let rows = (0..<members).map { response("/f/document-\($0).txt", "") }.joined()
        return "<?xml version=\"1.0\"?><d:multistatus xmlns:d=\"DAV:\">"
            + response("/f/", "<d:collection/>") + rows + "</d:multistatus>"
    }()

    private static let autoindex =
        "["
        + (0..<members).map {
            "{ \"name\":\"document-\($0).txt\", \"type\":\"file\", \"mtime\":\"Sun, 06 Nov 1994 08:49:37 GMT\", \"size\":9 }"
        }.joined(separator: ",\n") + "]"

    /// - Parameter allowed: for each member, whose name and kind are small arrays while they are looked at.
    private static func confirm(
        _ name: String, _ dialect: Dialect, _ body: String, _ type: String, allowed: Int
    ) -> Micro {
        let body = Array(body.utf8)
        let path = Array("/f/".utf8)
        let form = Array("W1sx".utf8) + [0]
        let status = dialect == .webdav ? 207 : 200
        return Micro(name: name, allowed: members * allowed) { count in
            body.withUnsafeBytes { body in
                (0..<count).reduce(0) { sum, _ in
                    let answer = dialect.confirm(
                        status: status, contentType: type, contentEncoding: nil, body: body, path: path, form: form)
                    if case .listing(let shape) = answer { return sum &+ shape.childCount }
                    return sum
                }
            }
        }
    }

    /// Once a fill; fields are strings.
    private static var store: Micro {
        let response: HTTPHeaders = [
            "Date": "Sun, 06 Nov 1994 08:49:37 GMT", "Content-Type": "text/xml", "ETag": "\"63f0c1d2e3\"",
            "Cache-Control": "private, max-age=60, stale-while-revalidate=30", "Vary": "Accept-Encoding",
        ]
        let input = StorePolicyInput(
            method: .propfind, scope: .listing, request: RequestCacheControl(), hasAuthorization: true,
            principalKeyed: true, status: 207, response: response, responseTime: 784_111_777, requestDelay: 120,
            policy: FreshnessPolicy())
        return Micro(name: "freshness: may it be stored, how long", allowed: 30) { count in
            (0..<count).reduce(0) { sum, _ in
                if case .keep(let lifetime) = Storing.decide(input) { return sum &+ lifetime.freshFor }
                return sum
            }
        }
    }

    private static var reuse: Micro {
        let lifetime = Lifetime(freshFor: 60_000, staleWhileRevalidate: 30_000)
        let request = RequestCacheControl()
        return Micro(name: "freshness: may it be used now", allowed: 0) { count in
            (0..<count).reduce(0) { sum, index in
                sum &+ (Reuse.decide(request, lifetime, elapsed: index & 0xFFFF) == .fresh ? 1 : 0)
            }
        }
    }

    private static var age: Micro {
        let lifetime = Lifetime(freshFor: 60_000, initialAge: 3)
        return Micro(name: "freshness: age", allowed: 0) { count in
            (0..<count).reduce(0) { $0 &+ lifetime.age(elapsed: $1) }
        }
    }

    private static var histogram: Micro {
        Micro(name: "histogram: record", allowed: 0) { count in
            var histogram = Histogram()
            for index in 0..<count { histogram.record(UInt64(index &* 2_654_435_761 & 0xFFFF_FFFF)) }
            return Int(truncatingIfNeeded: histogram.sum)
        }
    }

    private static var record: Micro {
        let verdict = Verdict(.hit, tier: .memory)
        return Micro(name: "histogram: a request's figures", allowed: 0) { count in
            var stats = RequestStats()
            for index in 0..<count { stats.record(verdict, nanoseconds: UInt64(index), bytesOut: 900, status: 207) }
            return Int(truncatingIfNeeded: stats.total)
        }
    }
}
