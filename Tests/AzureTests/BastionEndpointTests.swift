import Testing

@testable import Azure

@Suite struct BastionEndpointTests {
    @Test(
        arguments: [
            ("bst-1.bastion.azure.com", "bastion.azure.com", "bst-1.bastion.azure.com"),
            ("BST-1.Bastion.Azure.COM", "bastion.azure.com", "bst-1.bastion.azure.com"),
            ("a.b.bastion.azure.com:8443", "Bastion.azure.com", "a.b.bastion.azure.com:8443"),
            ("localhost:4443", "localhost", "localhost:4443"),
        ])
    func `takes names at and under the suffix`(_ name: String, _ suffix: String, _ authority: String) throws {
        let endpoint = try BastionEndpoint(name, under: suffix)
        #expect(endpoint.authority == authority)
        #expect(try BastionEndpoint(endpoint.authority, under: endpoint.suffix) == endpoint)
    }

    @Test(arguments: [
        "evil-bastion.azure.com", "bastion.azure.com.evil.com", "evilbastion.azure.com", "azure.com", "",
        "user@bst.bastion.azure.com", "evil.com/.bastion.azure.com", "evil.com#.bastion.azure.com",
        "evil.com?.bastion.azure.com", "evil.com\\.bastion.azure.com", "bst.bastion.azure.com.",
        ".bastion.azure.com", "a..bastion.azure.com", "bst.bastion.azure.com:", "bst.bastion.azure.com:0",
        "bst.bastion.azure.com:65536", "bst.bastion.azure.com:+443", "bst.bastion.azure.com:443:443",
        "bst.bastion.azure.com/", "https://bst.bastion.azure.com", "evil.com:443.bastion.azure.com",
        "[::1]", "a b.bastion.azure.com", "a\r\nX: y.bastion.azure.com", "ä.bastion.azure.com",
        "-a.bastion.azure.com", "evil.com%2f.bastion.azure.com", "a.bastion.azure.com\0",
    ])
    func `refuses what is not a plain name under the suffix`(_ name: String) {
        let failure = #expect(throws: AzureError.self) {
            try BastionEndpoint(name, under: "bastion.azure.com")
        }
        #expect(failure == .endpointOutsideCloud(endpoint: name, suffix: "bastion.azure.com"))
    }

    @Test(arguments: ["", ".", ".azure.com", "azure.com."])
    func `refuses a suffix that is no name`(_ suffix: String) {
        #expect(throws: AzureError.self) { try BastionEndpoint("bst.azure.com", under: suffix) }
    }
}
