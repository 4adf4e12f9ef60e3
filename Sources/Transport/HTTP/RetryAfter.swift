/// When a server wants to be asked again (RFC 9110, section 10.2.3).
package enum RetryAfter {
    /// The wait that an answer's `Retry-After` asks for; nil without one, or with one that says nothing.
    ///
    /// A date is compared with the answer's own `Date` if it has one, so that our clock need not be right.
    /// - Parameter now: our clock, in seconds since 1970.
    package static func wait(after headers: HTTPHeaders, now: Int) -> Duration? {
        guard let text = headers["Retry-After"] else { return nil }
        if text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) {
            guard let seconds = Int32(text) else { return nil }
            return .seconds(Int(seconds))
        }
        guard let then = HTTPDate.seconds(text) else { return nil }
        let present = headers["Date"].flatMap { HTTPDate.seconds($0) } ?? now
        return .seconds(max(0, then - present))
    }
}

/// Dates of HTTP (RFC 9110, section 5.6.7), in all three forms that a recipient must know.
package enum HTTPDate {
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// - Returns: seconds since 1970, or nil if the text is no date.
    package static func seconds(_ text: String) -> Int? {
        let words = text.split { $0 == " " || $0 == "," || $0 == "-" }.map(String.init)
        // Sun, 06 Nov 1994 08:49:37 GMT
        if words.count == 6, words[5] == "GMT", words[3].utf8.count == 4 {
            return seconds(day: words[1], month: words[2], year: Int(words[3]), time: words[4])
        }
        // Sunday, 06-Nov-94 08:49:37 GMT
        if words.count == 6, words[5] == "GMT", let year = Int(words[3]), (0..<100).contains(year) {
            let full = year < 70 ? 2000 + year : 1900 + year
            return seconds(day: words[1], month: words[2], year: full, time: words[4])
        }
        // Sun Nov  6 08:49:37 1994
        if words.count == 5 {
            return seconds(day: words[2], month: words[1], year: Int(words[4]), time: words[3])
        }
        return nil
    }

    private static func seconds(day: String, month: String, year: Int?, time: String) -> Int? {
        let clock = time.split(separator: ":").map { Int($0) ?? -1 }
        guard let day = Int(day), (1...31).contains(day), let year, (1601...9999).contains(year),
            let month = months.firstIndex(of: month).map({ $0 + 1 }), clock.count == 3,
            (0..<24).contains(clock[0]), (0..<60).contains(clock[1]), (0...60).contains(clock[2])
        else { return nil }
        return daysSince1970(year, month, day) * 86_400 + clock[0] * 3600 + clock[1] * 60 + clock[2]
    }

    /// The day number in the Gregorian calendar, counted in years that begin in March.
    private static func daysSince1970(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let shifted = month <= 2 ? year - 1 : year
        let era = shifted / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }
}
