import NIOCore
import RiffleCache
import RiffleHTTP
import RiffleHTTP2
import RiffleTelemetry

/// The way of a request over HTTP/2: said as HTTP/1 has it, judged by that one grammar, and answered out of memory or
/// handed to the pipeline.
extension HTTP2Connection {
    /// A request whose fields are in the front's list.
    func request(_ id: StreamID, endsHere: Bool) {
        let isHead = front.http2Fields.isHead
        let fault = HTTP2RequestBytes.write(front.http2Fields, endsHere: endsHere, into: &scratch)
        if case .malformed = fault { return self.fault(id, .protocolError) }
        if case .refused(let rejection) = fault {
            return refuse(id, rejection, inputEnded: endsHere, isHead: isHead)
        }
        if let rejection = parse() { return refuse(id, rejection, inputEnded: endsHere, isHead: isHead) }
        var length: Int?
        if case .length(let announced) = head.framing { length = announced }
        if endsHere {
            guard length ?? 0 == 0 else { return self.fault(id, .protocolError) }
            return answer(id, body: nil)
        }
        if head.method.isSafe, length ?? 0 <= HTTP1Connection.maximumKeyedBody {
            let stream = HTTP2Stream(id, gathering: scratch, expecting: length, on: self)
            streams[id] = stream
            if head.has(.expect) { stream.sendInterim(ResponseHead(status: 100)) }
            return
        }
        let work = scratch.withUnsafeReadableBytes { front.classifyUnread(head, bytes: $0) }
        start(HTTP2Stream(id, inputEnded: false, expecting: length, on: self), body: nil, work)
    }

    /// Judges the request in ``scratch`` by the grammar of HTTP/1.
    private func parse() -> HeadRejection? {
        let parse = scratch.withUnsafeReadableBytes {
            RequestParser.parse($0, into: &head, limits: front.requestLimits)
        }
        switch parse {
        case .complete: return nil
        case .incomplete: return HeadRejection(400, "the request is malformed")
        case .rejected(let rejection): return rejection
        }
    }

    /// A body that is part of the key is there.
    func gathered(_ stream: HTTP2Stream, head bytes: ByteBuffer, body: ByteBuffer) {
        scratch = bytes
        if let rejection = parse() { return stream.refuse(rejection) }
        answer(stream.id, body: body, on: stream)
    }

    /// From memory where it can be, else by the pipeline.
    ///
    /// - Parameter stream: where the request has one already.
    private func answer(_ id: StreamID, body: ByteBuffer?, on stream: HTTP2Stream? = nil) {
        let answer = scratch.withUnsafeReadableBytes { bytes -> Front.Answer in
            guard let body else {
                let nothing = UnsafeRawBufferPointer(start: nil, count: 0)
                return front.answer(head, bytes: bytes, body: nothing, certificate: certificate)
            }
            return body.withUnsafeReadableBytes {
                front.answer(head, bytes: bytes, body: $0, certificate: certificate)
            }
        }
        switch answer {
        case .hit(let hit):
            writeHit(id, hit, on: stream)
            if let renewal = hit.renewal {
                front.renew(hit.entry, renewal, message(body), remoteAddress: remoteAddress)
            }
        case .pipeline(let work):
            start(stream ?? HTTP2Stream(id, inputEnded: true, on: self), body: body, work)
        }
    }

    private func writeHit(_ id: StreamID, _ hit: Hit, on stream: HTTP2Stream?) {
        let entry = hit.entry
        let hasBody = head.method != .head && !hit.isNotModified && entry.bodyLength > 0
        guard let block = block(of: hit) else { return fault(id, .internalError) }
        let room = stream?.outgoing.window.room ?? output.peer.initialWindow
        if output.write(hit, block, withBody: hasBody, on: id, room: room) {
            if let stream { ended(stream) }
        } else {
            let stream = stream ?? HTTP2Stream(id, answered: true, on: self)
            streams[id] = stream
            stream.sendHit(block + HTTP2Fields.bytes(of: hit), body: hasBody ? entry.body : ByteBuffer())
        }
        let record =
            front.logsHit()
            ? scratch.withUnsafeReadableBytes {
                AccessRecord(head, bytes: $0, client: remoteAddress, isHTTP2: true)
            } : nil
        front.served(hit, bytes: entry.headLength + (hasBody ? entry.bodyLength : 0), peer: peer, record: record)
    }

    /// The header block of what the hit has stored.
    private func block(of hit: Hit) -> [UInt8]? {
        if hit.isNotModified {
            var image = ByteBuffer()
            HitFields.writeStoredHead(hit, into: &image)
            // Has a place of its own beside that of the whole answer.
            return image.withUnsafeReadableBytes { front.http2Heads.block(of: $0, hash: hit.entry.hash &+ 1) }
        }
        return hit.entry.withInline {
            front.http2Heads.block(
                of: UnsafeRawBufferPointer(rebasing: $0[..<hit.entry.headLength]), hash: hit.entry.hash)
        }
    }

    private func message(_ body: ByteBuffer?) -> RequestMessage {
        var message = scratch.withUnsafeReadableBytes {
            RequestMessage(head, bytes: $0, body: body, certificate: certificate)
        }
        message.isHTTP2 = true
        return message
    }

    private func start(_ stream: HTTP2Stream, body: ByteBuffer?, _ work: Front.Work) {
        let exchange = Exchange(
            request: message(body), startedAt: front.nanoseconds(), loop: loop, remoteAddress: remoteAddress,
            peer: peer, carrier: stream)
        streams[stream.id] = stream
        stream.begin(exchange)
        front.begin(exchange, work)
    }

    private func refuse(_ id: StreamID, _ rejection: HeadRejection, inputEnded: Bool, isHead: Bool) {
        let stream = HTTP2Stream(id, answered: inputEnded, on: self)
        streams[id] = stream
        stream.refuse(rejection, isHead: isHead)
    }

    func refused(_ rejection: HeadRejection) {
        front.refused(rejection)
    }
}

extension FieldList {
    /// Whether the answer has no body whatever it is.
    fileprivate var isHead: Bool {
        fields.contains { $0.token == FieldToken.method && value($0).elementsEqual("HEAD".utf8) }
    }
}
