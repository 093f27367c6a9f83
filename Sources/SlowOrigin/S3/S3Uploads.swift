import HTTPTypes
import Synchronization

/// The uploads in parts that are under way, bounded.
final class S3Uploads: Sendable {
    static let mostUploads = 1_000
    static let mostParts = 10_000

    struct Part: Sendable {
        /// The hidden file that holds it.
        let file: String
        let etag: String
    }

    struct Upload: Sendable {
        let bucket: String
        let key: String
        var parts: [Int: Part] = [:]
    }

    private let uploads = Mutex<[String: Upload]>([:])

    func begin(bucket: String, key: String) throws(S3Error) -> String {
        let id = String(UInt64.random(in: .min ... .max), radix: 36)
        let hasRoom = uploads.withLock { uploads in
            guard uploads.count < Self.mostUploads else { return false }
            uploads[id] = Upload(bucket: bucket, key: key)
            return true
        }
        guard hasRoom else { throw S3Error(.serviceUnavailable, "SlowDown", "too many uploads are under way") }
        return id
    }

    func require(_ id: String, _ request: S3Request) throws(S3Error) {
        let upload = uploads.withLock { $0[id] }
        guard let upload, upload.bucket == request.bucket, upload.key == request.key else { throw S3Error.noSuchUpload }
    }

    /// - Returns: the file of the part that this one replaces; the part's own when the upload has ended meanwhile.
    func add(_ part: Part, number: Int, to id: String) -> String? {
        uploads.withLock { uploads in
            guard uploads[id] != nil else { return part.file }
            return uploads[id]?.parts.updateValue(part, forKey: number)?.file
        }
    }

    /// Takes the upload out: it is completed or given up, once.
    func end(_ id: String) throws(S3Error) -> Upload {
        let upload = uploads.withLock { $0.removeValue(forKey: id) }
        guard let upload else { throw S3Error.noSuchUpload }
        return upload
    }

    /// The parts so far.
    func parts(_ id: String) -> [Int: Part] { uploads.withLock { $0[id]?.parts ?? [:] } }

    func list(bucket: String) -> String {
        let found = uploads.withLock { uploads in uploads.filter { $0.value.bucket == bucket } }
        let entries = found.sorted { ($0.value.key, $0.key) < ($1.value.key, $1.key) }.map { id, upload in
            "<Upload><Key>\(XMLText.escape(upload.key))</Key><UploadId>\(id)</UploadId>"
                + "<Initiated>\(S3XML.time(0))</Initiated></Upload>"
        }
        return "<ListMultipartUploadsResult xmlns=\"\(S3XML.namespace)\"><Bucket>\(XMLText.escape(bucket))</Bucket>"
            + "<IsTruncated>false</IsTruncated>\(entries.joined())</ListMultipartUploadsResult>"
    }
}
