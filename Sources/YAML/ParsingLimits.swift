/// What one YAML file may cost, so that a hostile one fails early instead of filling the memory.
package struct ParsingLimits: Hashable, Sendable {
    /// The size of the file.
    package var bytes: Int
    /// How many collections may be open at once, the ones that aliases repeat included.
    package var depth: Int
    /// How many nodes the file may write down.
    package var nodes: Int
    /// How many nodes all aliases together may repeat.
    package var aliasedNodes: Int
    /// How many problems are reported before the rest is left out.
    package var problems: Int

    package init(bytes: Int, depth: Int, nodes: Int, aliasedNodes: Int, problems: Int = 200) {
        self.bytes = bytes
        self.depth = depth
        self.nodes = nodes
        self.aliasedNodes = aliasedNodes
        self.problems = problems
    }

    /// 16 MiB and a million nodes: room for tens of thousands of profiles in one file. The file format is
    /// eight levels deep; a node costs 24 bytes, so that the largest accepted file stays under 100 MiB.
    package static let standard = ParsingLimits(
        bytes: 16 << 20, depth: 32, nodes: 1_000_000, aliasedNodes: 100_000)
}
