import Testing

@testable import RiffleListings

@Suite("Listings of SharePoint's REST service")
struct SharePointListingTests {
    private func confirm(_ body: String, _ target: String, type: String = "application/json;odata=verbose")
        -> RiffleListings.Confirmation
    {
        let asked = Asked("GET \(target)", [], dialect: .graph)
        #expect(asked.isListing)
        return Array(body.utf8).withUnsafeBytes {
            Dialect.graph.confirm(
                status: 200, contentType: type, contentEncoding: nil, body: $0, path: Array(asked.path.utf8),
                form: asked.form)
        }
    }

    private static let folders = "/_api/web/GetFolderByServerRelativeUrl('/Docs')/Folders"
    private static let whole = "/_api/web/GetFolderByServerRelativeUrl('/Docs')?$expand=Files,Folders"
    private static let rows = #"{"Name":"a b","ServerRelativeUrl":"/Docs/a b"},{"Name":"c"}"#

    @Test(
        "folders are read in every notation",
        arguments: [
            (folders, #"{"d":{"results":[\#(rows)]}}"#), (folders, #"{"d":[\#(rows)]}"#),
            (folders, #"{"odata.metadata":"x","value":[\#(rows)]}"#), (folders, #"{"value":[\#(rows)]}"#),
            (whole, #"{"d":{"Folders":{"results":[\#(rows)]},"Files":{"results":[]},"Name":"Docs"}}"#),
            (whole, #"{"Files":[{"Name":"x"}],"Folders":[\#(rows)],"Name":"Docs"}"#),
        ])
    func notations(target: String, body: String) {
        let shape = confirm(body, target).shape
        #expect(
            shape?.childFolders.map { String(decoding: $0, as: UTF8.self) } == [
                "/_api/web/Docs/a%20b/", "/_api/web/Docs/c/",
            ])
        #expect(shape?.next == nil)
    }

    @Test("files are no folders to open", arguments: [#"{"value":[\#(rows)]}"#, #"{"d":{"results":[\#(rows)]}}"#])
    func files(body: String) {
        let shape = confirm(body, "/_api/web/GetFolderByServerRelativeUrl('/Docs')/Files").shape
        #expect(shape?.childFolders == [])
        #expect(shape?.childCount == 2)
    }

    @Test(
        "the next page is found in every notation",
        arguments: [
            #"{"d":{"results":[],"__next":"https://o/p?$skiptoken=1"}}"#,
            #"{"odata.nextLink":"https://o/p?$skiptoken=1","value":[]}"#,
            #"{"value":[],"@odata.nextLink":"https://o/p?$skiptoken=1"}"#,
        ])
    func next(body: String) {
        let shape = confirm(body, "/_api/web/lists/getbytitle('Docs')/items").shape
        #expect(shape?.next.map { String(decoding: $0.value, as: UTF8.self) } == "https://o/p?$skiptoken=1")
    }

    @Test(
        "what is not the whole listing is refused",
        arguments: [
            (whole, #"{"d":{"Folders":{"__deferred":{"uri":"x"}},"Files":{"__deferred":{"uri":"x"}}}}"#),
            (whole, #"{"Name":"Docs"}"#), (whole, #"{"Folders":[],"Folders@odata.nextLink":"https://o/x"}"#),
            (whole, #"{"d":{"Folders":{"results":[],"__next":"https://o/x"}}}"#),
            (folders, #"{"error":{"code":"x"}}"#), (folders, #"{"odata.error":{"code":"x"},"value":[]}"#),
            (folders, #"{"value":[]"#), (folders, #"{"value":[],"value":[]}"#), (folders, "[]"), (folders, "{}"),
            (folders, #"{"value":[1]}"#),
        ])
    func refused(target: String, body: String) {
        #expect(confirm(body, target).shape == nil)
    }

    @Test("Atom is not read")
    func atom() {
        #expect(confirm("<feed/>", Self.folders, type: "application/atom+xml;type=feed") == .refused(.wrongType))
    }

    @Test("names are compared without regard to case, and the site's drives are told")
    func names() {
        let upper = confirm(#"{"value":[]}"#, "/_api/web/GetFolderByServerRelativeUrl('/DOCS/%C3%84')/Files").shape?
            .names
        let lower = confirm(#"{"value":[]}"#, "/_api/web/GetFolderByServerRelativeUrl('/docs/%C3%A4')/Files").shape?
            .names
        #expect(upper == lower)
        #expect(upper?.contains(SharePointNames.every) == true)
    }
}
