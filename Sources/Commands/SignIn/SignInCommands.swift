/// The commands about signing in and secrets.
extension CommandTable {
    static let signInCommands: [CommandSpecification] = []
}
