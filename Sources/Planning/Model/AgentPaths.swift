package import Profiles

/// Where the per-user agent of one identity keeps its files: a private folder for each target and user.
///
/// The agent process makes them, `ssh-config` names them (`IdentityAgent`, `IdentityFile`), ssh finds them.
package struct AgentPaths: Hashable, Sendable {
    /// Absolute; to be made with mode 0700.
    package let folder: String

    /// Those of a folder that is known.
    package init(folder: String) { self.folder = folder }

    /// - Parameter runtimeFolder: absolute.
    package init(of profile: Profile, runtimeFolder: String) {
        let name = Self.digest("\(TargetKey(of: profile).text)\n\(profile.authentication.username ?? "")")
        folder = "\(runtimeFolder)/a-\(name)"
    }

    /// The agent's socket. As long as the runtime folder and 46 bytes, of 107 that there may be (unix(7)).
    package var socket: String { "\(folder)/agent.sock" }
    /// The public key, by which ssh picks the identity from the agent.
    package var publicKey: String { "\(folder)/id.pub" }
    /// Locked by the process that owns the agent for as long as it lives; beside the folder, which it removes.
    package var lock: String { "\(folder).lock" }

    /// FNV-1a of 128 bits, in hexadecimal digits: short, and always of one length. It keeps targets apart by
    /// accident only; what may be done with a key is not decided by it.
    private static func digest(_ text: String) -> String {
        var hash: UInt128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d
        for byte in text.utf8 {
            hash ^= UInt128(byte)
            hash &*= 0x0000_0000_0100_0000_0000_0000_0000_013B
        }
        let digits = String(hash, radix: 16)
        return String(repeating: "0", count: 32 - digits.count) + digits
    }
}
