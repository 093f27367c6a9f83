import Testing

@testable import RiffleListings

@Suite("What a store tells of changes")
struct S3EventTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let body: String
        /// nil: no such document.
        let effects: Set<String>?
    }

    static func record(_ bucket: String, _ key: String, name: String = "ObjectCreated:Put") -> String {
        """
        {"eventVersion":"2.1","eventName":"\(name)","requestParameters":{"a":[1,{"s3":2}]},\
        "s3":{"s3SchemaVersion":"1.0","bucket":{"name":"\(bucket)","arn":"x"},"object":{"size":1,"key":"\(key)"}}}
        """
    }

    @Test(
        "voids the folders above the keys it names",
        arguments: [
            Case(
                testDescription: "keys in form coding", body: "{\"Records\":[\(record("docs", "a/d+1%2F%C3%A9.txt"))]}",
                effects: ["=/docs/", "=/docs/a/", "=/docs/a/d%201/"]),
            Case(
                testDescription: "several records",
                body: "{\"Records\":[\(record("docs", "x")),\(record("media", "a/y", name: "ObjectRemoved:Delete"))]}",
                effects: ["=/docs/", "=/media/", "=/media/a/"]),
            Case(
                testDescription: "MinIO's",
                body:
                    "{\"EventName\":\"s3:ObjectCreated:Put\",\"Key\":\"docs/a/b\",\"Records\":[\(record("docs", "a%2Fb"))]}",
                effects: ["=/docs/", "=/docs/a/"]),
            Case(
                testDescription: "EventBridge's, whose keys are as they are",
                body: """
                    {"detail-type":"Object Created","detail":{"bucket":{"name":"docs"},"object":{"key":"a+b/c%2Fd"}}}
                    """, effects: ["=/docs/", "=/docs/a%2Bb/"]),
            Case(
                testDescription: "the test event",
                body: "{\"Service\":\"Amazon S3\",\"Event\":\"s3:TestEvent\",\"Bucket\":\"docs\"}", effects: []),
            Case(
                testDescription: "a record without a key voids its bucket",
                body: "{\"Records\":[{\"s3\":{\"bucket\":{\"name\":\"docs\"}}},\(record("docs", "a/x"))]}",
                effects: ["/docs/**"]),
            Case(
                testDescription: "a broken escape voids its bucket", body: "{\"Records\":[\(record("docs", "a%2"))]}",
                effects: ["/docs/**"]),
            Case(testDescription: "a record of something else", body: "{\"Records\":[{\"sqs\":1}]}", effects: ["*"]),
            Case(testDescription: "nothing of the kind", body: "{\"path\":\"/a\"}", effects: nil),
            Case(testDescription: "cut short", body: "{\"Records\":[\(record("docs", "a"))", effects: nil),
            Case(testDescription: "no JSON", body: "hello", effects: nil),
        ])
    func events(_ sample: Case) {
        let effects = S3Events.effects(Array(sample.body.utf8))
        #expect(effects.map { WriteTests.spell($0) } == sample.effects)
    }
}
