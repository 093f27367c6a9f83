import NIOCore
import RiffleCache
import Synchronization

/// Where a change feed goes on: kept sealed beside the entries that it speaks of, so that a riffle that starts anew hears of
/// what changed while it was away.
extension RedisTier {
    /// Longer marks are not kept.
    package static let longestMark = 8_192

    /// Remembers the mark of a principal's feed of a folder for as long as entries can live. Nobody waits. Call it on
    /// `loop`, a loop of the group.
    package func keepMark(
        _ mark: [UInt8], of folder: FolderID, for principal: PrincipalID, on loop: any EventLoop
    ) {
        let name = Names.mark(folder, principal)
        guard isUsable, mark.count <= Self.longestMark, let link = link(on: loop),
            let sealed = sealer.seal(mark, boundTo: name)
        else { return }
        var command = Command("SET", name)
        command.append(sealed)
        command.append("PX")
        command.append(String(Self.longestLifeMilliseconds))
        counters.commands.add(1, ordering: .relaxed)
        link.send(command, deadline: .now() + Self.backgroundPatience) { self.count($0) }
    }

    /// The mark that any riffle kept last; nil when there is none that opens.
    package func mark(
        of folder: FolderID, for principal: PrincipalID, on loop: any EventLoop
    ) -> EventLoopFuture<[UInt8]?> {
        guard isUsable, let link = link(on: loop) else { return loop.makeSucceededFuture(nil) }
        let name = Names.mark(folder, principal)
        let promise = loop.makePromise(of: [UInt8]?.self)
        counters.commands.add(1, ordering: .relaxed)
        link.send(Command("GET", name), deadline: .now() + Self.backgroundPatience) { result in
            self.count(result)
            guard case .success(let reply) = result, let sealed = reply.bytes else { return promise.succeed(nil) }
            let mark = self.sealer.open(sealed, boundTo: name)
            if mark == nil { self.counters.corrupt.add(1, ordering: .relaxed) }
            promise.succeed(mark)
        }
        return promise.futureResult
    }
}
