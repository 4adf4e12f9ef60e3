package import Diagnostics

/// The bytes of one text file and the label under which problems name it.
package struct SourceText: Sendable {
    package let file: String
    package let bytes: [UInt8]

    /// A line longer than this is not shown when the place is beyond it, and cut there otherwise.
    private static let longestShownLine = 4096

    package init(_ bytes: [UInt8], file: String) {
        self.bytes = bytes
        self.file = file
    }

    /// Gives each problem of this file the text of its line.
    ///
    /// Lines that seem to hold a secret are left out, and so are the lines of `hidden`: a diagnostic is
    /// printed, logged and pasted into tickets. One pass over the file, whatever the number of problems.
    package func attachLines(to problems: [Diagnostic], hiding hidden: [ClosedRange<Int>] = [])
        -> [Diagnostic]
    {
        var wanted: [Int: [Int]] = [:]
        for (index, problem) in problems.enumerated() where problem.sourceLine == nil {
            guard let place = problem.location, place.file == file else { continue }
            if hidden.contains(where: { $0.contains(place.line) }) { continue }
            wanted[place.line, default: []].append(index)
        }
        guard let last = wanted.keys.max() else { return problems }
        var result = problems
        var filter = SecretLineFilter()
        forEachLine(through: last) { number, line in
            let isSecret = filter.hides(line)
            guard !isSecret, let indices = wanted[number] else { return }
            let shown = String(decoding: line.prefix(Self.longestShownLine), as: UTF8.self)
            for index in indices where (result[index].location?.column ?? 1) <= Self.longestShownLine {
                result[index].sourceLine = shown
            }
        }
        return result
    }

    /// Calls `body` with each line's number, from 1, and its bytes without the line break.
    private func forEachLine(through last: Int, _ body: (Int, ArraySlice<UInt8>) -> Void) {
        var number = 1
        var start = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        while number <= last, start <= bytes.count {
            let end = bytes[start...].firstIndex { $0 == 0x0A || $0 == 0x0D } ?? bytes.count
            body(number, bytes[start..<end])
            let isPair = end + 1 < bytes.count && bytes[end] == 0x0D && bytes[end + 1] == 0x0A
            start = end + (isPair ? 2 : 1)
            number += 1
        }
    }
}
