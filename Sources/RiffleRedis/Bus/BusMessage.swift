import NIOCore
import RiffleCache

/// What one riffle tells all others of an origin.
struct BusMessage: Equatable {
    /// Changes in one message; a write that changes more voids everything.
    static let maximumChanges = 4_096
    private static let version: UInt8 = 1

    var node: UInt64
    var id: UInt64
    /// When Redis logged the subtree changes, in its microseconds.
    var time: UInt64
    var changes: [FolderChange]

    func encode() -> [UInt8] {
        var output = ByteBuffer()
        output.writeInteger(Self.version)
        for number in [node, id, time] { output.writeInteger(number) }
        output.writeInteger(UInt32(changes.count))
        for change in changes {
            let (kind, hash): (UInt8, Hash128) =
                switch change {
                case .folder(let folder): (1, folder.hash)
                case .subtree(let folder): (2, folder.hash)
                case .everything: (3, Hash128(high: 0, low: 0))
                }
            output.writeInteger(kind)
            output.writeInteger(hash.high)
            output.writeInteger(hash.low)
        }
        return Array(output.readableBytesView)
    }

    static func decode(_ bytes: [UInt8]) -> BusMessage? {
        var input = ByteBuffer(bytes: bytes)
        guard input.readInteger(as: UInt8.self) == version, let node = input.readInteger(as: UInt64.self),
            let id = input.readInteger(as: UInt64.self), let time = input.readInteger(as: UInt64.self),
            let count = input.readInteger(as: UInt32.self), count <= maximumChanges,
            input.readableBytes == Int(count) * 17
        else { return nil }
        var changes: [FolderChange] = []
        for _ in 0..<count {
            guard let kind = input.readInteger(as: UInt8.self), let high = input.readInteger(as: UInt64.self),
                let low = input.readInteger(as: UInt64.self)
            else { return nil }
            let folder = FolderID(Hash128(high: high, low: low))
            switch kind {
            case 1: changes.append(.folder(folder))
            case 2: changes.append(.subtree(folder))
            case 3: changes.append(.everything)
            default: return nil
            }
        }
        return BusMessage(node: node, id: id, time: time, changes: changes)
    }
}
