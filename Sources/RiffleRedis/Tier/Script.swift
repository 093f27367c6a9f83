import COpenSSL

/// A Lua script, called by its digest and sent whole only when the server does not know it. Each touches one hash slot.
struct Script: Sendable {
    let source: String
    let digest: String

    init(_ source: String) {
        self.source = source
        var raw = [UInt8](repeating: 0, count: Int(SHA_DIGEST_LENGTH))
        let bytes = Array(source.utf8)
        _ = SHA1(bytes, bytes.count, &raw)
        digest = raw.map { byte in
            let text = String(byte, radix: 16)
            return text.count == 1 ? "0" + text : text
        }.joined()
    }

    func call(bySource: Bool, keys: [String], _ arguments: [[UInt8]]) -> Command {
        var command = bySource ? Command("EVAL", source) : Command("EVALSHA", digest)
        command.append(String(keys.count))
        for key in keys { command.append(key) }
        for argument in arguments { command.append(argument) }
        return command
    }
}

extension Script {
    static let all = [lease, store, release, fence, log]

    /// Microseconds of the server as a whole number in text: a Lua number would print as 1.7e+15.
    private static let now = "local t=redis.call('TIME') local now=string.format('%.0f',t[1]*1000000+t[2]) "

    /// KEYS: g, l. ARGV: token, lease ms, ms g lives, random part. A missing g is made anew, unlike any before, so that
    /// whatever was stored under the lost one stays void.
    static let lease = Script(
        now + """
            if not redis.call('SET',KEYS[2],ARGV[1],'NX','PX',ARGV[2]) then return false end \
            local g=redis.call('GET',KEYS[1]) \
            if not g then g=now..'-'..ARGV[4]..'.0' redis.call('SET',KEYS[1],g,'PX',ARGV[3]) \
            else redis.call('PEXPIRE',KEYS[1],ARGV[3]) end \
            return {g,now}
            """)

    /// KEYS: g, e, l. ARGV: g as leased, sealed entry, its ms, token, ms g lives.
    static let store = Script(
        """
        if redis.call('GET',KEYS[3])==ARGV[4] then redis.call('DEL',KEYS[3]) end \
        if redis.call('GET',KEYS[1])~=ARGV[1] then return 0 end \
        redis.call('SET',KEYS[2],ARGV[2],'PX',ARGV[3]) \
        redis.call('PEXPIRE',KEYS[1],ARGV[5]) return 1
        """)

    /// KEYS: l. ARGV: token.
    static let release = Script(
        "if redis.call('GET',KEYS[1])==ARGV[1] then return redis.call('DEL',KEYS[1]) end return 0")

    /// KEYS: g. ARGV: a new fence, ms g lives. Without g nothing in flight can be stored anyway.
    static let fence = Script(
        """
        local g=redis.call('GET',KEYS[1]) if not g then return 0 end \
        redis.call('SET',KEYS[1],string.match(g,'^[^.]*')..'.'..ARGV[1],'PX',ARGV[2]) return 1
        """)

    /// KEYS: the log. ARGV: µs it reaches back, most members, then the members that changed now; with none it is only
    /// read. Answers now and the whole log as member, score, … (only now when members were given). `#` marks when the
    /// log began: a log that was lost begins anew, which voids all that was stored before.
    static let log = Script(
        now + """
            local k=KEYS[1] local oldest=string.format('%.0f',tonumber(now)-tonumber(ARGV[1])) \
            if not redis.call('ZSCORE',k,'#') then redis.call('ZADD',k,now,'#') end \
            for i=3,#ARGV do redis.call('ZADD',k,now,ARGV[i]) end \
            redis.call('ZREMRANGEBYSCORE',k,'-inf','('..oldest) \
            if not redis.call('ZSCORE',k,'#') then redis.call('ZADD',k,oldest,'#') end \
            if redis.call('ZCARD',k)>tonumber(ARGV[2]) then \
            redis.call('DEL',k) redis.call('ZADD',k,now,'#',now,'*') end \
            if #ARGV>2 then return {now} end \
            local r={now} local all=redis.call('ZRANGE',k,0,-1,'WITHSCORES') \
            for i=1,#all,2 do r[#r+1]=all[i] r[#r+1]=string.format('%.0f',tonumber(all[i+1])) end return r
            """)
}
