import Testing

@testable import SessionRuntime

@Suite struct ChildEnvironmentTests {
    @Test(
        arguments: [
            "AZURE_CLIENT_SECRET", "AZURE_PASSWORD", "AZURE_CLIENT_CERTIFICATE_PASSWORD", "AZURE_CREDENTIALS",
            "AZURE_STORAGE_KEY", "AZURE_STORAGE_CONNECTION_STRING", "AZURE_STORAGE_SAS_TOKEN",
            "ARM_CLIENT_SECRET", "ARM_ACCESS_KEY", "ARM_OIDC_TOKEN", "MSI_SECRET", "IDENTITY_HEADER",
        ])
    func `keeps our secrets from children`(_ name: String) {
        #expect(ChildEnvironment.isSecret(name))
        #expect(ChildEnvironment.texts(from: [name: "x", "HOME": "/h"], adding: []) == ["HOME=/h"])
    }

    @Test(
        arguments: [
            "SSH_AUTH_SOCK", "DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY", "TERM", "LANG", "PATH", "HOME",
            "DBUS_SESSION_BUS_ADDRESS", "KRB5CCNAME", "HTTPS_PROXY", "AZURE_TENANT_ID", "AZURE_CLIENT_ID",
            "AZURE_CONFIG_DIR", "IDENTITY_ENDPOINT", "MY_SECRET", "GPG_KEY",
        ])
    func `leaves everything else as it is`(_ name: String) {
        #expect(ChildEnvironment.texts(from: [name: "a=b c"], adding: []) == ["\(name)=a=b c"])
    }

    @Test func `adds what the client needs, in place of what was there`() {
        let texts = ChildEnvironment.texts(
            from: ["SSH_ASKPASS": "/other", "B": "2", "A": "1"],
            adding: [("SSH_ASKPASS", "/bin/bastion-up"), ("BASTION_UP_ASKPASS", "/run/s")])
        #expect(
            texts == ["A=1", "B=2", "SSH_ASKPASS=/bin/bastion-up", "BASTION_UP_ASKPASS=/run/s"])
    }
}
