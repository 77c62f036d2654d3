// SPDX-License-Identifier: Apache-2.0
import Base

/// Makes text from outside harmless before a format escapes it.
enum ReportText {
    /// One line of at most so many characters: white space is one blank; control, direction and invisible characters are gone.
    static func line(_ text: String, limit: Int = 500) -> String {
        var result = String.UnicodeScalarView()
        var count = 0
        var blank = false
        // What is looked at is bounded as well: a text of a megabyte of invisible characters is as good as none.
        for scalar in text.unicodeScalars.prefix(limit * 8) {
            if isBlank(scalar) {
                blank = !result.isEmpty
                continue
            }
            guard isVisible(scalar) else { continue }
            if count + (blank ? 1 : 0) >= limit {
                result.append("…")
                return String(result)
            }
            if blank {
                result.append(" ")
                count += 1
                blank = false
            }
            result.append(scalar)
            count += 1
        }
        return String(result)
    }

    /// At most so many, and how many more there are.
    static func lines(_ texts: [String], count limit: Int, each length: Int = 300) -> [String] {
        let shown = texts.prefix(limit).map { line($0, limit: length) }
        return texts.count > limit ? shown + ["… and \(texts.count - limit) more"] : shown
    }

    private static func isBlank(_ scalar: Unicode.Scalar) -> Bool {
        scalar == " " || (0x09...0x0D).contains(scalar.value) || scalar.value == 0x85 || scalar.value == 0xA0
            || (0x2000...0x200A).contains(scalar.value) || (0x2028...0x2029).contains(scalar.value) || scalar.value == 0x3000
    }

    private static func isVisible(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        // Format characters turn the direction of writing or show nothing; private ones mean something else to everybody.
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: false
        default: !(0xFE00...0xFE0F).contains(scalar.value)
        }
    }

    /// A version 8 UUID of what something is: the same thing has the same one in every report.
    static func identity(_ parts: [String]) -> String {
        var bytes = Array(Digest.sha256(of: parts.map { "\($0.utf8.count) \($0)" }.joined(separator: "\n")).hex.utf8.prefix(32))
        bytes[12] = 0x38  // version 8
        bytes[16] = 0x61  // variant: 10xx
        let text = String(decoding: bytes, as: UTF8.self)
        var result = ""
        for (index, character) in text.enumerated() {
            if [8, 12, 16, 20].contains(index) { result += "-" }
            result.append(character)
        }
        return result
    }

    /// `7.5` of 75 tenths.
    static func score(_ tenths: Int) -> String { "\(tenths / 10).\(tenths % 10)" }

    /// `12.3 %` of hundred-thousandths.
    static func percent(_ value: Int) -> String { "\(value / 1000).\(value / 100 % 10) %" }

    /// A relative address of a path or an image's name: what an address may not hold is encoded, colons too, since a word before one
    /// would be a scheme.
    static func relativeAddress(_ path: String) -> String {
        var text = ""
        for byte in line(path, limit: 1000).utf8 {
            let isPlain =
                (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                || [0x2D, 0x2E, 0x2F, 0x5F]
                    .contains(byte)
            let hex = String(byte, radix: 16, uppercase: true)
            text += isPlain ? String(UnicodeScalar(byte)) : "%" + (hex.count < 2 ? "0" + hex : hex)
        }
        return text
    }
}
