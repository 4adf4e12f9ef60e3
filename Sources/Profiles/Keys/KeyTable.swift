/// Every key of the two files. Decoder, suggestions, trust and the JSON Schema are all made from these rows.
package enum KeyTable {
    /// The keys of a profile file.
    package static let profileFile: [Key] =
        top + hosts + clouds + profile + target + auth + client + ports + ssh
        + rdp + reconnect + tunnel(under: "profiles.*.") + keepalive

    /// The keys of `config.yaml`. They are the user's own, so nothing in it needs trust.
    package static let configurationFile: [Key] = configuration + tunnel(under: "")

    /// The ways to name a target; setting one drops an inherited other.
    static let targetAlternatives = ["resourceId", "vm", "vmss", "ip"]
    /// The places of an ssh key; setting one drops an inherited other.
    static let keyAlternatives = ["key", "keyVault", "agent"]

    private static let top: [Key] = [
        Key("version", .scalar(.formatVersion), "The version of this file format: 1.", gate: .open),
        Key("hosts", .named(.resource), "Bastion hosts, by a short name.", gate: .open),
        Key(
            "hosts.*", .map, "A bastion host: name, resourceGroup and subscription, or resourceId.",
            gate: .open, oneOf: ["resourceId", "name"],
            needs: [["name", "resourceGroup", "subscription"], ["resourceId"]]),
        Key("clouds", .named(.resource), "Sovereign, air-gapped or emulated clouds, by name.", gate: .open),
        Key("clouds.*", .map, "The endpoints of a cloud, or what differs from a built-in one.", gate: .open),
        Key("profiles", .named(.profile), "The profiles, by name.", gate: .open),
        Key(
            "profiles.*", .map, "One profile: where to, how to sign in, which client and ports.", gate: .open),
        Key("groups", .named(.profile), "Groups of profiles that are brought up together.", gate: .open),
        Key("groups.*", .list, "The names of the group's profiles.", gate: .open),
        Key("groups.*[]", .scalar(.reference(.profiles)), "The name of a profile.", gate: .open),
    ]

    private static let hosts: [Key] = [
        Key("hosts.*.name", .scalar(.resourceName), "The bastion host's name in Azure.", gate: .open),
        Key(
            "hosts.*.resourceGroup", .scalar(.resourceName), "The bastion host's resource group.", gate: .open
        ),
        Key("hosts.*.subscription", .scalar(.guid), "The bastion host's subscription ID.", gate: .open),
        Key(
            "hosts.*.resourceId", .scalar(.bastionHostID),
            "The bastion host's resource ID, in place of name, resourceGroup and subscription.", gate: .open),
        Key(
            "hosts.*.tenant", .scalar(.word),
            "Tenant ID or domain of the subscription. Default: that of the sign-in.",
            gate: .open),
        Key(
            "hosts.*.cloud", .scalar(.reference(.clouds)),
            "AzureCloud (default), AzureUSGovernment, AzureChinaCloud, or a name under clouds.", gate: .open),
        Key(
            "hosts.*.account", .scalar(.word), "Which signed-in account to use, where there are several.",
            gate: .open),
    ]

    private static let clouds: [Key] = [
        Key(
            "clouds.*.authority", .scalar(.url), "Where tokens are issued: https://host[:port].",
            gate: .always("chooses the server that issues your tokens")),
        Key(
            "clouds.*.resourceManager", .scalar(.url), "Azure Resource Manager: https://host[:port].",
            gate: .always("chooses the server that your Azure token is sent to")),
        Key(
            "clouds.*.audience", .scalar(.text),
            "The resource that tokens are for. Default: resourceManager.",
            gate: .always("chooses what your Azure token is valid for")),
        Key(
            "clouds.*.bastionSuffix", .scalar(.domain),
            "Hosts at or under this domain may get the Azure token.",
            gate: .always("chooses the hosts that may get your Azure token")),
        Key(
            "clouds.*.keyVaultSuffix", .scalar(.domain), "The domain of the cloud's key vaults.",
            gate: .always("chooses the hosts that may get your Key Vault token")),
        Key(
            "clouds.*.sshScope", .scalar(.text), "The scope of SSH certificate requests.",
            gate: .always("chooses what your SSH certificate is asked for")),
        Key(
            "clouds.*.caFile", .scalar(.path),
            "A PEM file of further certificate authorities for this cloud.",
            gate: .always("adds certificate authorities that are believed")),
        Key(
            "clouds.*.clientId", .scalar(.guid), "The public client of interactive sign-in.",
            gate: .always("chooses the application that signs you in")),
    ]

    private static let profile: [Key] = [
        Key(
            "profiles.*.extends", .scalar(.reference(.profiles)),
            "The profile to start from; its own name means the one of the next lower layer.", gate: .open),
        Key(
            "profiles.*.template", .scalar(.boolean),
            "true: only a base for others; may be incomplete, is not listed.", gate: .open),
        Key("profiles.*.description", .scalar(.prose), "What this is, for people.", gate: .open),
        Key("profiles.*.tags", .list, "Words to group profiles by.", gate: .open),
        Key("profiles.*.tags[]", .scalar(.tag), "A word without spaces and commas.", gate: .open),
        Key(
            "profiles.*.host", .scalar(.reference(.hosts)), "The bastion host: a name under hosts.",
            gate: .open),
    ]

    private static let target: [Key] = [
        Key(
            "profiles.*.target", .map,
            "What to connect to: one of resourceId, vm, vmss with instance, or ip.",
            gate: .open, oneOf: targetAlternatives),
        Key(
            "profiles.*.target.resourceId", .scalar(.resourceID), "The resource ID of the target.",
            gate: .open),
        Key(
            "profiles.*.target.vm", .scalar(.resourceName), "A virtual machine's name; the ID is composed.",
            gate: .open),
        Key(
            "profiles.*.target.vmss", .scalar(.resourceName), "A scale set's name; needs instance.",
            gate: .open),
        Key(
            "profiles.*.target.instance", .scalar(.instance), "The instance of the scale set.", gate: .open),
        Key(
            "profiles.*.target.resourceGroup", .scalar(.resourceName),
            "The resource group of vm or vmss. Default: the bastion host's.", gate: .open),
        Key(
            "profiles.*.target.subscription", .scalar(.guid),
            "The subscription of vm or vmss. Default: the bastion host's.", gate: .open),
        Key(
            "profiles.*.target.ip", .scalar(.address),
            "A private IP address; ports 22 and 3389 only, and the host needs IP connect.", gate: .open),
        Key(
            "profiles.*.target.port", .scalar(.integer(1...65535)),
            "The port that the client uses. Default: 22, or 3389 for an RDP client.", gate: .open),
    ]

    private static let auth: [Key] = [
        Key(
            "profiles.*.auth", .map, "How to sign in to the target. Without it: your own ssh keys.",
            gate: .open, oneOf: keyAlternatives),
        Key(
            "profiles.*.auth.type", .scalar(.choice(["ssh-key", "password", "aad", "entra"])),
            "ssh-key, password, or aad (also called entra) for Microsoft Entra ID.", gate: .open),
        Key(
            "profiles.*.auth.username", .scalar(.word),
            "The login name on the target. Default: config.yaml, then your local login name.", gate: .open),
        Key(
            "profiles.*.auth.key", .scalar(.path),
            "A private key file, or keyring for a key that is kept there.",
            gate: .open),
        Key(
            "profiles.*.auth.keyVault", .map, "A private key that is a Key Vault secret.", gate: .open),
        Key("profiles.*.auth.keyVault.vault", .scalar(.resourceName), "The key vault's name.", gate: .open),
        Key("profiles.*.auth.keyVault.secret", .scalar(.resourceName), "The secret's name.", gate: .open),
        Key(
            "profiles.*.auth.keyVault.version", .scalar(.resourceName),
            "The secret's version. Default: the latest.", gate: .open),
        Key(
            "profiles.*.auth.agent", .scalar(.onlyTrue), "true: the keys of the running ssh agent.",
            gate: .open),
    ]

    private static let client: [Key] = [
        Key(
            "profiles.*.client", .scalarOrMap(.choice(["ssh", "xfreerdp", "putty", "none"])),
            "The program to launch. Default: xfreerdp when target.port is 3389, else ssh.", gate: .open,
            needs: [["command"]]),
        Key(
            "profiles.*.client.command", .list, "A program of your own and its arguments.",
            gate: .always("runs a program on this machine")),
        Key(
            "profiles.*.client.command[]", .scalar(.text),
            "A word, never a shell line; may hold {host}, {port} and {user}; {{ is one brace.",
            gate: .open),
    ]

    private static let ports: [Key] = [
        Key("profiles.*.ports", .list, "Further ports to listen on.", gate: .open),
        Key(
            "profiles.*.ports[]", .scalarOrMap(.portMapping),
            "\"[address:]local:remote\" in quotes, local 0 meaning any free port; or a map.", gate: .listener,
            needs: [["local", "remote"]]),
        Key(
            "profiles.*.ports[].local", .scalar(.integer(0...65535)), "The local port; 0: any free one.",
            gate: .open),
        Key(
            "profiles.*.ports[].remote", .scalar(.integer(1...65535)), "The port of the target.", gate: .open),
        Key(
            "profiles.*.ports[].address", .scalar(.bindAddress),
            "The address to listen on. Default: 127.0.0.1.",
            gate: .listener),
        Key(
            "profiles.*.ports[].via", .scalar(.choice(["bastion", "ssh"])),
            "bastion (default): a tunnel of its own; ssh: through the ssh session.", gate: .open),
    ]

    private static let ssh: [Key] = [
        Key("profiles.*.ssh", .map, "Settings of the ssh client.", gate: .open),
        Key("profiles.*.ssh.forwards", .list, "Local forwards, as after ssh -L.", gate: .open),
        Key(
            "profiles.*.ssh.forwards[]", .scalar(.forward(leastPort: 1)), "[address:]port:host:port",
            gate: .listener),
        Key("profiles.*.ssh.remoteForwards", .list, "Remote forwards, as after ssh -R.", gate: .open),
        Key(
            "profiles.*.ssh.remoteForwards[]", .scalar(.forward(leastPort: 0)),
            "[address:]port:host:port; port 0: any free one of the target.",
            gate: .always("lets the target connect into your network")),
        Key("profiles.*.ssh.socks", .scalar(.socks), "A SOCKS listener, as after ssh -D.", gate: .listener),
        Key(
            "profiles.*.ssh.jump", .scalar(.reference(.profiles)),
            "The profile whose target is jumped through: the bastion reaches that one, and it reaches this target, by "
                + "its IP address or, for a resource, by the VM's name, which it looks up.",
            gate: .open),
        Key(
            "profiles.*.ssh.hostKeys", .list,
            "The only host keys that the target may show. Default: the first that it shows is kept.",
            gate: .open),
        Key("profiles.*.ssh.hostKeys[]", .scalar(.hostKey), "TYPE BASE64", gate: .open),
        Key(
            "profiles.*.ssh.options", .named(.sshOption), "Options as in ssh_config(5), values literal.",
            gate: .open),
        Key(
            "profiles.*.ssh.options.*", .scalarOrList(.literal),
            "The option's value; a list repeats the option.",
            gate: .sshOption),
        Key(
            "profiles.*.ssh.command", .scalar(.remoteCommand), "The remote command. Default: a shell.",
            gate: .open),
        Key(
            "profiles.*.ssh.tty", .scalar(.boolean), "Whether the remote command gets a terminal.",
            gate: .open),
    ]

    private static let rdp: [Key] = [
        Key("profiles.*.rdp", .map, "Settings of the RDP client.", gate: .open),
        Key("profiles.*.rdp.size", .scalar(.size), "The size of the window: 1920x1080.", gate: .open),
        Key("profiles.*.rdp.fullScreen", .scalar(.boolean), "Whether to fill the screen.", gate: .open),
        Key(
            "profiles.*.rdp.dynamicResolution", .scalar(.boolean),
            "Whether the desktop follows the window's size. Default: true.", gate: .open),
        Key("profiles.*.rdp.multimon", .scalar(.boolean), "Whether to use all monitors.", gate: .open),
        Key("profiles.*.rdp.keyboard", .scalar(.word), "The keyboard layout.", gate: .open),
        Key(
            "profiles.*.rdp.performance", .scalar(.choice(["auto", "lan", "wan", "modem"])),
            "What the connection is tuned for.", gate: .open),
        Key(
            "profiles.*.rdp.gateway", .scalar(.boolean), "true: go through the host's RD gateway.",
            gate: .open),
        Key(
            "profiles.*.rdp.computerName", .scalar(.word), "The target's computer name; needed for aad.",
            gate: .open),
        Key(
            "profiles.*.rdp.certificate", .scalar(.fingerprint),
            "The only certificate that the target may show: sha256:…", gate: .open),
        Key(
            "profiles.*.rdp.clipboard", .scalar(.boolean), "Whether to share the clipboard. Default: false.",
            gate: .always("shares your clipboard with the target")),
        Key(
            "profiles.*.rdp.sound", .scalar(.boolean), "Whether to play the target's sound. Default: false.",
            gate: .open),
        Key(
            "profiles.*.rdp.microphone", .scalar(.boolean), "Whether the target hears you. Default: false.",
            gate: .always("lets the target listen to your microphone")),
        Key(
            "profiles.*.rdp.drives", .named(.drive), "Folders to share, by the name shown there.", gate: .open
        ),
        Key(
            "profiles.*.rdp.drives.*", .scalar(.path), "The folder.",
            gate: .always("lets the target read and write a folder of this machine")),
    ]

    private static let reconnect: [Key] = [
        Key("profiles.*.reconnect", .map, "Relaunching the client after its tunnel dropped.", gate: .open),
        Key(
            "profiles.*.reconnect.attempts", .scalar(.integer(0...1000)),
            "How often in a row; never for a typed command or a script on standard input. Default: 0.",
            gate: .open),
        Key(
            "profiles.*.reconnect.maxDelay", .scalar(.duration),
            "The longest wait between two. Default: 30s.",
            gate: .open),
    ]

    private static func tunnel(under parent: String) -> [Key] {
        [
            Key("\(parent)tunnel", .map, "How tunnels work.", gate: .open),
            Key(
                "\(parent)tunnel.messageSize", .scalar(.integer(512...65535)),
                "Bytes of one message towards the service.", gate: .open),
            Key(
                "\(parent)tunnel.spare", .scalar(.integer(0...1)),
                "Sessions that are kept open for the next connection of a listener, after each connection for a "
                    + "minute; each occupies the bastion host. Default: 0.", gate: .open),
            Key(
                "\(parent)tunnel.drain", .scalar(.duration),
                "How long to wait in silence for the rest after the local end. Default: 30s.", gate: .open),
            Key(
                "\(parent)tunnel.connectTimeout", .scalar(.duration),
                "How long opening a tunnel may take. Default: 20s.", gate: .open),
            Key(
                "\(parent)tunnel.stallTimeout", .scalar(.duration),
                "How long an open tunnel may stand still with bytes on their way. Default: 60s.", gate: .open),
        ]
    }

    private static let keepalive: [Key] = [
        Key("profiles.*.keepalive", .map, "Signs of life inside of an idle tunnel.", gate: .open),
        Key(
            "profiles.*.keepalive.ping", .scalar(.durationOrOff),
            "The interval of WebSocket pings, 1s at least; they are said to disturb the service. Default: off.",
            gate: .open),
    ]

    private static let configuration: [Key] = [
        Key(
            "version", .scalar(.formatVersion), "The version of this file format: 1 (may be left out).",
            gate: .open),
        Key("account", .scalar(.word), "The signed-in account to use by default.", gate: .open),
        Key("username", .scalar(.word), "The login name on targets by default.", gate: .open),
        Key("hosts", .named(.resource), "Defaults for a bastion host, by its short name.", gate: .open),
        Key("hosts.*", .map, "Defaults for one bastion host.", gate: .open),
        Key("hosts.*.username", .scalar(.word), "The login name on targets behind this host.", gate: .open),
        Key("sources", .list, "Team profile sources, the first one wins.", gate: .open),
        Key(
            "sources[]", .map, "A folder (path) or a git repository (git).", gate: .open,
            oneOf: ["path", "git"], needs: [["path"], ["git"]]),
        Key("sources[].name", .scalar(.reference(.profiles)), "A short name for the source.", gate: .open),
        Key("sources[].path", .scalar(.path), "The folder with the profile files.", gate: .open),
        Key("sources[].git", .scalar(.word), "The URL of the repository.", gate: .open),
        Key("sources[].branch", .scalar(.word), "The branch. Default: the repository's own.", gate: .open),
        Key("sources[].folder", .scalar(.text), "The folder inside of the repository.", gate: .open),
        Key("client", .map, "Which programs to launch as clients.", gate: .open),
        Key("client.ssh", .scalar(.program), "The ssh program. Default: ssh.", gate: .open),
        Key(
            "client.xfreerdp", .scalar(.program), "The FreeRDP program. Default: the newest found.",
            gate: .open),
        Key("client.putty", .scalar(.program), "The PuTTY program. Default: putty.", gate: .open),
    ]
}
