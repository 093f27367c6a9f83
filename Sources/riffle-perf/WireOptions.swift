import ArgumentParser
import Foundation
import RiffleBench

/// How every command that makes load speaks to its servers: protocol, trust, fields, users.
struct WireOptions: ParsableArguments {
    @Option(name: [.customShort("H"), .long], help: "A request header 'Name: value'. Repeatable, never shown.")
    var header: [String] = []

    @Option(help: "File with one header on each line (for credentials).")
    var headerFile: String?

    @Option(help: "File with a user on each line: NAME:PASSWORD or a header. Connections take turns with them.")
    var users: String?

    @Option(help: "A user as NAME:PASSWORD or a header; with {n}, as many as --user-count.")
    var user: String?

    @Option(help: "How many users --user stands for.")
    var userCount = 1

    @Option(help: "HTTP version: 1.1, or 2 (over TLS, or with prior knowledge).")
    var http = RequestSet.Version.http1

    @Option(help: "Believe the certificates in this PEM file.")
    var ca: String?

    @Flag(help: "Believe any certificate.")
    var insecure = false

    func validate() throws {
        guard users == nil || user == nil else { throw ValidationError("--users or --user, not both") }
    }

    func headers() throws -> [String] {
        let fromFile = try headerFile.map { file in
            try String(contentsOfFile: file, encoding: .utf8).split(whereSeparator: \.isNewline).map(String.init)
        }
        return header + (fromFile ?? [])
    }

    private func userFields() throws -> [[String]] {
        if let users { return try Users.lines(String(contentsOfFile: users, encoding: .utf8)) }
        if let user { return try Users.pattern(user, count: userCount) }
        return [[]]
    }

    /// What one user sends: for discovery, which is nobody's session.
    func headersOfOne() throws -> [String] { try headers() + (userFields().first ?? []) }

    func requestSet(_ target: Target, headers: [String], body: [UInt8] = []) throws -> RequestSet {
        try RequestSet(
            authority: target.authority, headers: headers, users: userFields(), body: body, version: http,
            secure: target.secure)
    }

    /// Nil where the target is plain.
    func tls(_ target: Target, version: RequestSet.Version? = nil) throws -> TLSContext? {
        guard target.secure else { return nil }
        let trust: TLSContext.Trust = insecure ? .anyone : ca.map { .authority(file: $0) } ?? .system
        return try TLSContext(host: target.bareHost, trust: trust, version: version ?? http)
    }
}

extension RequestSet.Version: ExpressibleByArgument {}
