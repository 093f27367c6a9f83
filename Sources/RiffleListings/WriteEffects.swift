import RiffleHTTP

/// What a write may change, in terms of stored listings.
package enum FolderEffect: Hashable, Sendable {
    /// Everything stored under exactly this canonical path: listings, Depth-0 rows, remembered absences.
    case folder([UInt8])
    /// That path and everything below it; or everything that bears this name (``ListingShape/names``), which a path can't
    /// be mistaken for because it does not begin with a slash.
    case subtree([UInt8])
    case everything
}

/// How far up a write shows.
package enum AncestorPolicy: Sendable {
    /// In the row of the folder that it changed, one level up: file systems change a folder's time and tag when a
    /// direct child comes, goes or is replaced.
    case parentRow
    /// In every folder up to the root: Nextcloud and ownCloud give all ancestors a new tag and time.
    case toRoot
    /// To the root where the path is Nextcloud's or ownCloud's, else in the parent's row.
    case byPath

    /// Whether a change at this canonical path shows in all folders above it.
    package func reachesRoot(from path: [UInt8]) -> Bool {
        switch self {
        case .parentRow: false
        case .toRoot: true
        case .byPath: Self.isCloud(path)
        }
    }

    /// `/remote.php/dav/files/…`, `/cloud/public.php/webdav/…`: their scripts stand in every path.
    private static func isCloud(_ path: [UInt8]) -> Bool {
        path.split(separator: FolderPath.slash, maxSplits: 4).contains { segment in
            segment.withUnsafeBytes { ASCII.equals($0, "remote.php") || ASCII.equals($0, "public.php") }
        }
    }
}

/// What a write may change and what more must be known to say it.
///
/// The order of one write: ``Dialect/effects(of:bytes:body:rules:)`` from the request; where ``lookUp`` is set, the origin
/// is asked for that first and ``Dialect/refined(_:by:)`` says more; then fence, forward, and
/// ``Dialect/aftermath(_:answer:)`` from the answer.
package struct WriteEffects: Sendable, Equatable {
    /// Voided before the write goes out, so that a fill already under way cannot be stored.
    package var fence: [FolderEffect]
    /// Voided again when the write may have happened.
    package var changes: [FolderEffect]
    /// Whether a refusal may come after a part was done: writes to whole trees.
    package var mayBePartial: Bool
    /// A target to GET with the client's own credential before the write goes out.
    package var lookUp: [UInt8]?
    /// How much of the answer must have come before it is known how the write ended.
    package var outcome = Outcome.inHead
    /// What the dialect must remember of the request until its answer.
    package var memo = Memo.none

    package enum Outcome: Sendable {
        /// The status says it.
        case inHead
        /// The status of success comes long before the work is done: its end is the end of the answer, of which clients
        /// may have the beginning meanwhile (``AnswerTail``).
        case atEnd
        /// The aftermath needs the whole body; the client gets it only after that.
        case inBody
    }

    package enum Memo: Sendable, Equatable {
        case none
        case graph(GraphMemo)
    }

    package init(_ effects: [FolderEffect], mayBePartial: Bool = false) {
        fence = effects
        changes = effects
        self.mayBePartial = mayBePartial
    }
}

/// The origin's answer to a write, or to what was looked up before it.
package struct WriteAnswer: Sendable {
    package var status: Int
    package var location: String?
    package var contentType: String?
    /// Nil when it was not asked for, not whole, or larger than is read.
    package var body: [UInt8]?

    package init(status: Int, location: String? = nil, contentType: String? = nil, body: [UInt8]? = nil) {
        self.status = status
        self.location = location
        self.contentType = contentType
        self.body = body
    }
}

/// What is left to do when the answer to a write is known.
package struct Aftermath: Sendable, Equatable {
    package var changes: [FolderEffect]
    package var followUp: FollowUp?

    package init(_ changes: [FolderEffect], followUp: FollowUp? = nil) {
        self.changes = changes
        self.followUp = followUp
    }
}

/// Work that the origin goes on with after its answer.
package enum FollowUp: Sendable, Equatable {
    /// A copy in the background: its monitor is asked until it says that it ended, and every time the effects are voided.
    case monitor(url: String, [FolderEffect])
    /// An upload in parts whose bytes go to the link: through riffle when that is the origin's, else past it, and then the
    /// effects are voided time and again for so long, milliseconds.
    case upload(NextLink, [FolderEffect], until: Int64)
    /// Bytes that may reach the origin past riffle: the effects are voided time and again for so long, milliseconds.
    case `repeat`([FolderEffect], until: Int64)
}

extension Dialect {
    /// Longest body of a write, or of an answer to one, that is read.
    package static let writeBodyLimit = 2 << 20

    /// Whether the effects of this write are in its body; a body that is too long is not read, and the widest effects hold.
    package func readsBody(
        ofWrite head: RequestHead, bytes: UnsafeRawBufferPointer, rules: DialectRules = DialectRules()
    ) -> Bool {
        switch self {
        case .graph: GraphRules.readsBody(head, bytes)
        case .s3: S3Writes.readsBody(head, bytes, rules: rules.s3)
        case .webdav, .autoindex, .json: false
        }
    }

    /// What a write may change, from the request alone.
    ///
    /// - Parameter body: nil when it was not read.
    package func effects(
        of head: RequestHead, bytes: UnsafeRawBufferPointer, body: [UInt8]? = nil,
        rules: DialectRules = DialectRules()
    ) -> WriteEffects {
        if let effects = rules.operator.effects(of: head, bytes) { return effects }
        switch self {
        case .webdav, .autoindex:
            guard !OverrideRules.namesOtherPath(head), !head.isRepeated(.destination) else {
                return WriteEffects([.everything], mayBePartial: true)
            }
            return WriteRules.effects(
                method: OverrideRules.isOverridden(head) ? .other : head.method,
                path: UnsafeRawBufferPointer(rebasing: bytes[head.path.range]),
                destination: head.value(.destination).map { UnsafeRawBufferPointer(rebasing: bytes[$0.range]) },
                ancestors: rules.ancestors, hasBody: head.framing != .none && head.framing != .length(0),
                user: head.value(.authorization).flatMap {
                    BasicUser.name(in: UnsafeRawBufferPointer(rebasing: bytes[$0.range]))
                })
        case .graph: return GraphRules.effects(head, bytes, body: body)
        case .s3:
            guard !OverrideRules.isOverridden(head) else { return WriteEffects([.everything], mayBePartial: true) }
            return S3Writes.effects(of: head, bytes, body: body, rules: rules.s3)
        case .json:
            return WriteEffects([.everything], mayBePartial: true)
        }
    }

    /// WebDAV's effects of a method on a path.
    ///
    /// - Parameter destination: the `Destination` field as sent, an absolute URL or a path; its host does not matter.
    package func effects(
        method: Method, path: UnsafeRawBufferPointer, destination: UnsafeRawBufferPointer? = nil,
        ancestors: AncestorPolicy = .parentRow
    ) -> WriteEffects {
        WriteRules.effects(method: method, path: path, destination: destination, ancestors: ancestors)
    }

    /// What to void when somebody tells that the file or folder at a path has changed; nil for a path that servers could
    /// read differently.
    package static func effects(
        ofChangeAt path: [UInt8], recursive: Bool, rules: DialectRules
    ) -> [FolderEffect]? {
        WriteRules.effects(ofChangeAt: path, recursive: recursive, ancestors: rules.ancestors)
    }

    /// The effects with what the look-up told; `answer` is nil when it failed.
    package func refined(_ effects: WriteEffects, by answer: WriteAnswer?) -> WriteEffects {
        switch effects.memo {
        case .graph(let memo): GraphRules.refined(effects, memo.write, by: answer)
        case .none: effects
        }
    }

    /// What remains to be voided once the answer is known; `answer` is nil when none came.
    package func aftermath(_ effects: WriteEffects, answer: WriteAnswer?) -> Aftermath {
        switch effects.memo {
        case .graph(let memo): GraphRules.aftermath(memo.write, answer)
        case .none: Aftermath(aftermath(effects, status: answer?.status))
        }
    }

    /// The rule by status alone.
    ///
    /// A definite refusal changed nothing (rclone probes with MKCOL and gets 405 before each upload). A redirect may
    /// follow a change, a 408 may come in its middle, and 403, 409 or 424 on a tree may come after a part of it.
    package func aftermath(_ effects: WriteEffects, status: Int?) -> [FolderEffect] {
        guard let status, (400...499).contains(status), status != 408 else { return effects.changes }
        let isPartial = effects.mayBePartial && (status == 403 || status == 409 || status == 424)
        return isPartial ? effects.changes : []
    }
}
