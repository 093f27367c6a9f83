import NIOCore

/// What carries an exchange between its client and the pipeline: an HTTP/1 connection, or one stream of HTTP/2.
///
/// Called on the connection's event loop only. A carrier frames what it is given as its protocol does.
protocol ExchangeCarrier: AnyObject {
    /// Starts the flow of the request's body, saying first that it is wanted where the client asked.
    func readBody(into sink: any BodySink)
    func sendInterim(_ head: ResponseHead)
    /// Sends the head of an answer; `isWhole` when no body follows.
    ///
    /// - Returns: bytes of head.
    func sendHead(_ head: ResponseHead, framing: ResponseHead.BodyFraming, isWhole: Bool) -> Int
    /// Sends a head that is in bytes already, as HTTP/1 has it but for `Connection` and the closing empty line.
    func sendHead(image: ByteBuffer, isWhole: Bool) -> Int
    /// - Returns: nil when more may follow at once, else a future that completes when the client has taken enough.
    func sendPart(_ part: ByteBuffer, framing: ResponseHead.BodyFraming) -> EventLoopFuture<Void>?
    func exchangeFinished(_ exchange: Exchange, framing: ResponseHead.BodyFraming)
    /// The answer is given up in the middle: the client must see that it is incomplete.
    func exchangeAborted(_ exchange: Exchange)
}

extension HTTP1Connection: ExchangeCarrier {
    func sendInterim(_ head: ResponseHead) {
        var buffer = allocator.buffer(capacity: 512)
        head.serialise(into: &buffer)
        buffer.writeStaticString("\r\n")
        write(buffer)
        _ = flushWaitingForRoom()
    }

    func sendHead(_ head: ResponseHead, framing: ResponseHead.BodyFraming, isWhole: Bool) -> Int {
        var buffer = allocator.buffer(capacity: 1_024)
        head.serialise(into: &buffer)
        if framing == .chunked { buffer.writeStaticString("Transfer-Encoding: chunked\r\n") }
        writeHeadEnd(into: &buffer, closes: framing == .close)
        write(buffer)
        return buffer.readableBytes
    }

    func sendHead(image: ByteBuffer, isWhole: Bool) -> Int {
        var image = image
        writeHeadEnd(into: &image, closes: false)
        write(image)
        return image.readableBytes
    }

    func sendPart(_ part: ByteBuffer, framing: ResponseHead.BodyFraming) -> EventLoopFuture<Void>? {
        guard framing == .chunked else {
            write(part)
            return flushWaitingForRoom()
        }
        var frame = allocator.buffer(capacity: 20)
        frame.writeString(String(part.readableBytes, radix: 16))
        frame.writeStaticString("\r\n")
        write(frame)
        write(part)
        write(ByteBuffer(staticString: "\r\n"))
        return flushWaitingForRoom()
    }

    func exchangeFinished(_ exchange: Exchange, framing: ResponseHead.BodyFraming) {
        if framing == .chunked {
            var end = ByteBuffer(staticString: "0\r\n")
            if let trailers = exchange.trailers {
                for (name, value) in trailers { end.writeString("\(name): \(value)\r\n") }
            }
            end.writeStaticString("\r\n")
            write(end)
        }
        exchangeFinished(exchange, closes: framing == .close)
    }
}
