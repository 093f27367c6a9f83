import Testing

@testable import RiffleListings

/// The JSON that every listing in JSON is read with.
@Suite struct JSONReaderTests {
    /// One of everything, on the outside an object.
    static let everything = """
         { "a": [1, -2.5e+3, 0, {"b": [], "c": {}}, [[]], true, false, null],\r\n\t"key \\u00e9\\"": "text \\\\ \\ud83d\\ude00 é",
         "": "", "long": "a text of more than sixteen bytes, so that words are scanned" } \n
        """

    static func skip(_ text: some Collection<UInt8>) -> Result<Range<Int>, JSONReader.Failure> {
        Array(text).withUnsafeBytes { bytes in
            var reader = JSONReader(bytes)
            do throws(JSONReader.Failure) {
                let range = try reader.skipValue()
                try reader.expectEnd()
                return .success(range)
            } catch {
                return .failure(error)
            }
        }
    }

    @Test(
        "what RFC 8259 calls JSON is taken whole",
        arguments: [
            everything, "1", "-0", "0.5", "1E9", "\"\"", "null", " true ", "[]", "{}", "[[],{}]", #"{"a":1,"a":2}"#,
            "\u{FEFF}[1]", #"["\u0000"]"#, #""\ud83d""#,
        ])
    func valid(text: String) throws {
        #expect(throws: Never.self) { try Self.skip(text.utf8).get() }
    }

    @Test(
        "what it does not call so is malformed",
        arguments: [
            "[1,]", "[,1]", "{\"a\":1,}", "{,}", "{a:1}", "{\"a\" 1}", "{\"a\":}", "{1:2}", "[1 2]", "[1}", "{\"a\":1]",
            "01", "-a", "1.a", "1.5ea", ".5", "+1", "tru", "nul1", "True", "'a'", "\"a\nb\"", "\"a\tb\"", "\"\\x\"",
            "\"\\u00g0\"", "[] []", "[]]", "NaN", "/**/1", "]", ",", "[\u{0B}1]", "1e",
        ])
    func invalid(text: String) {
        guard case .failure(let failure) = Self.skip(text.utf8) else {
            Issue.record("taken")
            return
        }
        #expect(failure == (["tru", "1e"].contains(text) ? .incomplete : .malformed))
    }

    @Test("a body cut anywhere is incomplete")
    func cut() {
        let whole = Array(Self.everything.utf8)
        let end = whole.lastIndex(of: UInt8(ascii: "}")) ?? 0
        for length in 0..<end {
            #expect(Self.skip(whole[..<length]) == .failure(.incomplete), "cut at \(length)")
        }
    }

    @Test("a skipped value is told by its bytes")
    func range() throws {
        let text = Array(" [1, {\"a\": \"b\"}] ".utf8)
        let range = try Self.skip(text).get()
        #expect(String(decoding: text[range], as: UTF8.self) == "[1, {\"a\": \"b\"}]")
    }

    @Test("values nest as deep as the limit and no deeper")
    func depth() {
        func nested(_ depth: Int) -> Result<Range<Int>, JSONReader.Failure> {
            Self.skip(
                (String(repeating: "[{\"a\":", count: depth / 2) + "1" + String(repeating: "}]", count: depth / 2)).utf8
            )
        }
        #expect(throws: Never.self) { try nested(JSONReader.depthLimit).get() }
        #expect(nested(JSONReader.depthLimit + 2) == .failure(.tooDeep))
        #expect(Self.skip([UInt8](repeating: UInt8(ascii: "["), count: 1 << 20)) == .failure(.tooDeep))
    }

    @Test("objects and arrays are walked member by member, and what is not wanted is skipped")
    func walk() throws {
        let body = Array(
            #"{"skip":{"x":[1,{"y":"]}"}]},"rows":[{"n":"a\u002fb","s":12},{"s":-7,"n":null}],"end":true}"#.utf8)
        var seen: [String] = []
        try body.withUnsafeBytes { bytes in
            var reader = JSONReader(bytes)
            try reader.enterObject()
            while let key = try reader.nextKey() {
                if reader.isText(key, "rows") {
                    try reader.enterArray()
                    while try reader.nextElement() {
                        try reader.enterObject()
                        while let key = try reader.nextKey() {
                            if reader.isText(key, "n") {
                                let text = try reader.readStringOrNull()
                                seen.append(String(decoding: text.flatMap { reader.decoded($0) } ?? [], as: UTF8.self))
                            } else {
                                seen.append("\(try reader.readInteger() ?? 0)")
                            }
                        }
                    }
                } else if try reader.kind() == .bool {
                    seen.append("\(try reader.readBool())")
                } else {
                    try reader.skipValue()
                }
            }
            try reader.expectEnd()
        }
        #expect(seen == ["a/b", "12", "-7", "", "true"])
    }

    @Test("a member walk refuses what a skip refuses", arguments: ["[1,]", "[,1]", "[1 2]", "[1", "[1,", "["])
    func strictWalk(text: String) {
        #expect(throws: JSONReader.Failure.self) {
            try Array(text.utf8).withUnsafeBytes { bytes in
                var reader = JSONReader(bytes)
                try reader.enterArray()
                while try reader.nextElement() { try reader.skipValue() }
                try reader.expectEnd()
            }
        }
    }

    @Test(
        "escapes become the characters they name, and half a character none",
        arguments: [
            (#"a\"\\\/\b\f\n\r\tz"#, "a\"\\/\u{8}\u{C}\n\r\tz"), (#"\u00e9\u20AC"#, "é€"), (#"x\ud83d\ude00y"#, "x😀y"),
            ("plain é", "plain é"), (#"\ud83d"#, nil), (#"\ud83dx\ude00"#, nil), (#"\ude00"#, nil),
            (#"\ud83d\u0041"#, nil),
        ] as [(String, String?)])
    func escapes(spelled: String, meant: String?) throws {
        let body = Array("\"\(spelled)\"".utf8)
        let decoded = try body.withUnsafeBytes { bytes in
            var reader = JSONReader(bytes)
            let text = try reader.readString()
            return reader.decoded(text)
        }
        #expect(decoded == meant.map { Array($0.utf8) })
    }

    @Test("a key is the same key however it is spelled")
    func keys() throws {
        let body = Array(#"["name","n\u0061me","nam","name ","n\ud800me"]"#.utf8)
        var matches: [Bool] = []
        try body.withUnsafeBytes { bytes in
            var reader = JSONReader(bytes)
            try reader.enterArray()
            while try reader.nextElement() { matches.append(reader.isText(try reader.readString(), "name")) }
        }
        #expect(matches == [true, true, false, false, false])
    }

    @Test(
        "integers are read exactly or not at all",
        arguments: [
            ("0", 0), ("-12", -12), ("9223372036854775807", .max), ("-9223372036854775808", .min),
            ("9223372036854775808", nil), ("1.0", nil), ("1e3", nil),
        ] as [(String, Int64?)])
    func integers(text: String, value: Int64?) throws {
        let read = try Array(text.utf8).withUnsafeBytes { bytes in
            var reader = JSONReader(bytes)
            return try reader.readInteger()
        }
        #expect(read == value)
    }

    @Test(
        "damage never crashes and never makes text behind the value part of it",
        arguments: 1...20 as ClosedRange<UInt64>)
    func damage(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let whole = Array(Self.everything.utf8)
        for _ in 0..<500 {
            var body = whole
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                body[Int.random(in: 0..<body.count, using: &random)] = .random(in: 0...255, using: &random)
            }
            guard case .success(let range) = Self.skip(body) else { continue }
            #expect(body[range.upperBound...].allSatisfy { [0x20, 0x0A, 0x0D, 0x09].contains($0) }, "seed \(seed)")
        }
    }
}
