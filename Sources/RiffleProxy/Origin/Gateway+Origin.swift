import NIOCore
import RiffleCache
import RiffleHTTP
import RiffleListings

extension Gateway {
    /// The request of a client as it goes on to the origin, its body streamed unless it was gathered.
    func originRequest(_ exchange: Exchange) -> OriginRequest {
        let request = exchange.request
        let body: OriginBody =
            switch (request.body, request.framing) {
            case (let buffer?, _): .bytes(buffer)
            case (nil, .none), (nil, .length(0)): .none
            case (nil, .length(let length)): .exchange(exchange, length: Int64(length))
            case (nil, .chunked): .exchange(exchange, length: nil)
            }
        let onward = OriginRequest(
            method: request.methodName, isSafe: request.method.isSafe, target: dialects.originTarget(request.target),
            fields: fields.forward(request, remoteAddress: exchange.remoteAddress), body: body)
        return sealed(onward, for: request)
    }

    /// The request with the signature that the origin wants, where riffle is who signs.
    func sealed(_ request: OriginRequest, for message: RequestMessage) -> OriginRequest {
        s3?.sealed(request, for: message, now: WallTime.now().milliseconds / 1_000) ?? request
    }

    /// The generation a fill beginning now carries: that of its page chain when this riffle began it, so that a page is
    /// only kept beside pages between which no write came.
    func generation(for work: ListingWork) -> Generation {
        let now = generations.begin()
        guard let chain = work.chain, chain.node == chainNode else { return now }
        return min(now, Generation(chain.generation))
    }
}
