import RiffleHTTP

/// What one write to Graph is, as far as its request tells.
struct GraphWrite: Equatable, Sendable {
    enum Kind: Equatable, Sendable {
        /// Makes or overwrites an item, which the answer describes.
        case create
        /// Changes, renames or moves an item; where it lay is looked up, where it lies the answer tells.
        case change
        /// Ends an item, which is looked up.
        case remove
        /// Changes who may see an item, or what nobody knows of it.
        case share
        /// Copies an item in the background; the body may say whereto.
        case copy
        /// Begins an upload of which the bytes may go elsewhere.
        case uploadSession
        /// Several requests in one.
        case batch
        /// Whatever it is, its answer may tell.
        case opaque
        /// No folder shows it.
        case harmless
    }

    var kind: Kind
    /// The canonical path of the item that the request addresses; empty when it addresses none.
    var path: [UInt8] = []
    /// The id that the request gives.
    var id: [UInt8]?
    /// The drive that the request gives by its id.
    var drive: [UInt8]?
    var version: [UInt8] = []

    // What was looked up.
    var item: GraphItem?
    /// The folder that a copy or an upload goes into.
    var folder: GraphItem?
    /// Where the body says that a copy goes.
    var destination: GraphItem.Reference?
    var asksDestination = false
    /// The writes of a batch by their ids.
    var parts: [[UInt8]: Kind] = [:]

    /// Takes a path apart; nil when it is none below a drive.
    init?(method: GraphMethod, path raw: UnsafeRawBufferPointer) {
        var form = FormBuffer()
        guard let parsed = GraphPath.parse(raw, &form.graph), parsed.item != .none else { return nil }
        kind = Self.kind(method, parsed, form.graph)
        GraphForm.write(parsed, into: &form)
        path = form.path
        version = Array(form.graph[parsed.versionIndex])
        if case .id(let index) = parsed.item, parsed.names.isEmpty { id = Array(form.graph[index]) }
        if parsed.driveEnd - parsed.driveStart == 2, form.graph.matches(parsed.driveStart, "drives") {
            drive = Array(form.graph[parsed.driveStart + 1])
        }
    }

    init(kind: Kind) {
        self.kind = kind
    }

    private static func kind(_ method: GraphMethod, _ path: GraphPath, _ scratch: GraphScratch) -> Kind {
        guard let first = path.suffix.first else {
            return switch method {
            case .delete: .remove
            case .put: .create
            default: .change
            }
        }
        // Actions may be spelled with their namespace.
        let text = String(decoding: scratch[first], as: UTF8.self).lowercased()
        let action = text.split(separator: ".").last.map(String.init) ?? text
        switch (action, path.suffix.count) {
        case ("children", _) where method == .post || method == .put: return .create
        case ("content", 1) where method == .put, ("contentstream", 1) where method == .put: return .create
        case ("createuploadsession", 1): return .uploadSession
        case ("copy", 1): return .copy
        case ("restore", 1): return .create
        case ("permanentdelete", 1): return .remove
        case ("preview", 1): return .harmless
        default: return .share
        }
    }
}

/// The method of a write, `X-HTTP-Method` taken at its word.
enum GraphMethod: Equatable, Sendable {
    case post, put, patch, delete, other

    init(_ head: RequestHead, _ bytes: UnsafeRawBufferPointer) {
        for known in [KnownField.xHTTPMethod, .xHTTPMethodOverride] where head.has(known) {
            guard let value = head.value(known), !head.isRepeated(known) else {
                self = .other
                return
            }
            self.init(String(decoding: UnsafeRawBufferPointer(rebasing: bytes[value.range]), as: UTF8.self))
            return
        }
        switch head.method {
        case .post: self = .post
        case .put: self = .put
        case .patch: self = .patch
        case .delete: self = .delete
        default: self = .other
        }
    }

    init(_ name: String) {
        switch name.uppercased() {
        case "POST": self = .post
        case "PUT": self = .put
        case "PATCH", "MERGE": self = .patch
        case "DELETE": self = .delete
        default: self = .other
        }
    }
}

/// A write of Graph between its request and its answer.
package struct GraphMemo: Equatable, Sendable {
    let write: GraphWrite
}
