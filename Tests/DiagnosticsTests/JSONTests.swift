import Diagnostics
import Testing

@Suite struct JSONTests {
    static let document: JSON = [
        "name": "a", "list": [1, true, .null], "nested": [["deep": []], [2]], "empty": [:],
    ]

    @Test func `writes on one line`() {
        #expect(
            Self.document.compact
                == #"{"name":"a","list":[1,true,null],"nested":[{"deep":[]},[2]],"empty":{}}"#)
    }

    @Test func `indents by two spaces and keeps the order`() {
        #expect(
            Self.document.indented() == """
                {
                  "name": "a",
                  "list": [
                    1,
                    true,
                    null
                  ],
                  "nested": [
                    {
                      "deep": []
                    },
                    [
                      2
                    ]
                  ],
                  "empty": {}
                }
                """)
    }

    @Test func `puts short lists on one line where that is wanted`() {
        let list: JSON = [[1, "two"], [:]]
        #expect(list.indented(hasShortLists: true) == "[\n  [1, \"two\"],\n  {}\n]")
    }

    @Test(
        arguments: [
            ("é 😀 /", #""é 😀 /""#), (#""\"#, #""\"\\""#), ("\n\r\t", #""\n\r\t""#),
            ("\u{0}\u{1B}", #""\u0000\u001b""#), ("\r\n", #""\r\n""#), ("\u{7F}\u{9B}", #""\u007f\u009b""#),
            ("\u{2028}\u{2029}", #""\u2028\u2029""#), ("e\u{301}", "\"e\u{301}\""),
        ])
    func `escapes what could steer a terminal or end the text`(_ text: String, _ written: String) {
        #expect(Array(JSON.text(text).compact.utf8) == Array(written.utf8))
        #expect(
            Array(JSON.object([.init(name: text, value: 1)]).compact.utf8) == Array("{\(written):1}".utf8))
    }

    @Test func `leaves out members without a value`() {
        #expect(JSON.members(["a": 1, "b": nil, "c": .null]).compact == #"{"a":1,"c":null}"#)
        #expect(Self.document["name"] == "a")
        #expect(Self.document["other"] == nil)
        #expect(JSON.null["name"] == nil)
    }
}
