import Testing

@testable import RiffleListings

/// PROPFIND bodies as sets of names.
@Suite struct PropfindBodyTests {
    @Test(
        "the same question in other words is the same form",
        arguments: [
            [
                "", #"<?xml version="1.0"?><propfind xmlns="DAV:"><allprop/></propfind>"#,
                #"<D:propfind xmlns:D="DAV:"><D:allprop></D:allprop></D:propfind>"#,
            ],
            [
                #"<?xml version="1.0" encoding="utf-8"?><propfind xmlns="DAV:"><prop><getetag/><resourcetype/></prop></propfind>"#,
                #"<D:propfind xmlns:D='DAV:'><D:prop><D:resourcetype/><D:getetag/></D:prop></D:propfind>"#,
                "\u{FEFF}<a:propfind xmlns:a=\"DAV:\">\n <a:prop>\n <b:getetag xmlns:b=\"DAV:\"/><!-- c -->\n"
                    + " <a:resourcetype></a:resourcetype> <a:getetag/> </a:prop>\r\n</a:propfind>\n",
            ],
            [
                #"<d:propfind xmlns:d="DAV:" xmlns:oc="http://owncloud.org/ns"><d:prop><oc:id/><d:getetag/></d:prop></d:propfind>"#,
                #"<propfind xmlns="DAV:"><prop><getetag/><id xmlns="http://owncloud.org/ns"/></prop></propfind>"#,
            ],
        ])
    func same(bodies: [String]) throws {
        let forms = bodies.map { Asked.propfind("/a/", body: $0) }
        #expect(forms.allSatisfy { $0.isListing })
        #expect(Set(forms.map { $0.form }).count == 1)
    }

    @Test("other questions are other forms")
    func different() {
        let bodies = [
            "<allprop/>", "<propname/>", "<prop/>", "<prop><getetag/></prop>", "<prop><getetag/><resourcetype/></prop>",
            "<prop><getetag xmlns='urn:x'/></prop>", "<prop><getetag xmlns=''/></prop>", "<prop><getetagx/></prop>",
            "<allprop/><include><quota/></include>", "<prop><b xmlns='urn:a'/></prop>",
            "<prop><ab xmlns='urn:'/></prop>",
            "<prop><GETETAG/></prop>",
        ].map { "<propfind xmlns='DAV:'>\($0)</propfind>" }
        let asked = bodies.map { Asked.propfind("/a/", body: $0) }
        #expect(asked.allSatisfy { $0.isListing })
        #expect(Set(asked.map { $0.form }).count == bodies.count)
    }

    @Test(
        "a body that says anything else passes through",
        arguments: [
            "x", "<propfind/>", "<propfind xmlns='DAV:'/>", "<propfind xmlns='DAV:'><allprop/><propname/></propfind>",
            "<propfind xmlns='DAV:'><prop>text</prop></propfind>",
            "<propfind xmlns='DAV:'><prop><a x='1'/></prop></propfind>",
            "<propfind xmlns='DAV:'><prop><a><b/></a></prop></propfind>",
            "<propfind xmlns='DAV:'><include/><allprop/></propfind>",
            "<propfind xmlns='DAV:'><prop><x:a/></prop></propfind>", "<propfind xmlns='DAV:'><allprop/></propfind",
            "<!DOCTYPE propfind><propfind xmlns='DAV:'><allprop/></propfind>",
            "<?xml version='1.0' encoding='utf-16'?><propfind xmlns='DAV:'><allprop/></propfind>",
            "<propfind xmlns='DAV:'><allprop/></propfind><propfind xmlns='DAV:'><allprop/></propfind>",
        ])
    func unknown(body: String) {
        #expect(Asked.propfind("/a/", body: body).kind == .passThrough(.notAListing))
    }

    @Test("more names than the limit pass through")
    func tooManyNames() {
        func body(_ count: Int) -> String {
            "<propfind xmlns='DAV:'><prop>\((0..<count).map { "<p\($0)/>" }.joined())</prop></propfind>"
        }
        #expect(Asked.propfind("/", body: body(PropfindBody.nameLimit)).isListing)
        #expect(!Asked.propfind("/", body: body(PropfindBody.nameLimit + 1)).isListing)
    }

    @Test("the memo of bodies changes no form, even when bodies collide")
    func memo() {
        var bodies = BodyForms()
        for round in 0..<3 {
            for number in 0..<FormMemo.slots * 4 {
                let body = "<propfind xmlns='DAV:'><prop><p\(number)/></prop></propfind>"
                var buffer = FormBuffer()
                let understood = Array(body.utf8).withUnsafeBytes { bodies.append($0, to: &buffer) }
                #expect(understood)
                #expect(
                    buffer.form.dropFirst(3).elementsEqual(
                        Array(body.utf8).withUnsafeBytes { PropfindBody.canonicalForm(of: $0) } ?? []), "round \(round)"
                )
            }
        }
    }
}
