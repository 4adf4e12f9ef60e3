/// The commands about profile files.
extension CommandTable {
    static let profileCommands: [CommandSpecification] = []
}
