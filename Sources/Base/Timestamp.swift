// SPDX-License-Identifier: Apache-2.0

/// A moment in whole seconds since 1970-01-01T00:00:00Z, read and written in the three spellings the field uses.
package struct Timestamp: Hashable, Sendable, Comparable, Codable, CustomStringConvertible {
    package let seconds: Int
    package init(seconds: Int) { self.seconds = seconds }
    package static func < (a: Timestamp, b: Timestamp) -> Bool { a.seconds < b.seconds }

    /// RFC 3339 in UTC: `2026-11-23T08:00:00Z`.
    package var description: String {
        let time = ((seconds % 86400) + 86400) % 86400
        return dateText + "T\(Self.pad(time / 3600)):\(Self.pad(time / 60 % 60)):\(Self.pad(time % 60))Z"
    }

    /// `2026-11-23`.
    package var dateText: String {
        let (year, month, day) = Self.civil(fromDays: Int((Double(seconds) / 86400).rounded(.down)))
        let digits = String(max(year, 0))
        return "\(String(repeating: "0", count: max(0, 4 - digits.count)) + digits)-\(Self.pad(month))-\(Self.pad(day))"
    }

    /// Reads `2026-11-23T08:00:00Z` (also with fractions, which are dropped, and numeric offsets).
    package init?(rfc3339 text: String) {
        let parts = text.split(separator: "T", maxSplits: 1)
        guard parts.count == 2, let days = Self.days(date: parts[0]) else { return nil }
        var clock = parts[1]
        var offset = 0
        if clock.hasSuffix("Z") {
            clock = clock.dropLast()
        } else if let sign = clock.lastIndex(where: { $0 == "+" || $0 == "-" }) {
            guard let zone = Self.fields(clock[sign...].dropFirst(), separator: ":", widths: [2, 2]), zone[0] < 24, zone[1] < 60 else {
                return nil
            }
            offset = (zone[0] * 3600 + zone[1] * 60) * (clock[sign] == "-" ? -1 : 1)
            clock = clock[..<sign]
        } else {
            return nil
        }
        let parted = clock.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard let fields = Self.fields(parted[0], separator: ":", widths: [2, 2, 2]), fields[0] < 24, fields[1] < 60, fields[2] < 61,
            parted.count == 1 || (!parted[1].isEmpty && parted[1].utf8.allSatisfy(Self.isDigit))
        else { return nil }
        let moment = days * 86400 + fields[0] * 3600 + fields[1] * 60 + fields[2] - offset
        // An offset must not lead out of the years that can be written.
        guard (Self.first...Self.last).contains(moment) else { return nil }
        seconds = moment
    }

    /// Reads `2026-11-23` as midnight UTC.
    package init?(date text: String) {
        guard let days = Self.days(date: text[...]) else { return nil }
        seconds = days * 86400
    }

    /// Reads the date of Release files, RFC 5322 in UTC: `Sat, 15 Nov 2025 09:12:00 UTC`.
    package init?(release text: String) {
        let words = text.split(separator: " ")
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        guard words.count == 6, ["UTC", "GMT", "+0000"].contains(words[5]), let day = Int(words[1]), let year = Int(words[3]),
            let month = months.firstIndex(of: String(words[2])), let days = Self.days(year: year, month: month + 1, day: day)
        else { return nil }
        let fields = words[4].split(separator: ":", omittingEmptySubsequences: false).compactMap {
            $0.utf8.allSatisfy(Self.isDigit) ? Int($0) : nil
        }
        guard fields.count == 3, fields[0] < 24, fields[1] < 60, fields[2] < 61 else { return nil }
        seconds = days * 86400 + fields[0] * 3600 + fields[1] * 60 + fields[2]
    }

    package init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let value = Timestamp(rfc3339: text) else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "expected an RFC 3339 time, found \(text)"))
        }
        self = value
    }
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }

    private static func pad(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }

    private static func days(date: Substring) -> Int? {
        guard let fields = fields(date, separator: "-", widths: [4, 2, 2]) else { return nil }
        return days(year: fields[0], month: fields[1], day: fields[2])
    }

    // 0001-01-01T00:00:00Z and 9999-12-31T23:59:59Z.
    private static let first = -62_135_596_800
    private static let last = 253_402_300_799

    /// Numbers of exactly so many ASCII digits each.
    private static func fields(_ text: Substring, separator: Character, widths: [Int]) -> [Int]? {
        let parts = text.split(separator: separator, omittingEmptySubsequences: false)
        guard parts.map(\.utf8.count) == widths else { return nil }
        let numbers = parts.compactMap { $0.utf8.allSatisfy(isDigit) ? Int($0) : nil }
        return numbers.count == widths.count ? numbers : nil
    }
    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

    // Proleptic Gregorian calendar, years counted from March so that the leap day comes last.
    private static func days(year: Int, month: Int, day: Int) -> Int? {
        guard (1...9999).contains(year), (1...12).contains(month) else { return nil }
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        let lengths = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        guard (1...lengths[month - 1]).contains(day) else { return nil }
        let shifted = month <= 2 ? year - 1 : year
        let era = shifted / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719468
    }

    private static func civil(fromDays days: Int) -> (Int, Int, Int) {
        let shifted = days + 719468
        let era = (shifted >= 0 ? shifted : shifted - 146096) / 146097
        let dayOfEra = shifted - era * 146097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let month = (5 * dayOfYear + 2) / 153
        let year = yearOfEra + era * 400 + (month < 10 ? 0 : 1)
        return (year, month < 10 ? month + 3 : month - 9, dayOfYear - (153 * month + 2) / 5 + 1)
    }
}
