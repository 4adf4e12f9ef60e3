internal import Glibc
internal import Posix

/// Waits until the condition holds; it is looked at again and again.
/// - Throws: what the condition throws, and a failure with `what` when the time is over.
package func eventually(
    _ what: @autoclosure () -> String, within limit: Duration = .seconds(20), _ condition: () throws -> Bool
) throws {
    let deadline = Instant.now.advanced(by: limit)
    while try !condition() {
        guard Instant.now < deadline else {
            throw RunningCommand.Failure(description: "not within \(limit): \(what())")
        }
        usleep(5000)
    }
}
