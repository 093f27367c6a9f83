import Testing

@testable import RiffleHTTP2

/// The examples of RFC 7541 appendix C.
@Suite("Header blocks of RFC 7541, appendix C")
struct HPACKExampleTests {
    struct Story: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let blocks: [(String, [String])]
        var table = DynamicTable.defaultLimit
    }

    private static let requests = [
        [":method: GET", ":scheme: http", ":path: /", ":authority: www.example.com"],
        [":method: GET", ":scheme: http", ":path: /", ":authority: www.example.com", "cache-control: no-cache"],
        [
            ":method: GET", ":scheme: https", ":path: /index.html", ":authority: www.example.com",
            "custom-key: custom-value",
        ],
    ]

    private static let cookie = "set-cookie: foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1"

    private static let responses = [
        [
            ":status: 302", "cache-control: private", "date: Mon, 21 Oct 2013 20:13:21 GMT",
            "location: https://www.example.com",
        ],
        [
            ":status: 307", "cache-control: private", "date: Mon, 21 Oct 2013 20:13:21 GMT",
            "location: https://www.example.com",
        ],
        [
            ":status: 200", "cache-control: private", "date: Mon, 21 Oct 2013 20:13:22 GMT",
            "location: https://www.example.com", "content-encoding: gzip", cookie,
        ],
    ]

    @Test(
        "are read as they are meant",
        arguments: [
            Story(
                testDescription: "C.2.1 literal to be remembered",
                blocks: [
                    ("400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572", ["custom-key: custom-header"])
                ]),
            Story(
                testDescription: "C.2.2 literal without indexing",
                blocks: [("040c 2f73 616d 706c 652f 7061 7468", [":path: /sample/path"])]),
            Story(
                testDescription: "C.2.3 literal never indexed",
                blocks: [("1008 7061 7373 776f 7264 0673 6563 7265 74", ["password: secret"])]),
            Story(testDescription: "C.2.4 indexed", blocks: [("82", [":method: GET"])]),
            Story(
                testDescription: "C.3 requests",
                blocks: [
                    ("8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d", requests[0]),
                    ("8286 84be 5808 6e6f 2d63 6163 6865", requests[1]),
                    ("8287 85bf 400a 6375 7374 6f6d 2d6b 6579 0c63 7573 746f 6d2d 7661 6c75 65", requests[2]),
                ]),
            Story(
                testDescription: "C.4 requests in Huffman code",
                blocks: [
                    ("8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff", requests[0]),
                    ("8286 84be 5886 a8eb 1064 9cbf", requests[1]),
                    ("8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf", requests[2]),
                ]),
            Story(
                testDescription: "C.5 responses, with eviction",
                blocks: [
                    (
                        """
                        4803 3330 3258 0770 7269 7661 7465 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133
                        2032 303a 3133 3a32 3120 474d 546e 1768 7474 7073 3a2f 2f77 7777 2e65 7861 6d70
                        6c65 2e63 6f6d
                        """, responses[0]
                    ),
                    ("4803 3330 37c1 c0bf", responses[1]),
                    (
                        """
                        88c1 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3220 474d
                        54c0 5a04 677a 6970 7738 666f 6f3d 4153 444a 4b48 514b 425a 584f 5157 454f 5049
                        5541 5851 5745 4f49 553b 206d 6178 2d61 6765 3d33 3630 303b 2076 6572 7369 6f6e
                        3d31
                        """, responses[2]
                    ),
                ], table: 256),
            Story(
                testDescription: "C.6 responses in Huffman code, with eviction",
                blocks: [
                    (
                        """
                        4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6
                        2d1b ff6e 919d 29ad 1718 63c7 8f0b 97c8 e9ae 82ae 43d3
                        """, responses[0]
                    ),
                    ("4883 640e ffc1 c0bf", responses[1]),
                    (
                        """
                        88c1 6196 d07a be94 1054 d444 a820 0595 040b 8166 e084 a62d 1bff c05a 839b d9ab
                        77ad 94e7 821d d7f2 e6c7 b335 dfdf cd5b 3960 d5af 2708 7f36 72c1 ab27 0fb5 291f
                        9587 3160 65c0 03ed 4ee5 b106 3d50 07
                        """, responses[2]
                    ),
                ], table: 256),
        ])
    func examples(_ story: Story) {
        var decoder = HPACKDecoder()
        // The examples with eviction have a table of 256 bytes, which a block may ask for.
        if story.table == 256 { #expect(decoder.lines(hex("3f e1 01")) == []) }
        for (block, lines) in story.blocks { #expect(decoder.lines(hex(block)) == lines) }
    }

    struct Broken: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let block: String
        var code = ErrorCode.compressionError
    }

    @Test(
        "broken ones are refused",
        arguments: [
            Broken(testDescription: "index 0", block: "80"),
            Broken(testDescription: "index beyond the tables", block: "be"),
            Broken(testDescription: "name beyond the tables", block: "7e 01 61"),
            Broken(testDescription: "integer without its end", block: "ff"),
            Broken(testDescription: "integer without bound", block: "ff ff ff ff ff ff ff 01"),
            Broken(testDescription: "string longer than the block", block: "40 01"),
            Broken(testDescription: "value missing", block: "40 01 61"),
            Broken(testDescription: "table larger than allowed", block: "3f e2 1f"),
            Broken(testDescription: "table resized behind a field", block: "82 20"),
            Broken(testDescription: "a byte of padding", block: "00 85 f2 b2 4a 84 ff 84 49 50 9f ff"),
            Broken(testDescription: "padding of zeros", block: "00 85 f2 b2 4a 84 ff 83 49 50 90"),
            Broken(
                testDescription: "end of string in a string", block: "00 85 f2 b2 4a 84 ff 88 49 51 ff ff ff fa 7f ff"),
        ])
    func broken(_ given: Broken) {
        var decoder = HPACKDecoder()
        #expect(decoder.lines(hex(given.block)) == ["\(given.code)"])
    }

    @Test("a list beyond its limit is cut short, and what it brought is remembered all the same")
    func tooLarge() {
        let list = FieldList(limit: 1_000)
        var decoder = HPACKDecoder()
        let field = hex("40 01 61 01 62")
        #expect(decoder.lines(Array(repeatElement(field, count: 40).joined()), into: list).count == 29)
        #expect(list.isTooLarge)
        #expect(decoder.lines(hex("be"), into: list) == ["a: b"])
        #expect(!list.isTooLarge)
    }

    @Test("a field larger than any list ends the connection")
    func fieldTooLarge() {
        let list = FieldList(limit: 100)
        var decoder = HPACKDecoder()
        #expect(
            decoder.lines(hex("00 01 61 7f 80 02") + [UInt8](repeating: 0x62, count: 383), into: list) == [
                "enhanceYourCalm"
            ])
    }

    @Test("a few bytes that unfold to many times what a list may hold end the connection")
    func bomb() {
        let list = FieldList(limit: 8_000)
        var decoder = HPACKDecoder()
        // Remembers a field of 4,000 bytes, then names it again and again.
        let remembered = hex("40 01 61 7f a1 1e") + [UInt8](repeating: 0x62, count: 4_000)
        #expect(decoder.lines(remembered + [UInt8](repeating: 0xBE, count: 9), into: list).count == 1)
        #expect(list.isTooLarge)
        #expect(decoder.lines([UInt8](repeating: 0xBE, count: 99), into: list) == ["enhanceYourCalm"])
    }
}
