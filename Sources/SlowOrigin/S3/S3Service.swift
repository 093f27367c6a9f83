import Glibc
import HTTPTypes
import Hummingbird

/// Speaks S3 over the tree, path style: folders below the root are buckets, files are keys. This file sends each request to
/// its own; refusals become S3's error documents.
///
/// What a file system can't hold can't be stored: keys with empty or dot segments, and a key beside keys below it.
struct S3Service: Sendable {
    let keys: S3Keys
    let authenticator: S3Authenticator
    let uploads = S3Uploads()
    let isReadOnly: Bool

    init(tree: FileTree, users: UserFile?, isReadOnly: Bool) {
        keys = S3Keys(tree: tree)
        authenticator = S3Authenticator(users: users)
        self.isReadOnly = isReadOnly
    }

    func respond(to request: Request, target: String) async throws -> Response {
        do {
            let call = try S3Request(request, target: target)
            let signed = try authenticator.check(call)
            let principal = signed?.principal ?? authenticator.users?.anonymous ?? .everybody
            guard !isReadOnly || call.method == "GET" || call.method == "HEAD" else { throw S3Error.denied }
            return try await answer(S3Call(request: call, signed: signed, principal: principal))
        } catch let error as S3Error {
            return error.response
        } catch let refusal as Refusal {
            return S3Error(refusal).response
        }
    }

    private func answer(_ call: S3Call) async throws -> Response {
        if call.request.bucket.isEmpty { return try await listBuckets(call) }
        return call.request.key.isEmpty ? try await bucket(call) : try await object(call)
    }

    // MARK: Buckets

    private func listBuckets(_ call: S3Call) async throws -> Response {
        guard call.request.method == "GET" else { throw S3Error.notImplemented }
        let tree = keys.tree
        let names = try await Blocking.run {
            try tree.children(of: .root).filter { $0.isServed && $0.node.isFolder }.sorted { $0.name < $1.name }
        }
        let buckets = names.filter { call.principal.permissions.right(to: ResourcePath.root.child($0.name)) > .deny }
            .map { child in
                "<Bucket><Name>\(XMLText.escape(child.name))</Name>"
                    + "<CreationDate>\(S3XML.time(child.node.changed))</CreationDate></Bucket>"
            }
        return S3XML.response(
            "<ListAllMyBucketsResult xmlns=\"\(S3XML.namespace)\"><Owner><ID>slow-origin</ID></Owner>"
                + "<Buckets>\(buckets.joined())</Buckets></ListAllMyBucketsResult>")
    }

    private static let subresources: Set<String> = [
        "acl", "policy", "policyStatus", "versions", "cors", "lifecycle", "website", "logging", "notification",
        "tagging",
        "versioning", "encryption", "replication", "publicAccessBlock", "ownershipControls", "object-lock",
    ]

    private func bucket(_ call: S3Call) async throws -> Response {
        let request = call.request
        let (keys, name) = (keys, request.bucket)
        let place = try S3Keys.place(name, "")
        switch request.method {
        case "GET" where request.has("location"):
            try await Blocking.run { try keys.requireBucket(name) }
            return S3XML.response("<LocationConstraint xmlns=\"\(S3XML.namespace)\"/>")
        case "GET" where request.has("uploads"):
            try call.principal.requireRead(place)
            return S3XML.response(uploads.list(bucket: name))
        case "POST" where request.has("delete"):
            return try await deleteMany(call)
        case _ where request.parameters.contains { Self.subresources.contains($0.name) }:
            throw S3Error.notImplemented
        case "GET":
            return try await S3ListObjects.respond(request, keys: keys, call.principal)
        case "HEAD":
            try call.principal.requireRead(place)
            try await Blocking.run { try keys.requireBucket(name) }
            return Response(status: .ok)
        case "PUT":
            try call.principal.requireWrite(place)
            _ = try await S3Payload(request, call.signed).collect()
            try await Blocking.run { try S3Buckets.make(keys, name) }
            return Response(status: .ok, headers: [.location: "/" + S3Request.encode(name)])
        case "DELETE":
            try call.principal.requireWriteOfTree(place)
            try await Blocking.run { try S3Buckets.remove(keys, name) }
            return PlainResponse.noContent()
        default: throw S3Error.notImplemented
        }
    }

    private func deleteMany(_ call: S3Call) async throws -> Response {
        let (keys, bucket) = (keys, call.request.bucket)
        let body = try await S3Payload(call.request, call.signed).collect()
        let document = try S3XML.parse(body, root: "Delete")
        let names = document.all("Object").compactMap { $0.first("Key")?.text }
        guard !names.isEmpty, names.count <= 1_000 else { throw S3Error.malformed }
        try await Blocking.run { try keys.requireBucket(bucket) }
        var out = "<DeleteResult xmlns=\"\(S3XML.namespace)\">"
        for name in names {
            let shown = XMLText.escape(name)
            do {
                try call.principal.requireWrite(S3Keys.place(bucket, name))
                try await Blocking.run { try keys.remove(bucket, name) }
                if document.first("Quiet")?.text != "true" { out += "<Deleted><Key>\(shown)</Key></Deleted>" }
            } catch {
                out += "<Error><Key>\(shown)</Key><Code>AccessDenied</Code><Message>not removed</Message></Error>"
            }
        }
        return S3XML.response(out + "</DeleteResult>")
    }
}

/// One request with who sent it.
struct S3Call: Sendable {
    let request: S3Request
    let signed: S3SignedRequest?
    let principal: Principal
}

/// Making and removing buckets. Calls block.
enum S3Buckets {
    static func make(_ keys: S3Keys, _ bucket: String) throws {
        guard !bucket.hasPrefix(ResourcePath.uploadPrefix), !bucket.contains("/") else {
            throw S3Error(.badRequest, "InvalidBucketName", "the bucket's name is reserved")
        }
        let place = try S3Keys.place(bucket, "")
        guard try keys.tree.node(place) == nil else {
            throw S3Error(.conflict, "BucketAlreadyOwnedByYou", "the bucket exists")
        }
        guard mkdir(try keys.tree.slot(place), 0o755) == 0 else { throw S3Error(Upload.refusal()) }
    }

    static func remove(_ keys: S3Keys, _ bucket: String) throws {
        try keys.requireBucket(bucket)
        var walk = S3Walk(keys: keys, bucket: bucket, prefix: "", delimiter: "", after: "", limit: 1)
        guard try walk.run().entries.isEmpty else {
            throw S3Error(.conflict, "BucketNotEmpty", "the bucket is not empty")
        }
        try TreeChanges.remove(try keys.tree.slot(try S3Keys.place(bucket, "")))
    }
}
