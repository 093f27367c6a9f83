import Testing

@testable import RiffleListings

/// What of an answer must wait until its work is known to be done.
@Suite struct AnswerTailTests {
    private static let head = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"

    /// What has gone on behind each piece.
    private static func passed(_ pieces: [String], length: Int? = nil) -> [String] {
        var tail = AnswerTail(length: length)
        var all: [UInt8] = []
        return pieces.map { piece in
            all += Array(piece.utf8)
            let held = Array(piece.utf8).withUnsafeBytes { tail.take($0) }
            return String(decoding: all.dropLast(held), as: UTF8.self)
        }
    }

    @Test("white space passes at once, in front of the document and within it")
    func space() {
        for first in ["  ", Self.head, "\n " + Self.head] {
            #expect(Self.passed([first, "  ", "\n"]) == [first, first + "  ", first + "  \n"])
        }
        let begun = Self.head + "<R><Progress>1</Progress>"
        #expect(Self.passed([begun, " ", " "]) == [begun, begun + " ", begun + "  "])
    }

    @Test("the end of the document waits, wherever its pieces are cut")
    func end() {
        let document = Self.head + " <Result><Key>a&amp;b</Key></Result>"
        let open = Self.head + " <Result><Key>a&amp;b</Key>"
        for cut in 1..<document.utf8.count {
            let index = document.utf8.index(document.startIndex, offsetBy: cut)
            let last = Self.passed([String(document[..<index]), String(document[index...]), "\n"]).last
            #expect(last == open, "\(cut)")
        }
        #expect(Self.passed(["<Result/>"]) == [""])
        #expect(Self.passed([" <Resu", "lt  /> "]) == [" ", " "])
    }

    @Test("the last byte that was announced waits, whatever the body is")
    func length() {
        #expect(Self.passed(["{\"a\":", "1}"], length: 7) == ["{\"a\":", "{\"a\":1"])
        #expect(Self.passed(["   "], length: 3) == ["  "])
        #expect(Self.passed(["no document"]) == ["no document"])
    }

    @Test("what follows a document for ever is not gathered for ever")
    func endless() {
        var tail = AnswerTail(length: nil)
        var held = Array("<R></R>".utf8).withUnsafeBytes { tail.take($0) }
        var most = held
        for _ in 0..<100 {
            held = [UInt8](repeating: 32, count: 4_096).withUnsafeBytes { tail.take($0) }
            most = max(most, held)
        }
        #expect(held == 0 && most <= 64 << 10)
    }
}
