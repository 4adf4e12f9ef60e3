internal import CPosix

/// How many files and sockets this process may have open at a time.
package enum OpenFiles {
    /// Raises the limit as far as the system allows this process to. Programs that it starts inherit that.
    package static func raiseLimit() { bu_raise_open_files() }
}
