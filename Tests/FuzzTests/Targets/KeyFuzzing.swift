import Posix
import Terminal

/// Bytes of a terminal, through the decoder into a picker. The first two say how large the screen is.
enum KeyFuzzing {
    private static let items = [
        PickerItem(
            name: "dev-linux", place: "10.0.0.4", summary: "Build box", details: [.init("host", "hub")]),
        PickerItem(
            name: "win-dev", place: "資源", summary: "👩‍💻 desk", mark: "untrusted", refusal: "not trusted"),
        PickerItem(name: "a", summary: "\u{202E}x\u{1B}[2J"),
    ]

    static func broken(by bytes: [UInt8]) -> String? {
        guard bytes.count > 2 else { return nil }
        var picker = Picker(size: RawTerminal.Size(columns: Int(bytes[1]), rows: Int(bytes[0])))
        var decoder = KeyDecoder()
        for (index, byte) in bytes.dropFirst(2).enumerated() {
            if index == 4 { picker.fill(with: items) }
            // 0xFF never stands in what a terminal sends: here it is a moment without bytes.
            let key = byte == 0xFF ? decoder.timePassed() : decoder.feed(byte)
            if let key, let problem = press(key, on: &picker) { return problem }
        }
        return nil
    }

    private static func press(_ key: Key, on picker: inout Picker) -> String? {
        if case .character(let scalar) = key, scalar.value < 0x20 || (0x7F..<0xA0).contains(scalar.value) {
            return "a control character is text"
        }
        if case .picked(let number)? = picker.press(key), !items.indices.contains(number) {
            return "picked \(number)"
        }
        let frame = picker.frame(style: Style(isOn: false))
        if frame.lines.count > max(1, picker.size.rows) { return "more lines than the screen has" }
        if let wide = frame.lines.first(where: { DisplayWidth.of($0) > picker.size.columns }) {
            return "wider than the screen: \(wide)"
        }
        let hasControls = frame.lines.contains { $0.unicodeScalars.contains { $0.value < 0x20 } }
        return hasControls ? "a control character is drawn" : nil
    }
}
