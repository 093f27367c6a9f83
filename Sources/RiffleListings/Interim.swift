import RiffleHTTP

package enum Dialect: String, Sendable, CaseIterable { case webdav, autoindex }

package struct FormBuffer {
    package static let capacity = 16_384
    package var path: [UInt8] = []
    package var form: [UInt8] = []
    package init() {}
}

package struct BodyForms {
    package init() {}
}

package enum BypassCause: Sendable { case notAListing, ambiguousPath, range, conditional, largeRequestBody }
package enum RequestKind: Sendable { case listing, write, passThrough(BypassCause) }

extension Dialect {
    package func classify(
        _ head: RequestHead, bytes: UnsafeRawBufferPointer, body: UnsafeRawBufferPointer, into form: inout FormBuffer,
        bodies: inout BodyForms
    ) -> RequestKind {
        guard head.method.isSafe else { return .write }
        form.path.removeAll(keepingCapacity: true)
        form.form.removeAll(keepingCapacity: true)
        var path = Array(bytes[head.path.range])
        if path.isEmpty { path = [47] }
        let slash = path.last == 47
        switch self {
        case .webdav:
            guard head.method == .propfind, let depth = head.value(.depth), depth.count == 1 else {
                return .passThrough(.notAListing)
            }
            let d = bytes[Int(depth.start)]
            guard d == 48 || d == 49 else { return .passThrough(.notAListing) }
            form.form = [1, d, slash ? 1 : 0] + bytes[head.query.range] + [0] + body
        case .autoindex:
            guard head.method == .get || head.method == .head, slash else { return .passThrough(.notAListing) }
            form.form = [2] + bytes[head.query.range]
        }
        form.path = slash ? path : path + [47]
        return .listing
    }
}
