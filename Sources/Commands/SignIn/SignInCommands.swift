/// The commands about signing in and secrets.
extension CommandTable {
    static let signInCommands = [
        CommandSpecification(
            "login", .azure, "Sign in to Azure as a service principal; its secret is kept in the keyring.",
            flags: [
                FlagSpecification(
                    "--service-principal", .none,
                    "as an application; its secret is asked for, or read from standard input"),
                FlagSpecification(
                    "--tenant", .one("T"), "the tenant's ID or domain (default: that of --host)"),
                FlagSpecification("--client-id", .one("ID"), "the application's ID"),
                FlagSpecification(
                    "--cloud", .one("NAME"),
                    "AzureCloud, AzureUSGovernment, AzureChinaCloud, or a name under 'clouds' "
                        + "(default: the only one that your hosts name, else AzureCloud)"),
                FlagSpecification("--host", .one("NAME"), "the cloud and tenant of this name under 'hosts'"),
                .hidden("--browser"), .hidden("--device-code"), .hidden("--managed-identity"),
                .hidden("--client-secret", .one("")), .hidden("--password", .one("")),
            ],
            examples: [
                "bastion-up login --service-principal --tenant contoso.com --client-id ID",
                "bastion-up login --service-principal --host hub --client-id ID < secret-file",
            ],
            make: LoginCommand.init),
        CommandSpecification(
            "logout", .azure, "Remove a sign-in and its access tokens from the keyring.",
            flags: [
                FlagSpecification("--account", .one("ID"), "the application's ID, where there are several"),
                FlagSpecification("--all", .none, "every sign-in and every access token"),
            ],
            make: LogoutCommand.init),
        CommandSpecification(
            "secret", .azure,
            "Store, list or remove passwords, passphrases and private keys in the keyring. Values are never shown. "
                + "'rm' exits with 66 where there is nothing to remove.",
            usage: "set NAME | list | rm NAME", words: 1...2,
            flags: [
                FlagSpecification("--private-key", .none, "the key of a profile with auth.key: keyring"),
                FlagSpecification("--passphrase", .none, "the passphrase of the profile's key"),
                FlagSpecification(
                    "--file", .one("PATH"), "set --private-key: of this file, in place of standard input"),
                FlagSpecification("--username", .one("U"), "of this user, in place of the profile's"),
                FlagSpecification("--yes", .none, "rm: do not ask"),
                .hidden("--password", .one("")),
            ],
            examples: [
                "bastion-up secret set win-dev", "pass show win-dev | bastion-up secret set win-dev",
                "bastion-up secret set dev-linux --private-key < key-file",
                "bastion-up secret set dev-linux --passphrase", "bastion-up secret list --output json",
            ],
            make: SecretCommand.make),
    ]
}
