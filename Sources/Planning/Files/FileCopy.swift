/// What is to be copied to or from a profile's target, and by which program.
package struct FileCopy: Hashable, Sendable {
    package enum Direction: Hashable, Sendable { case toTarget, fromTarget }

    package enum Tool: String, Hashable, Sendable {
        /// Over the SFTP protocol.
        case scp
        /// Goes on where an earlier run was cut off.
        case rsync
    }

    package var direction: Direction
    /// As they were typed, without the profile's name.
    package var sources: [String]
    package var destination: String
    package var tool: Tool
    package var isRecursive: Bool
    /// Whether times and permissions are kept; rsync always keeps them.
    package var keepsTimes: Bool

    package init(
        _ direction: Direction, _ sources: [String], to destination: String, by tool: Tool = .scp,
        isRecursive: Bool = false, keepsTimes: Bool = false
    ) {
        self.direction = direction
        self.sources = sources
        self.destination = destination
        self.tool = tool
        self.isRecursive = isRecursive
        self.keepsTimes = keepsTimes
    }
}
