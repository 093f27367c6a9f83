import Glibc
import HTTPTypes
import Hummingbird

/// Uploads in parts: nothing shows before they are completed.
extension S3Service {
    /// Nil when the request is no step of such an upload.
    func uploadStep(_ call: S3Call) async throws -> Response? {
        let request = call.request
        if request.method == "POST", request.has("uploads") {
            let id = try uploads.begin(bucket: request.bucket, key: request.key)
            return S3XML.response(
                "<InitiateMultipartUploadResult xmlns=\"\(S3XML.namespace)\">" + Self.names(request)
                    + "<UploadId>\(id)</UploadId></InitiateMultipartUploadResult>")
        }
        guard let id = request["uploadId"] else { return nil }
        try uploads.require(id, request)
        switch request.method {
        case "PUT": return try await part(call, id)
        case "DELETE":
            let parts = try uploads.end(id).parts.values
            try await Blocking.run { for part in parts { unlink(part.file) } }
            return PlainResponse.noContent()
        case "POST": return try await complete(call, id)
        default: throw S3Error.notImplemented
        }
    }

    private static func names(_ request: S3Request) -> String {
        "<Bucket>\(XMLText.escape(request.bucket))</Bucket><Key>\(XMLText.escape(request.key))</Key>"
    }

    private func part(_ call: S3Call, _ id: String) async throws -> Response {
        guard let number = call.request["partNumber"].flatMap({ Int($0) }), (1...S3Uploads.mostParts).contains(number)
        else { throw S3Error(.badRequest, "InvalidArgument", "the part has no usable number") }
        let isCopy = call.request.header("x-amz-copy-source") != nil
        guard !isCopy || call.request.header("x-amz-copy-source-range") == nil else { throw S3Error.notImplemented }
        let root = keys.tree.root
        let hidden: String
        if isCopy {
            let source = try await copySource(call)
            hidden = Upload.hiddenName(in: root)
            let target = hidden
            try await Blocking.run { try TreeChanges.copy(source, to: target, deeply: false) }
        } else {
            hidden = try await Upload.stage(S3Payload(call.request, call.signed), in: root)
        }
        let etag = "\"part-" + hidden.suffix(16) + "\""
        let uploads = uploads
        try await Blocking.run {
            if let old = uploads.add(.init(file: hidden, etag: etag), number: number, to: id) { unlink(old) }
        }
        guard isCopy else { return Response(status: .ok, headers: [.eTag: etag]) }
        return S3XML.response(
            "<CopyPartResult xmlns=\"\(S3XML.namespace)\"><LastModified>\(S3XML.time(0))</LastModified>"
                + "<ETag>\(XMLText.escape(etag))</ETag></CopyPartResult>")
    }

    private func complete(_ call: S3Call, _ id: String) async throws -> Response {
        let request = call.request
        let body = try await S3Payload(request, call.signed).collect()
        let document = try S3XML.parse(body, root: "CompleteMultipartUpload")
        let known = uploads.parts(id)
        var files: [String] = []
        var last = 0
        for element in document.all("Part") {
            guard let number = element.first("PartNumber").flatMap({ Int($0.text) }), let part = known[number],
                let etag = element.first("ETag")?.text, Self.bare(etag) == Self.bare(part.etag)
            else { throw S3Error(.badRequest, "InvalidPart", "a part is not known") }
            guard number > last else { throw S3Error(.badRequest, "InvalidPartOrder", "the parts are out of order") }
            last = number
            files.append(part.file)
        }
        guard !files.isEmpty else { throw S3Error.malformed }
        let upload = try uploads.end(id)
        let (keys, joined) = (keys, files)
        let node = try await Blocking.run {
            defer { for part in upload.parts.values { unlink(part.file) } }
            let hidden = Upload.hiddenName(in: keys.tree.root)
            defer { unlink(hidden) }
            try TreeChanges.join(joined, into: hidden)
            return try keys.put(hidden, upload.bucket, upload.key)
        }
        return S3XML.response(
            "<CompleteMultipartUploadResult xmlns=\"\(S3XML.namespace)\">" + Self.names(request)
                + "<ETag>\(XMLText.escape(node.etag))</ETag></CompleteMultipartUploadResult>")
    }

    private static func bare(_ etag: String) -> String { etag.filter { $0 != "\"" } }
}
