import NIOCore
import NIOHTTP1
import RiffleCache
import Testing

@testable import RiffleProxy

@Suite("Proofs of derived answers")
struct ProofTests {
    @Test("nothing is derived before enough answers of the origin agreed")
    func gathering() {
        var proof = Proof()
        for _ in 0..<Proof.enough {
            #expect(proof.advise(now: 0) == .compare)
            proof.judge(agrees: true, now: 0)
        }
        #expect(proof.advise(now: 0) == .derive)
    }

    @Test("one difference ends a proof for a while, then it is gathered anew")
    func refuted() {
        var proof = Proof()
        for _ in 0..<Proof.enough { proof.judge(agrees: true, now: 0) }
        proof.judge(agrees: false, now: 1_000)
        #expect(proof.advise(now: 1_001) == .ask)
        proof.judge(agrees: true, now: 1_002)
        #expect(proof.advise(now: Proof.refusal + 999) == .ask)
        #expect(proof.advise(now: Proof.refusal + 1_000) == .compare)
        #expect(proof.standing(now: Proof.refusal + 1_000) == .unproved(agreed: 0))
    }

    @Test("a proof is compared again now and then")
    func recheck() {
        var proof = Proof()
        for _ in 0..<Proof.enough { proof.judge(agrees: true, now: 0) }
        let advice = (0..<Proof.recheck * 2).map { _ in proof.advise(now: 0) }
        #expect(advice.count { $0 == .compare } == 2)
        #expect(advice.count { $0 == .derive } == Proof.recheck * 2 - 2)
    }

    @Test("looking says what the next use would be, and counts as none")
    func looking() {
        var proof = Proof()
        #expect(proof.standing(now: 0) == .unproved(agreed: 0))
        proof.judge(agrees: true, now: 0)
        #expect(proof.standing(now: 0) == .unproved(agreed: 1))
        proof.judge(agrees: true, now: 0)
        for _ in 0..<Proof.recheck * 2 {
            let standing = proof.standing(now: 0)
            #expect(proof.standing(now: 0) == standing)
            #expect((proof.advise(now: 0) == .derive) == (standing == .proved))
        }
        proof.judge(agrees: false, now: 1_000)
        #expect(proof.standing(now: 1_400) == .refuted(milliseconds: Proof.refusal - 400))
        #expect(proof.advise(now: 1_400) == .ask)
    }

    @Test("shapes are proved apart, and past the bound all begin anew")
    func shapes() {
        func shape(_ form: UInt64) -> Proofs.Shape {
            Proofs.Shape(kind: .file, form: form, principal: .anonymous)
        }
        var proofs = Proofs()
        for _ in 0..<Proof.enough {
            _ = proofs.advise(shape(0), now: 0)
            proofs.judge(shape(0), agrees: true, now: 0)
        }
        #expect(proofs.advise(shape(0), now: 0) == .derive)
        #expect(proofs.advise(shape(1), now: 0) == .compare)
        for form in 0...UInt64(Proofs.limit) { _ = proofs.advise(shape(form), now: 0) }
        #expect(proofs.standing(shape(0), now: 0) == .unproved(agreed: 0))
    }
}

@Suite("Likeness of two answers")
struct LikenessTests {
    private func answer(_ body: String, _ fields: HTTPHeaders = ["Content-Type": "text/xml"], status: Int = 207)
        -> FillResponse
    {
        FillResponse(status: status, reason: "", fields: fields, body: ByteBuffer(string: body))
    }

    @Test("is not touched by dates, weak tags and the order of namespaces")
    func alike() {
        let left = answer(
            "<r xmlns:a=\"A\" xmlns:b=\"B\"><t>\"1\"</t></r>", ["Date": "today", "Content-Type": "text/xml"])
        let right = answer(
            "<r xmlns:b=\"B\" xmlns:a=\"A\"><t>W/\"1\"</t></r>", ["content-type": "text/xml", "Date": "now"])
        #expect(Likeness.alike(left, right))
    }

    struct Difference: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let body: String
        var fields: HTTPHeaders = ["Content-Type": "text/xml"]
        var status = 207
    }

    @Test(
        "ends with anything else",
        arguments: [
            Difference(testDescription: "another value", body: "<r><t>2</t></r>"),
            Difference(testDescription: "another attribute", body: "<r x=\"1\"><t>1</t></r>"),
            Difference(testDescription: "white space", body: "<r> <t>1</t></r>"),
            Difference(
                testDescription: "a field more", body: "<r><t>1</t></r>",
                fields: ["Content-Type": "text/xml", "X-Request-Id": "7"]),
            Difference(testDescription: "another status", body: "<r><t>1</t></r>", status: 200),
        ])
    func different(difference: Difference) {
        let other = answer(difference.body, difference.fields, status: difference.status)
        #expect(!Likeness.alike(answer("<r><t>1</t></r>"), other))
    }
}
