import Glibc

/// Called by libFuzzer for each input. Which target is fed, FUZZ_TARGET in the environment says.
@_cdecl("LLVMFuzzerTestOneInput")
func feedOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    guard let target = Chosen.target else {
        say("FUZZ_TARGET is none of " + FuzzTarget.allCases.map(\.rawValue).joined(separator: " "))
        exit(64)
    }
    if let broken = target.broken(by: bytes) {
        say("broken promise: \(broken)")
        abort()
    }
    return 0
}

/// At once: what stands in a buffer is lost with the process.
private func say(_ text: String) {
    let bytes = Array((text + "\n").utf8)
    _ = write(STDERR_FILENO, bytes, bytes.count)
}

private enum Chosen {
    static let target = getenv("FUZZ_TARGET").flatMap { FuzzTarget(rawValue: String(cString: $0)) }
}
