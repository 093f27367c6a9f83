/// What one event loop remembers of bodies and queries that it has canonicalised before.
package struct BodyForms {
    private var propfinds = FormMemo()
    private var queries = FormMemo()
    private var sharePointPaths = FormMemo()

    package init() {}

    /// Appends the canonical form of a PROPFIND body as one field; false when it is none that riffle understands.
    mutating func append(_ body: UnsafeRawBufferPointer, to buffer: inout FormBuffer) -> Bool {
        guard !body.isEmpty else {
            // Most clients send none, and it needs no memo.
            buffer.appendLength(1)
            buffer.form.append(PropfindBody.allprop)
            return true
        }
        return propfinds.append(body, to: &buffer) { PropfindBody.canonicalForm(of: $0) }
    }

    /// Appends the canonical form of a query of Graph as one field; false when it is no listing's.
    mutating func append(graphQuery query: UnsafeRawBufferPointer, to buffer: inout FormBuffer) -> Bool {
        queries.append(query, to: &buffer) { GraphQuery.canonicalForm(of: $0) }
    }

    /// Appends what `canonical` makes of a path of SharePoint's REST service as one field; false when it makes nothing of it.
    mutating func append(
        sharePointPath path: UnsafeRawBufferPointer, to buffer: inout FormBuffer,
        canonical: (UnsafeRawBufferPointer) -> [UInt8]?
    ) -> Bool {
        sharePointPaths.append(path, to: &buffer, canonical: canonical)
    }
}
