import NIOHTTP1
import RiffleCache
import RiffleHTTP
import Testing

@testable import RiffleProxy

@Suite("Whom the origin has accepted")
struct CredentialTests {
    private let own = PrincipalID(Hash128(high: 1, low: 1))
    private let shared = PrincipalID(Hash128(high: 2, low: 2))

    private func word(_ credential: Credential, at now: Int64, limit: Int64 = 300) -> Credential.Acceptance {
        .init(refusals: credential.refusals, now: now, wall: 10_000 + now, limit: limit)
    }

    @Test("a word counts for the limit, and never beyond what the token itself says")
    func ends() {
        let lasting = Credential(own: own)
        lasting.vouch(word(lasting, at: 100))
        #expect(lasting.isVouched(at: 399) && !lasting.isVouched(at: 400))
        let token = Credential(own: own, claimed: shared, expires: 10_150)
        token.vouch(word(token, at: 100))
        token.prove(word(token, at: 100))
        #expect(token.isVouched(at: 149) && !token.isVouched(at: 150))
        #expect(token.principal(at: 149) == shared && token.principal(at: 150) == own)
        let late = Credential(own: own, expires: 10_050)
        late.vouch(word(late, at: 100))
        #expect(!late.isVouched(at: 100))
    }

    @Test("a token shares only what it has proven to be its person's, and a refusal ends that at once")
    func proof() {
        let token = Credential(own: own, claimed: shared)
        token.vouch(word(token, at: 0))
        #expect(token.principal(at: 1) == own && token.isUnproven(at: 1))
        #expect(token.mayRead(own, at: 1) && !token.mayRead(shared, at: 1))
        token.prove(word(token, at: 1))
        #expect(token.principal(at: 2) == shared && token.mayRead(shared, at: 2) && token.mayRead(own, at: 2))
        token.revoke()
        #expect(token.principal(at: 2) == own && !token.mayRead(own, at: 2) && !token.mayRead(shared, at: 2))
    }

    @Test("a word given before a refusal counts no more, whenever it arrives")
    func overtaken() {
        let credential = Credential(own: own, claimed: shared)
        let before = word(credential, at: 0)
        credential.revoke()
        credential.vouch(before)
        credential.prove(before)
        #expect(!credential.isVouched(at: 1) && credential.isUnproven(at: 1))
        credential.vouch(word(credential, at: 1))
        #expect(credential.isVouched(at: 2))
    }

    private func scan(
        _ memo: inout CredentialMemo, _ fields: [(String, String)], _ certificate: ClientCertificate? = nil
    )
        -> Credential?
    {
        var text = "GET / HTTP/1.1\r\nHost: a\r\n"
        for (name, value) in fields { text += "\(name): \(value)\r\n" }
        let bytes = Array((text + "\r\n").utf8)
        var head = RequestHead()
        return bytes.withUnsafeBytes { bytes in
            guard RequestParser.parse(bytes, into: &head) == .complete,
                case .known(let credential) = memo.scan(head, bytes, certificate: certificate, now: 0)
            else { return nil }
            return credential
        }
    }

    private let naming = FolderNaming(secret: .ephemeral(), origin: "test")

    @Test("every part of a credential, and which part it is, makes another principal")
    func parts() {
        var memo = CredentialMemo(table: CredentialTable(naming: naming, claims: .automatic), cookies: .all)
        let certificate = ClientCertificate(der: [1, 2, 3], naming: naming)
        let all: [([(String, String)], ClientCertificate?)] = [
            ([], nil), ([("Authorization", "Basic YQ")], nil), ([("Cookie", "Basic YQ")], nil),
            ([("Authorization", "Basic YQ"), ("Cookie", "a=1")], nil), ([("Cookie", "a=1")], nil), ([], certificate),
            ([], ClientCertificate(der: [1, 2, 4], naming: naming)), ([("Cookie", "a=1")], certificate),
            ([("Authorization", "Bearer \(Tokens.token("a", 1))")], nil),
            ([("Authorization", "Bearer \(Tokens.token("a", 1))")], certificate),
        ]
        let found = all.compactMap { scan(&memo, $0.0, $0.1) }
        #expect(found.count == all.count)
        #expect(Set(found.flatMap { [$0.own, $0.claimed ?? $0.own] }).count == all.count + 2)
        #expect(found[0] === Credential.anonymous)
    }

    @Test("only what names a person is merged: the rest of the credential stays apart")
    func merged() {
        var memo = CredentialMemo(table: CredentialTable(naming: naming, claims: .automatic), cookies: .all)
        func claimed(_ number: Int, _ more: [(String, String)] = []) -> PrincipalID? {
            scan(&memo, [("Authorization", "Bearer \(Tokens.token("a", number))")] + more)?.claimed
        }
        #expect(claimed(1) != nil && claimed(1) == claimed(2))
        #expect(claimed(1) != claimed(2, [("Cookie", "s=1")]))
    }

    @Test("cookies that are not named neither divide people nor go along with a fill")
    func cookies() {
        let some = IdentityCookies(names: ["sid", "user"])
        var memo = CredentialMemo(table: CredentialTable(naming: naming, claims: .none), cookies: some)
        let one = scan(&memo, [("Cookie", "theme=dark; sid=1")])
        #expect(one === scan(&memo, [("Cookie", "sid=1; seen=7")]))
        #expect(one !== scan(&memo, [("Cookie", "sid=2; theme=dark")]))
        #expect(one !== scan(&memo, [("Cookie", "sid=1; sid=2")]))
        #expect(one !== scan(&memo, [("Cookie", "user=1")]))
        #expect(scan(&memo, [("Cookie", "sidx=1; theme=dark")]) === Credential.anonymous)
        var fields: HTTPHeaders = ["Cookie": "theme=dark; sid=1", "A": "b"]
        some.strip(&fields)
        #expect(fields["cookie"] == ["sid=1"] && fields["a"] == ["b"])
        fields = ["Cookie": "theme=dark"]
        some.strip(&fields)
        #expect(fields["cookie"].isEmpty)
    }

    @Test("a flood of made-up credentials makes riffle forget those only, and a refusal reaches every loop")
    func flood() throws {
        let table = CredentialTable(naming: naming, claims: .none, maximum: 64)
        var first = CredentialMemo(table: table, cookies: .all)
        var second = CredentialMemo(table: table, cookies: .all)
        let known = try #require(scan(&first, [("Authorization", "Basic known")]))
        known.vouch(word(known, at: 0))
        for number in 0..<1_000 { _ = scan(&second, [("Authorization", "Basic \(number)")]) }
        #expect(scan(&second, [("Authorization", "Basic known")]) === known)
        #expect(scan(&first, [("Authorization", "Basic known")]) === known)
        known.revoke()
        for number in 0..<1_000 { _ = scan(&second, [("Authorization", "Basic \(number)")]) }
        let anew = scan(&second, [("Authorization", "Basic known")])
        #expect(scan(&first, [("Authorization", "Basic known")]) === anew)
    }
}
