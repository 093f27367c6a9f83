import ArgumentParser
import Foundation
import RiffleBench

/// How every command that makes load speaks to its servers: protocol, trust, fields, users.
struct WireOptions: ParsableArguments {
    @Option(name: [.customShort("H"), .long], help: "A request header 'Name: value'. Repeatable, never shown.")
    var header: [String] = []

    @Option(help: "File with one header on each line (for credentials).")
    var headerFile: String?

    @Option(help: "File with a user on each line: NAME:PASSWORD or a header.")
    var users: String?

    @Option(help: "A user as NAME:PASSWORD or a header; with {n}, as many as --user-count.")
    var user: String?

    @Option(help: "How many users --user stands for.")
    var userCount = 1

    @Option(help: "Who asks: connection (each is one user's), round-robin (request by request) or zipf:S.")
    var userOrder = "connection"

    @Option(help: "HTTP version: 1.1, or 2 (over TLS, or with prior knowledge).")
    var http = RequestSet.Version.http1

    @Option(help: "With --http 2, requests under way at once on each connection.")
    var streams = 1

    @Option(help: "Believe the certificates in this PEM file.")
    var ca: String?

    @Flag(help: "Believe any certificate.")
    var insecure = false

    func validate() throws {
        guard users == nil || user == nil else { throw ValidationError("--users or --user, not both") }
        guard UserOrder(userOrder) != nil else {
            throw ValidationError("--user-order is connection, round-robin or zipf:S")
        }
        guard (1...LoadPlan.maxStreams).contains(streams), streams == 1 || http == .http2 else {
            throw ValidationError("--streams is 1 to \(LoadPlan.maxStreams), and takes --http 2")
        }
    }

    /// Sets what a plan takes from here.
    func apply(to plan: inout LoadPlan, _ target: Target) throws {
        plan.tls = try tls(target)
        plan.streams = streams
        plan.users = UserOrder(userOrder) ?? .connection
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
