import Testing

@testable import Azure

/// What is found of a session in an answer that is of no use otherwise.
@Suite struct TokenSalvageTests {
    static let table: [(String, String?, String)] = [
        (#"{"authToken":"a1","nodeId":"n","websocketToken":"w"}"#, "a1", "n"),
        (#"HTTP/1.1 200 OK\r\n folded\r\n\r\n{"nodeId":"n","authToken":"a1"}"#, "a1", "n"),
        (#"{"username":null,"authToken":"a1","dataSource":"x","nod"#, "a1", ""),
        (#"{"authToken":"a1","nodeId":"n"#, "a1", ""),
        (#"{"authToken":"a1","nodeId":"a\nb"}"#, "a1", ""),
        (#"{"authToken":"a1"#, nil, ""),
        (#"{"authToken":"a b","nodeId":"n"}"#, nil, ""),
        (#"{"authToken":null,"nodeId":"n"}"#, nil, ""),
        ("<html>authToken</html>", nil, ""), ("", nil, ""),
    ]

    @Test(arguments: table)
    func `names what a deletion takes`(_ text: String, _ authToken: String?, _ nodeID: String) {
        let found = TunnelToken(salvagedFrom: Array(text.utf8))
        #expect(found?.authToken == authToken)
        #expect((found?.nodeID ?? "") == nodeID)
        #expect(found?.websocketToken ?? "" == "")
    }
}
