/// Which Redis riffle uses, as given on the command line or in the configuration.
package enum RedisTarget: Sendable, Equatable, CustomStringConvertible {
    case none
    /// A private server that riffle starts and ends.
    case embedded
    case server(RedisServer)

    /// Never tells a user name or password.
    package var description: String {
        switch self {
        case .none: "none"
        case .embedded: "embedded"
        case .server(let server): server.description
        }
    }
}

/// Where a Redis listens and how to log in.
package struct RedisServer: Sendable, Equatable, CustomStringConvertible {
    package enum Endpoint: Sendable, Equatable {
        case tcp(host: String, port: Int)
        case unix(path: String)
    }

    package var endpoint: Endpoint
    package var usesTLS = false
    /// PEM file with the authorities that may sign for the server; nil for the system's.
    package var authoritiesFile: String?
    package var credential: RedisCredential?
    package var database = 0

    package init(endpoint: Endpoint) { self.endpoint = endpoint }

    package var description: String {
        switch endpoint {
        case .tcp(let host, let port):
            let name = host.contains(":") ? "[\(host)]" : host
            return "\(usesTLS ? "rediss" : "redis")://\(name):\(port)/\(database)"
        case .unix(let path):
            return "redis+unix://\(path)" + (database == 0 ? "" : "?db=\(database)")
        }
    }
}

/// User and password; neither description nor mirror shows them.
package struct RedisCredential: Sendable, Equatable, CustomStringConvertible, CustomReflectable {
    let user: String?
    let password: String

    package var description: String { "(hidden)" }
    package var customMirror: Mirror { Mirror(self, children: [:]) }
}

/// What is wrong with a Redis target; it never quotes what may hold a password.
package struct RedisTargetError: Error, Sendable, Equatable, CustomStringConvertible {
    package let message: String
    package var description: String { message }
}
