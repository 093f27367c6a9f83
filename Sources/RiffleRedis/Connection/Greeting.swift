/// What a new connection says first: log in, choose the database, teach the scripts, and prove that the server answers.
enum Greeting {
    static func commands(for server: RedisServer, scripts: [Script] = []) -> [Command] {
        var commands: [Command] = []
        if let credential = server.credential {
            var login = Command("AUTH")
            if let user = credential.user { login.append(user) }
            login.append(credential.password)
            commands.append(login)
        }
        if server.database != 0 { commands.append(Command("SELECT", String(server.database))) }
        for script in scripts { commands.append(Command("SCRIPT", "LOAD", script.source)) }
        commands.append(Command("PING"))
        return commands
    }

    /// What is wrong with one of the answers; nil when all is well.
    static func complaint(_ reply: Reply) -> String? {
        switch reply {
        case .status, .bytes: nil
        case .error(let message): message
        default: "an unexpected answer to the greeting"
        }
    }
}
