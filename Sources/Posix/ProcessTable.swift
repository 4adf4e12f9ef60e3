/// What /proc says of processes (proc(5)).
package enum ProcessTable {
    /// Whether the process is the other one or descends from it, sixteen generations at most.
    package static func isProcess(_ process: Int32, descendedFrom ancestor: Int32) -> Bool {
        var process = process
        for _ in 0..<16 {
            if process == ancestor { return true }
            guard let parent = parent(of: process), parent > 1 else { return false }
            process = parent
        }
        return false
    }

    /// The parent's id.
    package static func parent(of process: Int32) -> Int32? { field(1, of: process).flatMap { Int32($0) } }

    /// When it was started, in ticks since the machine was: with the id it names a process once and for all.
    package static func start(of process: Int32) -> UInt64? { field(19, of: process).flatMap { UInt64($0) } }

    /// The fields are counted from 0 behind the name, which stands in parentheses and may hold any character.
    private static func field(_ number: Int, of process: Int32) -> Substring? {
        guard let contents = try? FileReader.read("/proc/\(process)/stat", limit: 4096) else { return nil }
        let text = String(decoding: contents.bytes, as: UTF8.self)
        guard let end = text.lastIndex(of: ")") else { return nil }
        let fields = text[text.index(after: end)...].split(separator: " ")
        return fields.count > number ? fields[number] : nil
    }
}
