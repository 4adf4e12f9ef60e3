package import Diagnostics
package import Profiles

/// An .rdp file for Microsoft's client (`mstsc`) or another one, over the local port of a tunnel. It never holds a
/// password; what the profile does not share is switched off in so many words, since the client's own defaults share.
package struct RemoteDesktopFile {
    /// Lines end with CR and LF.
    package let text: String
    /// What of the profile cannot stand in the file.
    package let warnings: [Diagnostic]

    /// - Parameter localPort: where the tunnel listens on 127.0.0.1.
    package init(_ profile: Profile, localPort: UInt16) {
        let rdp = profile.rdp
        var lines = ["full address:s:127.0.0.1:\(localPort)"]
        if let user = profile.authentication.username { lines.append("username:s:\(user)") }
        lines += Self.screen(rdp) + Self.sharing(rdp) + Self.performance(rdp)
        lines += [
            // Ask for the password; warn where the certificate cannot be verified, which it cannot: its name is
            // the target's, not 127.0.0.1.
            "prompt for credentials:i:1", "promptcredentialonce:i:1", "authentication level:i:2",
            "enablecredsspsupport:i:1", "negotiate security layer:i:1", "autoreconnection enabled:i:1",
            // No RD gateway.
            "gatewayusagemethod:i:0", "gatewayprofileusagemethod:i:1",
        ]
        text = lines.map { "\($0)\r\n" }.joined()
        warnings = Self.warnings(profile)
    }

    /// For a file: ASCII as it is, other text as UTF-16 with byte order mark, as Microsoft's client writes it itself.
    package var bytes: [UInt8] {
        if text.utf8.allSatisfy({ $0 < 0x80 }) { return Array(text.utf8) }
        return [0xFF, 0xFE] + text.utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
    }

    private static func screen(_ rdp: RDPSettings) -> [String] {
        var lines = ["screen mode id:i:\(rdp.fullScreen == true ? 2 : 1)"]
        lines.append("use multimon:i:\(rdp.multimon == true ? 1 : 0)")
        if let size = rdp.size?.split(separator: "x"), size.count == 2 {
            lines += ["desktopwidth:i:\(size[0])", "desktopheight:i:\(size[1])"]
        }
        return lines + ["dynamic resolution:i:\(rdp.dynamicResolution ? 1 : 0)", "session bpp:i:32"]
    }

    private static func sharing(_ rdp: RDPSettings) -> [String] {
        [
            "redirectclipboard:i:\(rdp.clipboard ? 1 : 0)", "audiomode:i:\(rdp.sound ? 0 : 2)",
            "audiocapturemode:i:\(rdp.microphone ? 1 : 0)", "drivestoredirect:s:", "devicestoredirect:s:",
            "usbdevicestoredirect:s:", "camerastoredirect:s:", "redirectprinters:i:0", "redirectcomports:i:0",
            "redirectsmartcards:i:0", "redirectwebauthn:i:0", "redirectlocation:i:0",
        ]
    }

    private static func performance(_ rdp: RDPSettings) -> [String] {
        switch rdp.performance {
        case "modem": ["connection type:i:1", "networkautodetect:i:0"]
        case "wan": ["connection type:i:5", "networkautodetect:i:0"]
        case "lan": ["connection type:i:6", "networkautodetect:i:0"]
        default: ["connection type:i:7", "networkautodetect:i:1"]
        }
    }

    private static func warnings(_ profile: Profile) -> [Diagnostic] {
        var warnings: [Diagnostic] = []
        func leaveOut(_ key: String, _ reason: String) {
            warnings.append(
                .warning(
                    "rdp-file.left-out", "'\(key)' is not in the file: \(reason)", at: profile.place(of: key))
            )
        }
        if !profile.rdp.drives.isEmpty {
            leaveOut("rdp.drives", "folders of this machine mean nothing on another one")
        }
        if profile.rdp.keyboard != nil { leaveOut("rdp.keyboard", "the format has nothing like it") }
        if profile.rdp.certificate != nil { leaveOut("rdp.certificate", "the format has nothing like it") }
        if profile.authentication.method == .entra {
            leaveOut(
                "auth.type", "Entra ID does not sign in through a local port; user and password are asked for"
            )
        }
        return warnings
    }
}
