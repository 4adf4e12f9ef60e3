import Diagnostics
import Planning
import Profiles
import Testing

@testable import Commands

@Suite struct PlanRendererTests {
    static let machine = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/Vm"
    static let host = "/subscriptions/s/resourceGroups/hub/providers/Microsoft.Network/bastionHosts/bas"
    static let alias = "/subscriptions/s/resourcegroups/g/providers/microsoft.compute/virtualmachines/vm:22"

    private func plan(
        _ request: PlanRequest = .connect(arguments: ["echo", "it's"], tty: false), host: HostFacts? = nil,
        _ change: (inout Profile) -> Void = { _ in }
    ) throws -> Plan {
        let bastion = BastionHost(
            name: "hub", resourceID: try #require(ResourceID(Self.host)), tenant: nil,
            cloud: try #require(Cloud.builtIn.first))
        var profile = Profile(
            name: "dev", host: bastion, target: .resource(try #require(ResourceID(Self.machine))),
            targetPort: 22, authentication: Authentication(method: .password, username: "me"), client: .ssh)
        change(&profile)
        var facts = Facts(ownExecutable: "/bin/bastion-up", stateFolder: "/s", runtimeFolder: "/r")
        facts.executables["ssh"] = Facts.Executable(path: "/usr/bin/ssh")
        facts.host = host
        return try Planner().plan(profile, for: request, given: facts)
    }

    @Test func `shows a connection in the order in which it happens`() throws {
        let text = PlanRenderer().text(
            try plan { $0.ports = [PortMapping(local: 2222, remote: 2200)] })
        #expect(
            text == """
                profile  dev
                target   \(Self.machine)
                bastion  hub: \(Self.host) (unchecked)

                 1. sign in    to the tenant of the sign-in
                               POST https://login.microsoftonline.com/<tenant>/oauth2/v2.0/token
                                   scope=https://management.core.windows.net//.default
                 2. read host  hub
                               GET https://management.azure.com\(Self.host)?api-version=2024-01-01
                 3. secret     password of me for dev, from the keyring
                               for \(Self.alias)
                 4. listen     private socket for ssh
                 5. listen     127.0.0.1:2222 for port 2200 of the target
                 6. tunnel     private socket -> port 22, opened at once
                               POST https://<endpoint>/api/tokens
                                   resourceId=\(Self.machine)
                                   protocol=tcptunnel
                                   workloadHostPort=22
                               GET wss://<endpoint>/webtunnelv2/<websocket-token>?X-Node-Id=<node>
                               DELETE https://<endpoint>/api/tokens/<session-token>
                 7. tunnel     127.0.0.1:2222 -> port 2200, opened for each connection
                               the same calls with workloadHostPort=2200
                 8. launch     and wait; its exit status is ours
                               SSH_ASKPASS=/bin/bastion-up
                               SSH_ASKPASS_REQUIRE=force
                               BASTION_UP_ASKPASS='<runtime>/askpass.sock'
                               /usr/bin/ssh -o 'ProxyCommand=/bin/bastion-up pass-descriptor <runtime>/tunnel.sock' \\
                                   -o ProxyUseFdpass=yes \\
                                   -o HostKeyAlias=\(Self.alias) \\
                                   -o 'UserKnownHostsFile="/s/known_hosts"' -o GlobalKnownHostsFile=/dev/null \\
                                   -o StrictHostKeyChecking=accept-new -o CheckHostIP=no -o UpdateHostKeys=no \\
                                   -o VerifyHostKeyDNS=no -o HashKnownHosts=no -o ControlMaster=no -o ControlPath=none \\
                                   -o PubkeyAuthentication=no -o PreferredAuthentications=password,keyboard-interactive \\
                                   -o NumberOfPasswordPrompts=1 -o ConnectTimeout=35 -o ServerAliveInterval=15 \\
                                   -o ServerAliveCountMax=3 -p 22 -l me -- dev echo 'it'\\''s'

                """)
    }

    @Test func `shows the endpoint that the cache knows, and ends with what is doubtful and refused`() throws
    {
        let host = HostFacts(
            sku: "Premium", endpoint: "b.bastion.azure.com", enableTunneling: true, enableIPConnect: false)
        let text = PlanRenderer().text(
            try plan(host: host) {
                $0.authentication.method = .entra
                $0.ports = [PortMapping(local: 8080, remote: 80)]
            })
        #expect(text.contains("(Premium, from the cache)\n"))
        #expect(text.contains("POST https://b.bastion.azure.com/api/tokens\n"))
        #expect(!text.contains("read host"))
        let end = text.components(after: "\n\nwarning: ")
        #expect(end.contains("[plan.web-port]\nhint: add via: ssh"))
        #expect(
            end.hasSuffix(
                "\n\nerror: Entra sign-in to the target is not supported yet [plan.not-supported-yet]\n"
                    + "hint: set auth.key to the path of a key file, or auth.type to password\n"))
    }

    @Test func `shows the tunnels that lie open, and pings`() throws {
        let plan = try plan {
            $0.tunnel.spare = 1
            $0.tunnel.ping = .milliseconds(1500)
            $0.ports = [PortMapping(local: 5432, remote: 5432)]
        }
        let text = PlanRenderer().text(plan)
        for (way, opening) in [
            ("private socket -> port 22", "at once"), ("127.0.0.1:5432 -> port 5432", "for each connection"),
        ] {
            #expect(
                text.contains(
                    "\(way), opened \(opening), 1 more kept open for the next, pinged every 1500ms\n"))
        }
        let json = PlanRenderer().json(plan)
        #expect(json.contains("\"spares\": 1,\n") && json.contains("\"ping\": \"1500ms\",\n"))
    }

    /// A target behind a machine that the profile jumps through.
    private func jumped(_ change: (inout Profile) -> Void = { _ in }) throws -> Plan {
        try plan {
            var gate = $0
            gate.name = "gate"
            gate.authentication.method = .sshKey(.file("/k/id"))
            gate.ssh.hostKeys = ["ssh-ed25519 AAAA"]
            $0.jumps = [gate]
            $0.authentication.method = .sshKey(.keyring)
            change(&$0)
        }
    }

    @Test func `shows the way through other machines`() throws {
        let text = PlanRenderer().text(try jumped())
        #expect(text.contains("\njump     gate -> Vm:22, a name that gate looks up\nbastion "))
        let launch = text.components(after: "launch ")
        let lines = launch.split(separator: "\n").map { $0.drop { $0 == " " } }
        #expect(
            lines.dropFirst().prefix(4).elementsEqual([
                "<runtime>/host-keys-1:", "\(Self.alias) ssh-ed25519 AAAA", "<runtime>/jump-1:",
                "/usr/bin/ssh -o 'ProxyCommand=/bin/bastion-up pass-descriptor <runtime>/tunnel.sock' \\",
            ]))
        #expect(lines.contains { $0.contains("-W Vm:22") })
        #expect(lines.contains("<agent> holds the private key of me for dev"))
        #expect(lines.contains("if asked for: the passphrase of the key /k/id, from the keyring"))
        #expect(lines.contains { $0.hasPrefix("/usr/bin/ssh -o 'ProxyCommand=/bin/sh <runtime>/jump-1'") })
        #expect(
            lines.contains { $0.contains("-o 'IdentityAgent=<agent>' -o 'IdentityFile=<runtime>/key-0.pub'") }
        )
        let address = PlanRenderer().text(try jumped { $0.target = .address("10.0.0.4") })
        #expect(address.contains("\njump     gate -> 10.0.0.4:22\n"))
    }

    @Test func `shows programs the way through other machines`() throws {
        let json = PlanRenderer().json(try jumped())
        for text in [
            #""looksUpNext": true"#, #""next": "Vm:22""#, #""path": "<runtime>/jump-1""#,
            #""publicKey": "<runtime>/key-0.pub""#, #""needed": false"#,
            #""text": "\#(Self.alias) ssh-ed25519 AAAA\n""#,
        ] { #expect(json.contains(text), "\(text)") }
    }

    @Test func `tunnels and the proxy end as they should`() throws {
        let served = PlanRenderer().text(try plan(.tunnel(ports: nil)))
        #expect(served.contains(" 3. listen     127.0.0.1:<free-port> for port 22 of the target\n"))
        #expect(served.hasSuffix(" 5. serve      until interrupted\n"))
        let relayed = PlanRenderer().text(try plan(.proxy(port: nil)))
        #expect(relayed.contains("standard input and output -> port 22, opened at once\n"))
        #expect(relayed.hasSuffix(" 4. relay      standard input and output until the tunnel ends\n"))
    }

    @Test func `a hostile word cannot drive the terminal`() throws {
        let plan = try plan(.connect(arguments: ["\u{1B}]0;owned\u{07}"], tty: false))
        #expect(!PlanRenderer().text(plan).unicodeScalars.contains { $0.value == 0x1B || $0.value == 7 })
        #expect(PlanRenderer().json(plan).contains(#""\u001b]0;owned\u0007""#))
    }

    @Test func `gives programs the same plan as JSON`() throws {
        let json = PlanRenderer().json(
            try plan(.proxy(port: 5432)) {
                $0.target = .resource($0.host.resourceID)
                $0.host.tenant = "contoso.com"
            })
        #expect(
            json == """
                {
                  "version": 1,
                  "profile": "dev",
                  "target": {
                    "resourceId": "\(Self.host)"
                  },
                  "bastion": {
                    "name": "hub",
                    "resourceId": "\(Self.host)",
                    "cloud": "AzureCloud"
                  },
                  "host": {
                    "check": "unchecked"
                  },
                  "steps": [
                    {
                      "kind": "signIn",
                      "authority": "https://login.microsoftonline.com",
                      "tenant": "contoso.com",
                      "subscription": "s",
                      "audience": "https://management.core.windows.net/",
                      "calls": [
                        {
                          "method": "POST",
                          "url": "https://login.microsoftonline.com/contoso.com/oauth2/v2.0/token",
                          "fields": {
                            "scope": "https://management.core.windows.net//.default"
                          }
                        }
                      ]
                    },
                    {
                      "kind": "readHost",
                      "name": "hub",
                      "calls": [
                        {
                          "method": "GET",
                          "url": "https://management.azure.com\(Self.host)?api-version=2024-01-01"
                        }
                      ]
                    },
                    {
                      "kind": "openTunnel",
                      "listener": "standard-streams",
                      "resourceId": "\(Self.host)",
                      "port": 5432,
                      "preopened": true,
                      "calls": [
                        {
                          "method": "POST",
                          "url": "https://<endpoint>/api/tokens",
                          "fields": {
                            "resourceId": "\(Self.host)",
                            "protocol": "tcptunnel",
                            "workloadHostPort": "5432"
                          }
                        },
                        {
                          "method": "GET",
                          "url": "wss://<endpoint>/webtunnelv2/<websocket-token>?X-Node-Id=<node>"
                        },
                        {
                          "method": "DELETE",
                          "url": "https://<endpoint>/api/tokens/<session-token>"
                        }
                      ]
                    },
                    {
                      "kind": "relayStandardStreams"
                    }
                  ],
                  "warnings": [
                    {
                      "code": "plan.unusual-target",
                      "severity": "warning",
                      "message": "target 'bas' is no virtual machine but a microsoft.network/bastionhosts",
                      "remedy": "check target.resourceId if that was not meant"
                    }
                  ],
                  "refusals": []
                }

                """)
    }

    @Test func `JSON names the listeners, the secret and the client's words`() throws {
        let json = PlanRenderer().json(try plan { $0.ports = [PortMapping(local: 2222, remote: 2200)] })
        for part in [
            #""binding": "private-socket","#, #""address": "127.0.0.1","#, #""remotePort": 2200"#,
            #""listener": "mapping-0","#, #""label": "password of me for dev""#,
            #""BASTION_UP_ASKPASS": "<runtime>/askpass.sock""#, #""it's""#,
        ] {
            #expect(json.contains(part), "\(part)")
        }
    }
}

extension String {
    /// What follows the first occurrence; the whole text where there is none.
    fileprivate func components(after separator: String) -> String {
        guard let start = firstRange(of: separator) else { return self }
        return String(self[start.upperBound...])
    }
}
