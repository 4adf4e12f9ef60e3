/// An option of ssh_config(5): `-o Name=value` on a command line, a line `Name value` in a file.
package struct SSHOption: Hashable, Sendable {
    package var name: String
    package var value: Word

    package init(_ name: String, _ value: Word) { (self.name, self.value) = (name, value) }

    /// The two words that ssh, scp and sftp all take.
    package var words: [Word] { ["-o", Word([.text("\(name)=")] + value.pieces)] }
}
