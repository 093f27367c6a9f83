/// What Graph posts to a subscriber.
package struct GraphNotifications: Sendable, Equatable {
    private static let limit = 1_000

    private var clientStates: [[UInt8]] = []
    /// Subscriptions that must be renewed at once, or made anew where that fails because they are gone.
    package private(set) var renewals: [String] = []

    /// Nil when it is none.
    package init?(_ body: [UInt8]) {
        let read = body.withUnsafeBytes { bytes -> GraphNotifications? in
            var reader = JSONReader(bytes)
            return try? GraphNotifications(&reader)
        }
        guard let read, !read.clientStates.isEmpty else { return nil }
        self = read
    }

    private init(_ reader: inout JSONReader) throws(JSONReader.Failure) {
        try reader.enterObject()
        while let key = try reader.nextKey() {
            guard reader.isText(key, "value") else {
                try reader.skipValue()
                continue
            }
            try reader.enterArray()
            while try reader.nextElement() {
                guard clientStates.count < Self.limit else { throw .malformed }
                try readOne(&reader)
            }
        }
        try reader.expectEnd()
    }

    private mutating func readOne(_ reader: inout JSONReader) throws(JSONReader.Failure) {
        var state: [UInt8] = []
        var id: [UInt8]?
        var isRenewal = false
        try reader.enterObject()
        while let key = try reader.nextKey() {
            if reader.isText(key, "clientState") {
                state = try reader.textOrSkip().flatMap { reader.decoded($0) } ?? []
            } else if reader.isText(key, "subscriptionId") {
                id = try reader.textOrSkip().flatMap { reader.decoded($0) }
            } else if reader.isText(key, "lifecycleEvent") {
                isRenewal =
                    try reader.textOrSkip().map {
                        reader.isText($0, "reauthorizationRequired") || reader.isText($0, "subscriptionRemoved")
                    } ?? false
            } else {
                try reader.skipValue()
            }
        }
        clientStates.append(state)
        if isRenewal, let id { renewals.append(String(decoding: id, as: UTF8.self)) }
    }

    /// Whether all of it comes from one who knows the client state. Takes as long for a wrong one as for a right one.
    package func rings(for clientState: String) -> Bool {
        let expected = Array(clientState.utf8)
        return clientStates.allSatisfy { state in
            var difference = state.count ^ expected.count
            for index in expected.indices {
                difference |= Int(expected[index] ^ (index < state.count ? state[index] : 0))
            }
            return difference == 0
        }
    }

    /// The decoded `validationToken` of a target; nil without one.
    package static func validationToken(_ target: [UInt8]) -> String? {
        let query = Array(target.drop { $0 != UInt8(ascii: "?") }.dropFirst())
        return query.withUnsafeBytes { query in
            for option in QueryOptions(query) where ASCII.equals(option.name, "validationToken") {
                var token: [UInt8] = []
                var index = 0
                while index < option.value.count {
                    var byte = option.value[index]
                    index += 1
                    if byte == UInt8(ascii: "+") { byte = 0x20 }
                    if byte == UInt8(ascii: "%") {
                        guard index + 1 < option.value.count, let high = ASCII.hexValue(option.value[index]),
                            let low = ASCII.hexValue(option.value[index + 1])
                        else { return nil }
                        byte = high << 4 | low
                        index += 2
                    }
                    token.append(byte)
                }
                return String(validating: token, as: UTF8.self)
            }
            return nil
        }
    }
}

extension Dialect {
    /// The folder below which a drive lies, as its listings' paths begin; nil for a path of no drive.
    package static func driveRoot(of path: [UInt8]) -> [UInt8]? {
        GraphAddress(path)?.drive
    }

    /// Where to ask for changes from now on; `example` is a target below the same drive.
    package static func deltaTarget(of drive: [UInt8], like example: [UInt8]) -> String? {
        guard let version = version(of: example),
            let root = GraphTarget.address(of: drive + Array("root/".utf8), version: version)
        else { return nil }
        return String(decoding: root.bytes, as: UTF8.self) + "/delta?token=latest"
    }

    package static func subscriptionsTarget(like example: [UInt8]) -> String? {
        version(of: example).map { "/" + String(decoding: $0, as: UTF8.self) + "/subscriptions" }
    }

    /// The id of a subscription that was just made or renewed.
    package static func subscriptionID(_ body: [UInt8]) -> String? {
        GraphItem.parse(body)?.id.map { String(decoding: $0, as: UTF8.self) }
    }

    private static func version(of target: [UInt8]) -> [UInt8]? {
        var scratch = GraphScratch()
        let path = Array(target.prefix { $0 != UInt8(ascii: "?") })
        guard let parsed = path.withUnsafeBytes({ GraphPath.parse($0, &scratch) }) else { return nil }
        return Array(scratch[parsed.versionIndex])
    }
}
