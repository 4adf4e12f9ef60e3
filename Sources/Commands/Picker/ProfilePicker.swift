internal import Diagnostics
internal import Posix
internal import SessionRuntime
internal import Terminal

/// Lets one of the profiles be picked on the terminal.
///
/// Profiles are read on a thread of their own, so that the screen is there at once and takes what is typed, however
/// many there are.
struct ProfilePicker: Sendable {
    enum Outcome: Sendable {
        case picked(String)
        case left
        /// There is nothing to pick from; nothing was drawn, or it is gone again.
        case noProfiles
        /// The terminal cannot be had.
        case noScreen
        case terminalGone
    }

    let context: CommandContext

    /// Few profiles are read by then: they appear with the first picture.
    private static let patience = Duration.milliseconds(12)

    /// The profiles on their way. Belongs to the loop's thread.
    private final class Arrival: @unchecked Sendable {
        var items: ProfileItems?
        let wakeUp = WakeUp()
        var screen: Screen?
    }

    /// Returns when the terminal is as it was.
    func pick() async -> Outcome {
        let arrival = Arrival()
        return await withTaskGroup(of: Void.self) { group in
            group.addTask {
                arrival.items = await read()
                arrival.wakeUp.signal()
                arrival.screen?.wake()
            }
            _ = await arrival.wakeUp.wait(until: .now.advanced(by: Self.patience))
            let outcome = await pick(from: arrival)
            group.cancelAll()
            return outcome
        }
    }

    private func read() async -> ProfileItems? {
        let context = context
        return try? await BlockingCall.run(until: .now.advanced(by: .seconds(600))) { ProfileItems(context) }
    }

    private func pick(from arrival: Arrival) async -> Outcome {
        if arrival.items?.items.isEmpty == true { return .noProfiles }
        let screen: Screen
        do { screen = try Screen() } catch { return .noScreen }
        arrival.screen = screen
        defer {
            arrival.screen = nil
            screen.close()
        }
        do { return try await pick(from: arrival, on: screen) } catch { return .terminalGone }
    }

    private func pick(from arrival: Arrival, on screen: Screen) async throws(TerminalError) -> Outcome {
        let style = context.style
        var picker = Picker(size: screen.size)
        /// Enter, pressed before the profiles were there: what was typed behind it is not read either.
        var isEnterHeld = false
        while true {
            if picker.items == nil, let found = arrival.items {
                if found.items.isEmpty { return .noProfiles }
                picker.fill(with: found.items, notice: found.notice)
                if isEnterHeld, case .picked(let number) = picker.press(.enter) {
                    return .picked(found.items[number].name)
                }
                isEnterHeld = false
            }
            while !isEnterHeld, let key = try screen.nextKey() {
                switch picker.press(key) {
                case nil: continue
                case .picked(let number): return .picked(picker.items?[number].name ?? "")
                case .left: return .left
                case .tooEarly: isEnterHeld = true
                }
            }
            try await screen.draw(picker.frame(style: style))
            if try await screen.wait(takesKeys: !isEnterHeld) == .cancelled { return .left }
            if screen.size != picker.size { picker.resize(to: screen.size) }
        }
    }
}
