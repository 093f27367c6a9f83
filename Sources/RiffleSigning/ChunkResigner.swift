/// Checks the signatures inside an `aws-chunked` body and puts the origin's in their place, byte for byte as long.
///
/// A chunk leaves only when all of it has come and its signature holds, so it buffers one chunk; no I/O of its own.
package struct ChunkResigner: Sendable {
    /// Longest chunk; clients send 64 KiB to 8 MiB.
    package static let chunkLimit = 16 << 20
    /// Longest line of size and signature, and bytes of all fields behind the last chunk.
    static let lineLimit = 4_096

    package enum Failure: Error {
        case malformed
        case signatureDoesNotMatch
    }

    private enum State: Equatable {
        case line
        /// `text` is the size as it was spelled, so that what goes on is as long as what came.
        case data(size: Int, text: [UInt8], signature: [UInt8])
        case trailer(isSigned: Bool)
        case done
    }

    private var client: ChunkChain
    private var origin: ChunkChain
    private let hasTrailer: Bool
    private var state = State.line
    private var pending: [UInt8] = []
    private var trailer: [UInt8] = []
    private var trailerLines: [UInt8] = []

    package init(client: ChunkChain, origin: ChunkChain, hasTrailer: Bool) {
        self.client = client
        self.origin = origin
        self.hasTrailer = hasTrailer
    }

    package var isDone: Bool { state == .done }

    /// Takes the next bytes of the body and appends to `out` what may go on.
    package mutating func take(_ bytes: UnsafeRawBufferPointer, into out: inout [UInt8]) throws(Failure) {
        pending.append(contentsOf: bytes)
        var used = 0
        defer { pending.removeFirst(used) }
        while used < pending.count {
            switch state {
            case .done: throw .malformed
            case .line:
                guard let end = try lineEnd(from: used) else { return }
                try readLine(used..<end, into: &out)
                used = end + 2
            case .data(let size, let text, let signature):
                guard pending.count - used >= size + 2 else { return }
                let data = pending[used..<used + size]
                guard pending[used + size] == cr, pending[used + size + 1] == lf else { throw .malformed }
                try appendLine(text, of: data, signature, into: &out)
                out.append(contentsOf: data)
                out.append(contentsOf: [cr, lf])
                used += size + 2
                state = .line
            case .trailer(let isSigned):
                guard let end = try lineEnd(from: used) else { return }
                try readTrailer(Array(pending[used..<end]), isSigned: isSigned, into: &out)
                used = end + 2
            }
        }
    }

    private func lineEnd(from start: Int) throws(Failure) -> Int? {
        guard let end = pending[start...].firstIndex(of: cr), end + 1 < pending.count else {
            guard pending.count - start <= Self.lineLimit else { throw .malformed }
            return nil
        }
        guard pending[end + 1] == lf, end - start <= Self.lineLimit else { throw .malformed }
        return end
    }

    /// `400;chunk-signature=…`
    private mutating func readLine(_ range: Range<Int>, into out: inout [UInt8]) throws(Failure) {
        let line = pending[range]
        guard let semicolon = line.firstIndex(of: UInt8(ascii: ";")),
            let size = Int(String(decoding: line[..<semicolon], as: UTF8.self), radix: 16),
            (0...Self.chunkLimit).contains(size), line[line.startIndex] != UInt8(ascii: "+"),
            line[(semicolon + 1)...].starts(with: Self.mark)
        else { throw .malformed }
        let signature = Array(line[(semicolon + 1 + Self.mark.count)...])
        guard Digests.isHexDigest(signature) else { throw .malformed }
        let text = Array(line[..<semicolon])
        guard size == 0 else {
            state = .data(size: size, text: text, signature: signature)
            return
        }
        try appendLine(text, of: pending[range.lowerBound..<range.lowerBound], signature, into: &out)
        state = .trailer(isSigned: false)
    }

    private mutating func appendLine(
        _ size: [UInt8], of data: ArraySlice<UInt8>, _ signature: [UInt8], into out: inout [UInt8]
    ) throws(Failure) {
        let hash = Digests.hex(data.withUnsafeBytes { Digests.sha256($0) })
        guard Digests.areEqual(client.next(chunk: hash), signature) else { throw .signatureDoesNotMatch }
        out.append(contentsOf: size)
        out.append(UInt8(ascii: ";"))
        out.append(contentsOf: Self.mark)
        out.append(contentsOf: origin.next(chunk: hash))
        out.append(contentsOf: [cr, lf])
    }

    /// The fields behind the last chunk, then an empty line; without fields the empty line alone.
    private mutating func readTrailer(_ line: [UInt8], isSigned: Bool, into out: inout [UInt8]) throws(Failure) {
        if line.isEmpty {
            guard isSigned == hasTrailer else { throw .malformed }
            out.append(contentsOf: [cr, lf])
            state = .done
            return
        }
        guard hasTrailer, !isSigned, trailer.count + line.count <= Self.lineLimit else { throw .malformed }
        guard line.starts(with: Self.trailerMark) else {
            trailer.append(contentsOf: line + [lf])
            trailerLines.append(contentsOf: line + [cr, lf])
            return
        }
        let hash = Digests.hex(Digests.sha256(trailer))
        guard Digests.areEqual(client.next(trailer: hash), Array(line[Self.trailerMark.count...])) else {
            throw .signatureDoesNotMatch
        }
        out.append(contentsOf: trailerLines)
        out.append(contentsOf: Self.trailerMark)
        out.append(contentsOf: origin.next(trailer: hash))
        out.append(contentsOf: [cr, lf])
        state = .trailer(isSigned: true)
    }

    private static let mark = Array("chunk-signature=".utf8)
    private static let trailerMark = Array("x-amz-trailer-signature:".utf8)
}

private let cr = UInt8(ascii: "\r")
private let lf = UInt8(ascii: "\n")
