import Glibc
import NIOCore
import NIOPosix

/// Why a survey came to nothing; it never quotes what may hold a password.
package struct SurveyError: Error, Equatable, CustomStringConvertible {
    package let message: String
    package var description: String { message }
}

/// One connection on which questions are asked and answered in turn, for tools that look into a Redis.
final class RedisDialogue: Sendable {
    /// The longest wait for all answers to one question.
    static let patience = TimeAmount.seconds(10)

    private let loop: any EventLoop
    private let core: NIOLoopBoundBox<Core>

    private init(loop: any EventLoop, core: NIOLoopBoundBox<Core>) {
        self.loop = loop
        self.core = core
    }

    static func open(_ server: RedisServer) async throws -> RedisDialogue {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let core = NIOLoopBoundBox<Core>.makeBoxSendingValue(Core(), eventLoop: loop)
        let dialogue = RedisDialogue(loop: loop, core: core)
        let channel: any Channel
        do {
            let connector = try Connector(server: server)
            channel = try await loop.flatSubmit {
                connector.connect(on: loop) {
                    guard let decoder = ReplyDecoder() else { return nil }
                    return ReplyHandler(
                        decoder: decoder, onReply: { core.value.received($0) }, onEnd: { core.value.ended($0) })
                }
            }.get()
        } catch {
            throw SurveyError(message: "\(server) can't be reached: \(Self.words(error))")
        }
        try await loop.submit { core.value.channel = channel }.get()
        for reply in try await dialogue.ask(Greeting.commands(for: server)) {
            guard let complaint = Greeting.complaint(reply) else { continue }
            await dialogue.close()
            throw SurveyError(message: "\(server) refuses: \(complaint)")
        }
        return dialogue
    }

    private static func words(_ error: any Error) -> String {
        switch error {
        case let error as NIOConnectionError:
            error.connectionErrors.first.map { words($0.error) } ?? "no address for \(error.host)"
        case let error as IOError: String(cString: strerror(error.errnoCode))
        default: "\(error)"
        }
    }

    /// The replies to the commands, in order.
    func ask(_ commands: [Command]) async throws -> [Reply] {
        try await loop.flatSubmit { [loop, core] in core.value.ask(commands, on: loop) }.get()
    }

    func close() async {
        try? await loop.flatSubmit { [loop, core] in
            core.value.channel?.close() ?? loop.makeSucceededVoidFuture()
        }.get()
    }

    /// What lives on the loop.
    private final class Core {
        var channel: (any Channel)?
        private var due = 0
        private var replies: [Reply] = []
        private var promise: EventLoopPromise<[Reply]>?
        private var timer: Scheduled<Void>?

        func ask(_ commands: [Command], on loop: any EventLoop) -> EventLoopFuture<[Reply]> {
            let promise = loop.makePromise(of: [Reply].self)
            guard self.promise == nil, let channel, channel.isActive else {
                promise.fail(SurveyError(message: "the connection to Redis is closed"))
                return promise.futureResult
            }
            var output = channel.allocator.buffer(capacity: commands.reduce(0) { $0 + $1.byteCount + 64 })
            for command in commands where !command.encode(into: &output) {
                promise.fail(SurveyError(message: "a command could not be formatted"))
                return promise.futureResult
            }
            self.promise = promise
            due = commands.count
            timer = loop.assumeIsolated().scheduleTask(in: RedisDialogue.patience) {
                self.ended("no answer within \(RedisDialogue.patience.nanoseconds / 1_000_000_000) s")
            }
            channel.writeAndFlush(output, promise: nil)
            return promise.futureResult
        }

        func received(_ reply: Reply) {
            guard promise != nil else { return }
            replies.append(reply)
            guard replies.count == due else { return }
            let all = replies
            finish { $0.succeed(all) }
        }

        func ended(_ reason: String) {
            channel?.close(promise: nil)
            finish { $0.fail(SurveyError(message: "Redis broke off: \(reason)")) }
        }

        private func finish(_ tell: (EventLoopPromise<[Reply]>) -> Void) {
            timer?.cancel()
            timer = nil
            replies = []
            guard let promise else { return }
            self.promise = nil
            tell(promise)
        }
    }
}
