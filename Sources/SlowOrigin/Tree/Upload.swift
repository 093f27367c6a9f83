import Glibc
import HTTPTypes
import Hummingbird
import NIOCore

/// Takes a request body into a hidden file beside its target, then puts it in place in one step, so that a broken
/// upload never shows.
enum Upload {
    /// `target` is a slot: a canonical parent and a last name.
    static func receive(_ body: RequestBody, into target: String) async throws {
        let slash = target.lastIndex(of: "/") ?? target.startIndex
        let hidden = try await stage(body, in: String(target[..<slash]))
        try await Blocking.run {
            guard rename(hidden, target) == 0 else {
                let refusal = refusal()
                unlink(hidden)
                throw refusal
            }
        }
    }

    /// A name in a folder that nobody can address or list.
    static func hiddenName(in folder: String) -> String {
        folder + "/" + ResourcePath.uploadPrefix + String(UInt64.random(in: .min ... .max), radix: 16)
    }

    /// Takes a body into a hidden file of a folder; nothing is left of one that breaks off.
    static func stage<Body: AsyncSequence>(
        _ body: Body, in folder: String
    ) async throws -> String where Body.Element == ByteBuffer {
        let hidden = hiddenName(in: folder)
        let file = try await Blocking.run {
            let descriptor = open(hidden, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o644)
            guard descriptor >= 0 else { throw refusal() }
            return OpenFile(descriptor: descriptor)
        }
        do {
            for try await buffer in body {
                try await Blocking.run { try write(buffer, to: file) }
            }
            return hidden
        } catch {
            _ = try? await Blocking.run { unlink(hidden) }
            throw error
        }
    }

    private static func write(_ buffer: ByteBuffer, to file: OpenFile) throws(Refusal) {
        var buffer = buffer
        while buffer.readableBytes > 0 {
            let written = buffer.withUnsafeReadableBytes { Glibc.write(file.descriptor, $0.baseAddress, $0.count) }
            if written < 0 {
                if errno == EINTR { continue }
                throw refusal()
            }
            buffer.moveReaderIndex(forwardBy: written)
        }
    }

    /// The last system error as an answer.
    static func refusal() -> Refusal {
        switch errno {
        case ENOSPC, EDQUOT: Refusal(.insufficientStorage, "no space left")
        case ENOENT, ENOTDIR: Refusal(.conflict, "the parent folder does not exist")
        case EISDIR, EEXIST: Refusal(.methodNotAllowed, "something else is here")
        case ENAMETOOLONG: Refusal(.uriTooLong, "the name is too long")
        default: Refusal(.forbidden, "not permitted: \(FileTree.reason(errno))")
        }
    }
}
