/// The profile that the demo connects to: `profiles/dev-linux.yaml` with the emulator's endpoints.
enum DemoProfile {
    static let subscription = "11111111-1111-1111-1111-111111111111"
    static let tenant = "22222222-2222-2222-2222-222222222222"
    static let client = "33333333-3333-3333-3333-333333333333"

    static func text(_ ready: DemoEmulator.Ready) -> String {
        """
        version: 1
        clouds:
          local:
            authority: \(ready.authority)
            resourceManager: \(ready.resourceManager)
            bastionSuffix: \(ready.bastionSuffix)
            caFile: \(ready.caFile)
        hosts:
          hub:
            name: bas-hub
            resourceGroup: rg-hub
            subscription: \(subscription)
            tenant: \(tenant)
            cloud: local
        profiles:
          dev-linux:
            host: hub
            target:
              resourceId: /subscriptions/\(subscription)/resourceGroups/rg-dev/providers/Microsoft.Compute/virtualMachines/dev-linux
            auth:
              type: ssh-key
              key: id_ed25519

        """
    }
}

/// The environment of the demo's sessions: folders of their own, the emulator's credential, and nothing of the
/// user's Azure, proxies or keyring.
struct DemoEnvironment {
    /// `NAME=value`, sorted.
    let texts: [String]

    private static let families = ["AZURE_", "ARM_", "BASTION_UP_", "IDENTITY_", "MSI_"]
    private static let others: Set = [
        "HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy",
        "DBUS_SESSION_BUS_ADDRESS",
    ]

    init(_ environment: [String: String], folder: String, _ secret: DemoSecret) {
        var kept = environment.filter { name, _ in
            !Self.others.contains(name) && !Self.families.contains { name.hasPrefix($0) }
        }
        kept["XDG_CONFIG_HOME"] = folder + "/config"
        kept["XDG_STATE_HOME"] = folder + "/state"
        kept["XDG_CACHE_HOME"] = folder + "/cache"
        kept["XDG_RUNTIME_DIR"] = folder + "/run"
        kept["AZURE_TENANT_ID"] = DemoProfile.tenant
        kept["AZURE_CLIENT_ID"] = DemoProfile.client
        kept["AZURE_CLIENT_SECRET"] = secret.text
        texts = kept.map { "\($0.key)=\($0.value)" }.sorted()
    }
}
