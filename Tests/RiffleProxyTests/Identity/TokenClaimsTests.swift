import NIOHTTP1
import Testing

@testable import RiffleProxy

@Suite("What a token says of itself")
struct TokenClaimsTests {
    private func identity(_ payload: String, _ policy: Settings.Claims = .automatic) -> [UInt8]? {
        Tokens.claims(Tokens.raw(payload))?.identity(policy)
    }

    @Test("two tokens of one person are one principal, whatever marks a single token")
    func successors() {
        let first = identity(#"{"iss":"i","sub":"a","exp":9,"iat":1,"jti":"x","nonce":"q"}"#)
        let second = identity(#"{ "jti":"y", "sub":"a", "exp":10, "iss":"i", "iat":2 }"#)
        #expect(first != nil && first == second)
    }

    @Test(
        "tokens that differ in anything that matters are different principals",
        arguments: [
            #"{"iss":"j","sub":"a"}"#, #"{"iss":"i","sub":"b"}"#, #"{"iss":"i","sub":"a","scp":"read"}"#,
            #"{"iss":"i","sub":"a","aud":"other"}"#, #"{"iss":"i","sub":"a","roles":["admin"]}"#,
            #"{"iss":"i","sub":"a","anything":1}"#, #"{"iss":"i","sub":"a","tid":"t","oid":"o"}"#,
            #"{"iss":"i","sub":"","oid":"a","tid":"a"}"#,
        ])
    func different(payload: String) {
        let base = identity(#"{"iss":"i","sub":"a"}"#)
        let other = identity(payload)
        #expect(base != nil && other != nil && base != other)
    }

    @Test(
        "a token that does not say whose it is stays what it is",
        arguments: [
            (#"{"sub":"a"}"#, Settings.Claims.automatic), (#"{"iss":"i"}"#, .automatic),
            (#"{"iss":"i","sub":""}"#, .automatic), (#"{"iss":"i","sub":7}"#, .automatic),
            (#"{"iss":["i"],"sub":"a"}"#, .automatic), (#"{"iss":"i","sub":"a"}"#, .names(["tid", "oid"])),
            (#"{"iss":"i","sub":"a","tid":"t"}"#, .names(["tid", "oid"])), (#"{"iss":"i","sub":"a"}"#, .none),
        ])
    func nobody(payload: String, policy: Settings.Claims) {
        #expect(identity(payload, policy) == nil)
    }

    @Test(
        "what is no plain signed token, or can be read in two ways, is not read at all",
        arguments: [
            "a.b", "a..c", "opaque", Tokens.raw(header: #"{"alg":"none"}"#, #"{"iss":"i","sub":"a"}"#),
            Tokens.raw(header: #"{"alg":"NonE"}"#, #"{"iss":"i","sub":"a"}"#),
            Tokens.raw(header: #"{"typ":"JWT"}"#, #"{"iss":"i","sub":"a"}"#),
            Tokens.raw(header: #"{"alg":1}"#, #"{"iss":"i","sub":"a"}"#),
            Tokens.raw(header: #"{"alg":"RS256","cty":"JWT"}"#, #"{"iss":"i","sub":"a"}"#),
            Tokens.raw(header: #"{"alg":"RS256","crit":["exp"]}"#, #"{"iss":"i","sub":"a"}"#),
            Tokens.raw(header: #"{"alg":"RSA-OAEP","enc":"A128GCM"}"#, #"{"iss":"i","sub":"a"}"#),
            Tokens.raw(#"{"iss":"i","sub":"a","sub":"b"}"#), Tokens.raw(#"{"iss":"i","sub":"a","s\u0075b":"b"}"#),
            Tokens.raw(#"{"iss":"i","sub":"a"} "#.dropLast() + "x"), Tokens.raw(#"["iss","sub"]"#),
            Tokens.raw(#"{"iss":"i","sub":"a""#), Tokens.raw(#"{"iss":"i" "sub":"a"}"#),
            Tokens.raw(#"{"iss":"i","sub":"a","x":[1}]}"#),
            Tokens.raw(#"{"iss":"i","sub":"a","x":[[[[[[[[[[1]]]]]]]]]]}"#),
            Tokens.raw(#"{"iss":"i","sub":"a","exp":"soon"}"#),
            Tokens.raw(#"{"iss":"i","sub":"a"}"#, signature: ""),
            Tokens.raw(#"{"iss":"i","sub":"a"}"#, signature: "a b"),
            Tokens.raw(#"{"iss":"i","sub":"a"}"#) + ".more",
            Tokens.raw(#"{"iss":"i","sub":"a","x":""# + String(repeating: "y", count: 9_000) + #""}"#),
        ])
    func unreadable(token: String) {
        #expect(Tokens.claims(token)?.identity(.automatic) == nil)
    }

    @Test("a token says until when it is good, in whole seconds")
    func expiry() {
        #expect(Tokens.claims(Tokens.raw(#"{"exp":1700000000.9}"#))?.expires == 1_700_000_000_000)
        #expect(Tokens.claims(Tokens.raw("{}"))?.expires == nil)
        #expect(Tokens.claims(Tokens.raw(#"{"exp":1e400}"#)) == nil)
    }

    @Test("a forged copy has the same words and another signature")
    func forgery() {
        for token in [Tokens.token("a", 1), "A.B.AAAA", "A.B.BBBB"] {
            let fields = TokenProof.forged(["Authorization": "Bearer \(token)"])
            let forged = fields?.first(name: "authorization") ?? ""
            #expect(forged.count == token.count + 7 && !forged.hasSuffix(token))
            #expect(forged.split(separator: ".").prefix(2) == "Bearer \(token)".split(separator: ".").prefix(2))
        }
        #expect(TokenProof.forged(["Authorization": "Basic YQ"]) == nil)
        #expect(TokenProof.forged([:]) == nil)
    }
}
