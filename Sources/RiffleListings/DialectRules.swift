/// What an operator says about the origin that its requests do not: read by every rule, changed by none.
package struct DialectRules: Sendable {
    /// How far up a WebDAV write shows.
    package var ancestors = AncestorPolicy.byPath
    /// Rules of the operator's own.
    package var `operator` = OperatorRules()
    package var s3 = S3Rules()
    /// Whether a change feed wants to know where items lie.
    package var learnsItems = false

    package init() {}
}
