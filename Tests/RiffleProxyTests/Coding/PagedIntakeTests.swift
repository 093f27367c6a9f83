import NIOCore
import RiffleHTTP
import Testing

@testable import RiffleProxy

/// Pages larger than what is coded at once, with a link that has to lead through riffle.
@Suite struct PagedIntakeTests {
    private static let target = "/v1.0/me/drive/root/children"

    /// The page with the link in front of its rows or behind them, and what stands around the link.
    private static func page(_ origin: Int, isFirst: Bool, host: String = "localhost") -> (
        body: String, front: String, behind: String
    ) {
        let rows = (0..<4_000).map { number in
            #"{"id":"01\#(number)","name":"document \#(number).txt","size":\#(number),"file":{"mimeType":"text/plain"},"#
                + #""parentReference":{"driveId":"b!d","id":"01P","path":"/drives/b!d/root:"}}"#
        }.joined(separator: ",")
        let link = "http://\(host):\(origin)\(target)?$skiptoken=next"
        let front = isFirst ? #"{"@odata.nextLink":""# : #"{"value":[\#(rows)],"@odata.nextLink":""#
        let behind = isFirst ? #"","value":[\#(rows)]}"# : #""}"#
        return (front + link + behind, front, behind)
    }

    private static func with(_ body: (CodingStage) async throws -> Void) async throws {
        try await CodingStage.with {
            $0.origin.dialect = .graph
        } _: {
            try await body($0)
        }
    }

    @Test(
        "are kept as gzip with the link changed, wherever it stands", arguments: [true, false], ["gzip", nil])
    func changed(isFirst: Bool, coding: String?) async throws {
        try await Self.with { stage in
            let page = Self.page(stage.origin.port, isFirst: isFirst)
            #expect(page.body.utf8.count > CodingRule.largestAtOnce * 2)
            stage.origin.script(Self.target, [IntakeTests.chunked(page.body)])
            var first: String?
            for round in 0..<3 {
                let got = try await stage.get(Self.target, taking: round == 2 ? "gzip" : coding)
                #expect(got.isHit == (round > 0))
                let text = try got.text
                #expect(text.hasPrefix(page.front) && text.hasSuffix(page.behind))
                let link = text.dropFirst(page.front.count).dropLast(page.behind.count)
                #expect(
                    link.hasPrefix("http://127.0.0.1:\(stage.stage.port)\(Self.target)?$skiptoken=next&riffle-page="))
                #expect(text == first ?? text)
                first = text
            }
            #expect(stage.origin.requests.count == 1)
        }
    }

    @Test("reach the client as they are when the link leads elsewhere, and are not kept", arguments: [true, false])
    func elsewhere(isFirst: Bool) async throws {
        try await Self.with { stage in
            let page = Self.page(stage.origin.port, isFirst: isFirst, host: "elsewhere.test")
            stage.origin.script(Self.target, [IntakeTests.chunked(page.body)])
            for _ in 0..<2 {
                let got = try await stage.get(Self.target, taking: "gzip")
                #expect(try !got.isHit && got.text == page.body)
            }
        }
    }

    @Test("that prove to be none reach the client whole", arguments: [true, false])
    func broken(isFirst: Bool) async throws {
        try await Self.with { stage in
            let page = Self.page(stage.origin.port, isFirst: isFirst)
            let body = page.body.dropLast() + "!}"
            stage.origin.script(Self.target, [IntakeTests.chunked(String(body))])
            let got = try await stage.get(Self.target, taking: "gzip")
            #expect(!got.isHit)
            let text = try got.text
            #expect(text.hasPrefix(page.front) && text.hasSuffix(String(body.suffix(20))))
        }
    }
}
