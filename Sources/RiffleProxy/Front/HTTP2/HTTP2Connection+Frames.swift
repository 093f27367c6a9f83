import NIOCore
import RiffleHTTP2

/// What the frames of the peer mean (RFC 9113 §6). Their headers are known to be sound.
extension HTTP2Connection {
    func received(_ header: FrameHeader, _ payload: ByteBuffer) {
        // Between the pieces of a header block nothing else may come (§4.3).
        if let block, header.kind != .continuation || header.stream != block.stream { return fail(.protocolError) }
        if greeting == .settings {
            guard header.kind == .settings, !header.flags.contains(.ack) else { return fail(.protocolError) }
            greeting = .done
        }
        if payload.withUnsafeReadableBytes({ header.dependsOnItself($0) }) { return fail(.protocolError) }
        switch header.kind {
        case .headers: receivedHeaders(header, payload)
        case .continuation: receivedContinuation(header, payload)
        case .data: receivedData(header, payload)
        case .windowUpdate: receivedRoom(header.stream, payload)
        case .settings: receivedSettings(header, payload)
        case .ping: receivedPing(header, payload)
        case .reset: receivedReset(header.stream)
        case .priority: if !controls.receivedOne(at: readAt) { fail(.enhanceYourCalm) }
        case .goAway: if !controls.receivedOne(at: readAt) { fail(.enhanceYourCalm) }
        case .pushPromise: fail(.protocolError)
        case nil: if !output.receivedIdleFrame() { fail(.enhanceYourCalm) }
        }
    }

    // MARK: Header blocks

    private func receivedHeaders(_ header: FrameHeader, _ payload: ByteBuffer) {
        let first = payload.getInteger(at: payload.readerIndex, as: UInt8.self) ?? 0
        guard let content = header.content(firstByte: first) else { return fail(.protocolError) }
        guard header.flags.contains(.endHeaders) else {
            block = payload.withUnsafeReadableBytes {
                HeaderBlock(
                    header, first: UnsafeRawBufferPointer(rebasing: $0[content]),
                    continuations: HTTP2Limits.continuations)
            }
            return
        }
        let fault = payload.withUnsafeReadableBytes {
            decoder.decode(UnsafeRawBufferPointer(rebasing: $0[content]), into: front.http2Fields)
        }
        if let fault { return fail(fault) }
        receivedFields(header.stream, ends: header.flags.contains(.endStream))
    }

    private func receivedContinuation(_ header: FrameHeader, _ payload: ByteBuffer) {
        switch payload.withUnsafeReadableBytes({ block?.add(header, $0) }) {
        case nil: fail(.protocolError)
        case .failure(let code): fail(code)
        case .success(false): break
        case .success(true):
            guard let whole = block else { return }
            block = nil
            let fault = whole.bytes.withUnsafeBytes { decoder.decode($0, into: front.http2Fields) }
            if let fault { return fail(fault) }
            receivedFields(whole.stream, ends: whole.endsStream)
        }
    }

    /// The fields of a whole block are in the front's list.
    private func receivedFields(_ id: StreamID, ends: Bool) {
        lastProgress = readAt
        if let stream = streams[id] { return receivedTrailers(stream, ends: ends) }
        switch ledger.standing(of: id) {
        case .givenUp: return
        case .closed: return fail(.streamClosed)
        case .idle: break
        }
        guard ledger.open(id) else { return fail(.protocolError) }
        if case .leaving(takesNoMore: true) = life { return reset(id, .refusedStream) }
        guard streams.count < HTTP2Limits.concurrentStreams else { return fault(id, .refusedStream) }
        requests += 1
        if requests >= front.requestsPerConnection { drainAndClose() }
        request(id, endsHere: ends)
    }

    /// Trailer fields end a body like its last piece; riffle passes none on.
    private func receivedTrailers(_ stream: HTTP2Stream, ends: Bool) {
        if let code = stream.fault(ofFrame: 0, body: 0, ends: true) { return fault(stream.id, code) }
        guard ends, HTTP2RequestBytes.areTrailers(front.http2Fields) else { return fault(stream.id, .protocolError) }
        stream.received(ByteBuffer(), padding: 0, ends: true)
    }

    // MARK: Bodies

    private func receivedData(_ header: FrameHeader, _ payload: ByteBuffer) {
        lastProgress = readAt
        let first = payload.getInteger(at: payload.readerIndex, as: UInt8.self) ?? 0
        guard let content = header.content(firstByte: first) else { return fail(.protocolError) }
        guard window.receive(header.length) else { return fail(.flowControlError) }
        let ends = header.flags.contains(.endStream)
        if header.length == 0, !ends, !output.receivedIdleFrame() { return fail(.enhanceYourCalm) }
        guard let stream = streams[header.stream] else {
            guard ledger.standing(of: header.stream) == .givenUp else {
                return fail(ledger.standing(of: header.stream) == .idle ? .protocolError : .streamClosed)
            }
            return consumed(header.length)
        }
        if let code = stream.fault(ofFrame: header.length, body: content.count, ends: ends) {
            consumed(header.length)
            return fault(header.stream, code)
        }
        guard let body = payload.getSlice(at: payload.readerIndex + content.lowerBound, length: content.count) else {
            return
        }
        stream.received(body, padding: header.length - content.count, ends: ends)
    }

    private func receivedRoom(_ id: StreamID, _ payload: ByteBuffer) {
        lastProgress = readAt
        guard output.receivedIdleFrame() else { return fail(.enhanceYourCalm) }
        let increment = Int((payload.getInteger(at: payload.readerIndex, as: UInt32.self) ?? 0) & 0x7FFF_FFFF)
        guard id != 0 else {
            guard increment > 0 else { return fail(.protocolError) }
            return output.grow(by: increment) ? () : fail(.flowControlError)
        }
        guard let stream = streams[id] else {
            return ledger.standing(of: id) == .idle ? fail(.protocolError) : ()
        }
        guard increment > 0 else { return fault(id, .protocolError) }
        guard stream.outgoing.window.grow(by: increment) else { return fault(id, .flowControlError) }
        output.enqueue(stream)
    }

    // MARK: The connection

    private func receivedSettings(_ header: FrameHeader, _ payload: ByteBuffer) {
        guard !header.flags.contains(.ack) else {
            return output.receivedIdleFrame() ? () : fail(.enhanceYourCalm)
        }
        guard controls.receivedOne(at: readAt) else { return fail(.enhanceYourCalm) }
        if let code = payload.withUnsafeReadableBytes({ output.apply($0, to: streams.values) }) { return fail(code) }
        output.acknowledgeSettings()
    }

    private func receivedPing(_ header: FrameHeader, _ payload: ByteBuffer) {
        guard controls.receivedOne(at: readAt) else { return fail(.enhanceYourCalm) }
        guard !header.flags.contains(.ack), let data = payload.getInteger(at: payload.readerIndex, as: UInt64.self)
        else { return }
        output.acknowledgePing(data)
    }

    private func receivedReset(_ id: StreamID) {
        guard resets.receivedOne(at: readAt) else { return fail(.enhanceYourCalm) }
        guard let stream = streams[id] else {
            return ledger.standing(of: id) == .idle ? fail(.protocolError) : ()
        }
        // Frames that come behind it are as wrong as those behind an end.
        ended(stream)
    }

    // MARK: Streams

    /// The peer has broken the rules of a stream (§5.4.2); too many of those cost the connection.
    func fault(_ id: StreamID, _ code: ErrorCode) {
        guard faults.receivedOne(at: now) else { return fail(.enhanceYourCalm) }
        if let stream = streams[id] { giveUp(stream, code) } else { reset(id, code) }
    }

    private func reset(_ id: StreamID, _ code: ErrorCode) {
        output.reset(id, code)
        ledger.giveUp(id)
        sendSoon()
    }

    /// Ends a stream before its time.
    func giveUp(_ stream: HTTP2Stream, _ code: ErrorCode) {
        reset(stream.id, code)
        ended(stream)
    }

    /// A stream is over on both sides.
    func ended(_ stream: HTTP2Stream) {
        streams[stream.id] = nil
        stream.closed()
        closeIfLeft()
    }
}
