internal import Glibc
internal import Posix

/// What a test may take from the environment that it runs in.
package enum TestEnvironment {
    package static func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

    package static var isRoot: Bool { geteuid() == 0 }

    /// Enough for programs to be found, and nothing that is the developer's own.
    package static var minimal: [String: String] {
        var variables = [
            "PATH": variable("PATH") ?? "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "LANG": "C.UTF-8", "TERM": "dumb",
        ]
        // How programs that were built with a sanitizer are to behave.
        for name in ["ASAN_OPTIONS", "TSAN_OPTIONS"] { variables[name] = variable(name) }
        return variables
    }

    /// nil where all these programs are there, else which are missing: `needs Xvfb`. For `.enabled(if:)`.
    package static func obstacle(programs: [String]) -> String? {
        let folders = minimal["PATH"]?.split(separator: ":").map(String.init) ?? []
        let missing = programs.filter { name in
            !folders.contains { access(FilePath.join($0, name), X_OK) == 0 }
        }
        return missing.isEmpty ? nil : "needs \(missing.joined(separator: ", "))"
    }
}
