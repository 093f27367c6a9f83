import NIOCore
import RiffleHTTP
import RiffleHTTP2

/// Header blocks of HTTP/2, and the requests they are.
enum HTTP2Fuzz {
    /// Blocks of one connection, each behind a byte that says its length: whatever they are, no list goes beyond its
    /// limit, what was read reads the same when said again, and what is taken for a request is exactly one.
    static func blocks(_ bytes: UnsafeRawBufferPointer) {
        let list = FieldList(limit: 4_096)
        let again = FieldList(limit: 4_096)
        var decoder = HPACKDecoder()
        var request = ByteBuffer()
        var offset = 0
        while offset < bytes.count {
            let end = min(bytes.count, offset + 1 + Int(bytes[offset]))
            let block = UnsafeRawBufferPointer(rebasing: bytes[(offset + 1)..<end])
            offset = end
            guard decoder.decode(block, into: list) == nil else { return }
            claim(list.isTooLarge || list.size <= list.limit, "\(list.size) bytes of fields")
            if !list.isTooLarge { repeats(list, again) }
            guard HTTP2RequestBytes.write(list, endsHere: block.count % 2 == 0, into: &request) == nil else { continue }
            isOneRequest(request)
        }
    }

    private static func repeats(_ list: FieldList, _ again: FieldList) {
        var writer = HPACKWriter()
        for field in list.fields { writer.field(name: list.name(field), value: list.value(field)) }
        var decoder = HPACKDecoder()
        let fault = writer.bytes.withUnsafeBytes { decoder.decode($0, into: again) }
        claim(fault == nil && again.fields.count == list.fields.count, "what was written can't be read")
        for (one, other) in zip(list.fields, again.fields) {
            claim(list.name(one).elementsEqual(again.name(other)), "another name")
            claim(list.value(one).elementsEqual(again.value(other)), "another value")
            claim(one.token == other.token, "another token")
        }
    }

    private static func isOneRequest(_ request: ByteBuffer) {
        request.withUnsafeReadableBytes { bytes in
            var head = RequestHead()
            switch RequestParser.parse(bytes, into: &head, limits: RequestLimits()) {
            case .incomplete: claim(false, "a request that has no end")
            case .complete: claim(head.length == bytes.count, "bytes behind the request")
            case .rejected: break
            }
        }
    }
}
