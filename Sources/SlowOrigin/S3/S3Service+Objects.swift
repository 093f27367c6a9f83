import Glibc
import HTTPTypes
import Hummingbird
import NIOCore

/// Reading, putting, copying and removing one key.
extension S3Service {
    func object(_ call: S3Call) async throws -> Response {
        let request = call.request
        let (keys, bucket, key) = (keys, request.bucket, request.key)
        let place = try S3Keys.place(bucket, key)
        switch request.method {
        case "GET", "HEAD":
            try call.principal.requireRead(place)
            guard !request.has("uploadId"), !request.has("tagging"), !request.has("acl") else {
                throw S3Error.notImplemented
            }
            try await Blocking.run {
                try keys.requireBucket(bucket)
                _ = try keys.file(bucket, key)
            }
            let file = key.hasSuffix("/") ? place.child(S3Keys.marker) : place
            return try await FileResponse.make(request.request, file, keys.tree)
        case "PUT", "POST", "DELETE":
            try call.principal.requireWrite(place)
            try await Blocking.run { try keys.requireBucket(bucket) }
            if let answer = try await uploadStep(call) { return answer }
            guard !request.has("tagging"), !request.has("acl"), request.method != "POST" else {
                throw S3Error.notImplemented
            }
            if request.method == "DELETE" {
                try await Blocking.run { try keys.remove(bucket, key) }
                return PlainResponse.noContent()
            }
            return try await request.header("x-amz-copy-source") == nil ? put(call) : copy(call)
        default: throw S3Error(.methodNotAllowed, "MethodNotAllowed", "this method is not known")
        }
    }

    private func put(_ call: S3Call) async throws -> Response {
        let (keys, bucket, key) = (keys, call.request.bucket, call.request.key)
        let hidden = try await Upload.stage(S3Payload(call.request, call.signed), in: keys.tree.root)
        let node = try await Blocking.run {
            defer { unlink(hidden) }
            return try keys.put(hidden, bucket, key)
        }
        return Response(status: .ok, headers: [.eTag: node.etag])
    }

    private func copy(_ call: S3Call) async throws -> Response {
        let (keys, bucket, key) = (keys, call.request.bucket, call.request.key)
        let source = try await copySource(call)
        let node = try await Blocking.run {
            let hidden = Upload.hiddenName(in: keys.tree.root)
            defer { unlink(hidden) }
            try TreeChanges.copy(source, to: hidden, deeply: false)
            return try keys.put(hidden, bucket, key)
        }
        return S3XML.response(
            "<CopyObjectResult xmlns=\"\(S3XML.namespace)\"><LastModified>\(S3XML.time(node.modified))</LastModified>"
                + "<ETag>\(XMLText.escape(node.etag))</ETag></CopyObjectResult>")
    }

    /// The file that `x-amz-copy-source` names, as one the caller may read.
    func copySource(_ call: S3Call) async throws -> String {
        guard
            let text = call.request.header("x-amz-copy-source")
                .flatMap({ S3Request.decode($0.prefix { $0 != "?" }, plusIsSpace: false) })
        else { throw S3Error(.badRequest, "InvalidArgument", "the copy source cannot be read") }
        let parts = text.drop { $0 == "/" }.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else {
            throw S3Error(.badRequest, "InvalidArgument", "the copy source is no bucket and key")
        }
        let (bucket, key) = (String(parts[0]), String(parts[1]))
        try call.principal.requireRead(S3Keys.place(bucket, key))
        let keys = keys
        return try await Blocking.run {
            try keys.requireBucket(bucket)
            return try keys.file(bucket, key).name
        }
    }
}
