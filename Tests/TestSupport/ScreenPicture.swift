/// What a screen showed.
package struct ScreenPicture: Sendable {
    package struct Failure: Error {}

    package let width: Int
    package let height: Int
    private let bytes: [UInt8]
    private let start: Int
    private let lineLength: Int

    /// - Parameter windowDump: an X window dump (XWDFile.h, version 7) of 24-bit colours, as Xvfb keeps one.
    package init(windowDump bytes: [UInt8]) throws {
        func field(_ index: Int) -> Int { bytes[4 * index..<4 * index + 4].reduce(0) { $0 << 8 | Int($1) } }
        guard bytes.count > 100, field(1) == 7, field(11) == 32, field(7) == 0 else { throw Failure() }
        width = field(4)
        height = field(5)
        lineLength = field(12)
        start = field(0) + 12 * field(19)
        guard bytes.count >= start + height * lineLength else { throw Failure() }
        self.bytes = bytes
    }

    /// The part (0...1) of the picture that has about this colour, measured at every fourth point both ways.
    package func share(of colour: Colour) -> Double {
        var count = 0
        var total = 0
        for y in stride(from: 0, to: height, by: 4) {
            for x in stride(from: 0, to: width, by: 4) {
                total += 1
                if self[x, y].isNear(colour) { count += 1 }
            }
        }
        return total == 0 ? 0 : Double(count) / Double(total)
    }

    /// The colour of a point.
    package subscript(x: Int, y: Int) -> Colour {
        let place = start + y * lineLength + 4 * x
        return Colour(red: bytes[place + 2], green: bytes[place + 1], blue: bytes[place])
    }
}

package struct Colour: Hashable, Sendable, CustomStringConvertible {
    package let red: UInt8
    package let green: UInt8
    package let blue: UInt8

    package init(red: UInt8, green: UInt8, blue: UInt8) {
        (self.red, self.green, self.blue) = (red, green, blue)
    }

    /// `#3060a0`, as X programs take it.
    package var description: String {
        "#"
            + [red, green, blue].map { part in
                let digits = String(part, radix: 16)
                return digits.count == 2 ? digits : "0\(digits)"
            }.joined()
    }

    /// Whether the eye would call it the same: a video codec is a few units off.
    func isNear(_ other: Colour) -> Bool {
        let allowed = 16
        return abs(Int(red) - Int(other.red)) <= allowed && abs(Int(green) - Int(other.green)) <= allowed
            && abs(Int(blue) - Int(other.blue)) <= allowed
    }
}
