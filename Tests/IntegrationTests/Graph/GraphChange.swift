import Foundation
import NIOCore
import Testing

/// One change of a drive. `{a/one.txt}` in target and body stands for the id of what lies there.
struct GraphChange: Sendable, CustomTestStringConvertible {
    let name: String
    let method: String
    let target: String
    var fields: [String: String] = [:]
    var body = ""
    let status: Int

    var testDescription: String { name }

    func send(_ probe: Probe, _ drive: GraphDrive) async throws -> Answer {
        var fields = fields
        if !body.isEmpty, fields["Content-Type"] == nil { fields["Content-Type"] = "application/json" }
        return try await probe.send(method, drive.filled(target), fields, body: drive.filled(body))
    }

    private static func rename(_ target: String, _ name: String) -> GraphChange {
        GraphChange(
            name: "rename of \(target)", method: "PATCH", target: target, body: #"{"name":"\#(name)"}"#, status: 200)
    }

    private static func move(_ target: String, _ body: String) -> GraphChange {
        GraphChange(name: "move of \(target)", method: "PATCH", target: target, body: body, status: 200)
    }

    private static func folder(_ target: String) -> GraphChange {
        GraphChange(
            name: "folder in \(target)", method: "POST", target: target + "/children",
            body: #"{"name":"made","folder":{}}"#, status: 201)
    }

    private static func upload(_ target: String, _ status: Int) -> GraphChange {
        GraphChange(
            name: "upload to \(target)", method: "PUT", target: target + "/content",
            fields: ["Content-Type": "text/plain"], body: "some more contents", status: status)
    }

    private static func removal(_ target: String) -> GraphChange {
        GraphChange(name: "removal of \(target)", method: "DELETE", target: target, status: 204)
    }

    private static func sharing(_ target: String, _ action: String, _ status: Int) -> GraphChange {
        GraphChange(
            name: "\(action) of \(target)", method: "POST", target: "\(target)/\(action)",
            body: #"{"type":"view","scope":"organization","roles":["read"],"recipients":[]}"#, status: status)
    }

    private static let drive = "/v1.0/drives/b!slow-origin"
    private static let me = "/v1.0/me/drive"

    static let all: [GraphChange] = [
        folder("\(drive)/items/{a}"), folder("\(me)/root:/a:"), folder("\(me)/root"), folder("\(drive)/items/{c}"),
        folder("\(drive)/items/root%3A%2Fa%2Fdeep%3A"), folder("\(me)/items/{a}:/deep:"),
        upload("\(me)/root:/a/new.txt:", 201), upload("\(drive)/items/{a/one.txt}", 200),
        upload("\(drive)/items/{a}:/deep/new%20file.txt:", 201), upload("\(drive)/items/{a}/children/four.txt", 201),
        upload("\(me)/root:/c/first.txt:", 201), upload("/beta/me/drive/root:/A/ONE.TXT:", 200),
        rename("\(drive)/items/{a/one.txt}", "eins.txt"), rename("\(me)/root:/a/one.txt:", "eins.txt"),
        rename("\(drive)/items/{a}", "z"), rename("\(me)/root:/a:", "A"), rename("\(drive)/items/{c}", "cc"),
        move("\(drive)/items/{a/one.txt}", #"{"parentReference":{"id":"{b}"}}"#),
        move("\(me)/root:/a/deep:", #"{"parentReference":{"id":"{b}"},"name":"moved"}"#),
        move("\(drive)/items/{a}", #"{"parentReference":{"path":"/drives/b!slow-origin/root:/b"}}"#),
        move("\(drive)/items/{c}", #"{"parentReference":{"id":"{a/deep}"}}"#),
        removal("\(drive)/items/{a/one.txt}"), removal("\(me)/root:/a/one.txt"), removal("\(drive)/items/{a}"),
        removal("\(me)/root:/a:"), removal("\(drive)/items/{c}"),
        GraphChange(
            name: "permanent removal", method: "POST", target: "\(drive)/items/{a}/permanentDelete", status: 204),
        sharing("\(drive)/items/{a/one.txt}", "createLink", 201), sharing("\(me)/root:/a:", "invite", 200),
        sharing("\(drive)/items/{a/deep}", "microsoft.graph.invite", 200),
        GraphChange(
            name: "batch of two", method: "POST", target: "/v1.0/$batch",
            body: """
                {"requests":[{"id":"1","method":"POST","url":"/me/drive/root:/a:/children","body":{"name":"n","folder":{}}},\
                {"id":"2","method":"DELETE","url":"/drives/b!slow-origin/items/{b/four.txt}"}]}
                """, status: 200),
        GraphChange(
            name: "batch of creations", method: "POST", target: "/v1.0/$batch",
            body: """
                {"requests":[{"id":"x","method":"POST","url":"me/drive/items/{a}/children","body":{"name":"n","folder":{}}},\
                {"id":"y","method":"POST","url":"/me/drive/root/children","body":{"name":"m","folder":{}}}]}
                """, status: 200),
    ]
}

/// What a test knows of the drive that the origin serves: its folders and the ids of all items.
struct GraphDrive: Sendable {
    /// Nothing expires while a test goes on, however slow the machine.
    static let longLives = ["cache.defaultTTL": "30m", "cache.vouchTTL": "30m"]

    let folders: [String]
    let ids: [String: String]

    /// Walks the whole drive at the origin.
    static func read(_ origin: Probe) async throws -> GraphDrive {
        var folders = [""]
        var ids: [String: String] = [:]
        var next = 0
        while next < folders.count {
            let folder = folders[next]
            next += 1
            let answer = try await origin.send("GET", byPath(folder))
            guard let page = try? JSONDecoder().decode(Page.self, from: Data(answer.body.readableBytesView)) else {
                continue
            }
            for item in page.value {
                let path = folder.isEmpty ? item.name : "\(folder)/\(item.name)"
                ids[path] = item.id
                if item.folder != nil { folders.append(path) }
            }
        }
        return GraphDrive(folders: folders, ids: ids)
    }

    /// Asks for `a` until a healthy feed gives its listing a long life.
    static func cover(_ riffle: Riffle, by name: [String: String] = [:]) async throws {
        let afresh = name.merging(["Cache-Control": "no-cache"]) { $1 }
        _ = try await riffle.probe.send("GET", byPath("b"), afresh)
        try await eventually("listings live long") {
            let answer = try await riffle.probe.send("GET", byPath("a"), afresh)
            return (answer.cache?.ttl ?? 0) > 300
        }
    }

    /// Uploads a file into `a` at the origin, behind riffle's back.
    static func write(_ origin: SlowOriginProcess, _ name: String) async throws {
        let answer = try await origin.probe.send("PUT", "/v1.0/me/drive/root:/a/\(name):/content", body: "x")
        #expect(answer.status == 201)
    }

    private struct Page: Decodable {
        struct Item: Decodable {
            struct Folder: Decodable {}
            let id: String
            let name: String
            let folder: Folder?
        }
        let value: [Item]
    }

    func filled(_ text: String) -> String {
        var text = text
        for (path, id) in ids { text = text.replacing("{\(path)}", with: id) }
        return text
    }

    static func byPath(_ folder: String, _ drive: String = "/v1.0/me/drive") -> String {
        guard !folder.isEmpty else { return "\(drive)/root/children" }
        let path = folder.addingPercentEncoding(withAllowedCharacters: .urlPathAllowed) ?? folder
        return "\(drive)/root:/\(path):/children"
    }

    /// Many ways to list every folder.
    var listings: [String] {
        folders.flatMap { folder -> [String] in
            var forms = [Self.byPath(folder), Self.byPath(folder, "/v1.0/drives/b!slow-origin")]
            forms.append(Self.byPath(folder) + "?$select=name,size")
            if let id = ids[folder] {
                forms += [
                    "/v1.0/drives/b!slow-origin/items/\(id)/children", "/v1.0/me/drive/items/\(id)/children?$top=50",
                    "/beta/me/drive/items/\(id)/children?$select=id", "/v1.0/me/drive/items/\(id)?$expand=children",
                ]
            } else {
                forms += [
                    "/v1.0/drives('b!slow-origin')/items('root')/children", "/beta/me/drive/root?$expand=children",
                ]
            }
            return forms
        }
    }
}
