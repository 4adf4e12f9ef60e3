/// The kinds of text that profiles can be made from.
package enum ImportFormat: String, Hashable, Sendable, CaseIterable {
    /// Command lines with `az network bastion ssh`, `rdp` or `tunnel`.
    case az
    /// A file of Microsoft's remote desktop client.
    case rdp
    /// A connection of Remmina.
    case remmina
    /// `ssh_config(5)`.
    case sshConfig = "ssh-config"

    /// What the text seems to be, by its content first and then by the file's name.
    static func detect(_ text: ForeignText, fileName: String?) -> ImportFormat? {
        var counts: [ImportFormat: Int] = [:]
        for line in text.lines {
            let words = line.text.split(whereSeparator: { $0 == " " || $0 == "\t" })
            guard let first = words.first?.lowercased() else { continue }
            if first == "[remmina]" { return .remmina }
            if RDPLine(line) != nil { counts[.rdp, default: 0] += 1 }
            if ["host", "match"].contains(first), words.count > 1 || first.contains("=") {
                counts[.sshConfig, default: 0] += 1
            }
            if line.text.contains("network bastion") { counts[.az, default: 0] += 1 }
        }
        if counts[.rdp, default: 0] > 0, counts[.sshConfig] == nil, counts[.az] == nil { return .rdp }
        if counts[.sshConfig] != nil { return .sshConfig }
        if counts[.az] != nil { return .az }
        return fileName.flatMap(byName)
    }

    private static func byName(_ name: String) -> ImportFormat? {
        let lower = name.lowercased()
        if lower.hasSuffix(".rdp") { return .rdp }
        if lower.hasSuffix(".remmina") { return .remmina }
        if lower == "config" || lower == "ssh_config" || lower.hasSuffix(".sshconfig") { return .sshConfig }
        return lower.hasSuffix(".sh") ? .az : nil
    }
}
