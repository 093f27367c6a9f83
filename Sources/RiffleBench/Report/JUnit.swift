/// The promises of a run as a JUnit XML suite, for the CI servers that show one.
package enum JUnit {
    package struct Case: Sendable {
        package enum Verdict: Sendable {
            case passed
            case failed(String)
            /// The run could not judge it.
            case error(String)
        }

        package var name: String
        package var verdict: Verdict

        package init(_ name: String, _ verdict: Verdict) {
            self.name = name
            self.verdict = verdict
        }
    }

    package static func render(suite: String, seconds: Double, _ cases: [Case]) -> String {
        var failures = 0
        var errors = 0
        let lines = cases.map { each -> String in
            let head = "  <testcase classname=\"\(HTMLText.escape(suite))\" name=\"\(HTMLText.escape(each.name))\""
            switch each.verdict {
            case .passed: return head + "/>"
            case .failed(let why):
                failures += 1
                return head + "><failure message=\"\(HTMLText.escape(why))\"/></testcase>"
            case .error(let why):
                errors += 1
                return head + "><error message=\"\(HTMLText.escape(why))\"/></testcase>"
            }
        }
        let head =
            "<testsuite name=\"\(HTMLText.escape(suite))\" tests=\"\(cases.count)\" failures=\"\(failures)\" "
            + "errors=\"\(errors)\" time=\"\(TextTable.fixed(seconds, 3))\">"
        return (["<?xml version=\"1.0\" encoding=\"UTF-8\"?>", head] + lines + ["</testsuite>"]).joined(separator: "\n")
            + "\n"
    }
}
