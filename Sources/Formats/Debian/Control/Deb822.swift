// SPDX-License-Identifier: Apache-2.0
// https://manpages.debian.org/deb822.5

/// One paragraph of control data: names with values, in the order of the file. Names are compared without case.
package struct Deb822Paragraph: Hashable, Sendable {
    package struct Field: Hashable, Sendable {
        package var name: String
        /// Without the white space around it. Lines after the first lost the one character that marks them and keep the rest.
        package var value: String
    }
    package var fields: [Field]

    /// The value of a field; nil when the paragraph has none of this name.
    package subscript(_ name: String) -> String? { fields.first { Self.isEqual($0.name, name) }?.value }

    /// The value of a field that must be there. `owner` names the paragraph in the error.
    package func required(_ name: String, of owner: String) throws(DebianError) -> String {
        guard let value = self[name] else { throw .missingField(name, of: owner) }
        return value
    }

    /// The lines of a field after the first, without the white space around each; empty ones are left out.
    package func lines(_ name: String) -> [Substring] {
        guard let value = self[name] else { return [] }
        return value.utf8.split(separator: 0x0A).compactMap { line in
            let text = line.drop { $0 == 0x20 || $0 == 0x09 }
            return text.isEmpty ? nil : Substring(text)
        }
    }

    static func isEqual(_ a: String, _ b: String) -> Bool {
        a.utf8.count == b.utf8.count && zip(a.utf8, b.utf8).allSatisfy { lower($0) == lower($1) }
    }
    private static func lower(_ byte: UInt8) -> UInt8 { byte >= 0x41 && byte <= 0x5A ? byte | 0x20 : byte }
}

/// Reads control data: paragraphs divided by empty lines, continuation lines, comment lines.
package enum Deb822 {
    package struct Limits: Hashable, Sendable {
        package var bytes: Int
        package var paragraphs: Int
        package var fieldsPerParagraph: Int
        package init(bytes: Int = 16 << 20, paragraphs: Int = 10_000, fieldsPerParagraph: Int = 256) {
            self.bytes = bytes
            self.paragraphs = paragraphs
            self.fieldsPerParagraph = fieldsPerParagraph
        }
    }

    package static func paragraphs(_ text: String, limits: Limits = Limits()) throws(DebianError) -> [Deb822Paragraph] {
        try paragraphs(Array(text.utf8), limits: limits)
    }

    /// All paragraphs. Equal names in one paragraph, lines without a colon and stray continuation lines are errors.
    package static func paragraphs(_ bytes: [UInt8], limits: Limits = Limits()) throws(DebianError) -> [Deb822Paragraph] {
        guard bytes.count <= limits.bytes else { throw .tooLarge(what: "bytes of control data", limit: limits.bytes) }
        var reader = Reader(limits: limits)
        var number = 0
        var start = 0
        while start < bytes.count {
            let end = bytes[start...].firstIndex(of: 0x0A) ?? bytes.count
            number += 1
            try reader.take(bytes[start..<end], number: number)
            start = end + 1
        }
        try reader.endParagraph()
        return reader.paragraphs
    }

    /// The only paragraph of a file that must have exactly one. `owner` names the file in the error.
    package static func onlyParagraph(_ bytes: [UInt8], of owner: String, limits: Limits = Limits()) throws(DebianError) -> Deb822Paragraph
    {
        let all = try paragraphs(bytes, limits: limits)
        guard let first = all.first else { throw .badControlData(line: 1, reason: "no paragraph in \(owner)") }
        guard all.count == 1 else { throw .badControlData(line: 1, reason: "\(all.count) paragraphs in \(owner) instead of one") }
        return first
    }

    private struct Reader {
        let limits: Limits
        var paragraphs: [Deb822Paragraph] = []
        private var fields: [Deb822Paragraph.Field] = []
        private var name = ""
        private var value: [UInt8] = []

        init(limits: Limits) { self.limits = limits }

        mutating func take(_ line: ArraySlice<UInt8>, number: Int) throws(DebianError) {
            guard let first = line.first else { return try endParagraph() }
            if first == UInt8(ascii: "#") { return }
            let content = trimmed(line)
            // A line of white space only divides paragraphs too (deb822(5)).
            if content.isEmpty { return try endParagraph() }
            if first == 0x20 || first == 0x09 {
                guard !name.isEmpty else { throw .badControlData(line: number, reason: "a continuation line without a field before it") }
                value.append(0x0A)
                value.append(contentsOf: line[(line.startIndex + 1)..<content.endIndex])
                return
            }
            try endField()
            guard let colon = line.firstIndex(of: 0x3A), colon > line.startIndex else {
                throw .badControlData(line: number, reason: "a line without a field name")
            }
            guard line[..<colon].allSatisfy({ $0 > 0x20 && $0 < 0x7F }), first != 0x2D else {
                throw .badControlData(line: number, reason: "a field name with characters that are not allowed")
            }
            name = String(decoding: line[..<colon], as: UTF8.self)
            value = Array(trimmed(line[(colon + 1)...]))
            guard fields.count < limits.fieldsPerParagraph else {
                throw .tooLarge(what: "fields in a paragraph", limit: limits.fieldsPerParagraph)
            }
            if fields.contains(where: { Deb822Paragraph.isEqual($0.name, name) }) {
                throw .badControlData(line: number, reason: "a second field \(name)")
            }
        }

        mutating func endParagraph() throws(DebianError) {
            try endField()
            guard !fields.isEmpty else { return }
            guard paragraphs.count < limits.paragraphs else { throw .tooLarge(what: "paragraphs", limit: limits.paragraphs) }
            paragraphs.append(Deb822Paragraph(fields: fields))
            fields = []
        }

        private mutating func endField() throws(DebianError) {
            guard !name.isEmpty else { return }
            fields.append(.init(name: name, value: String(decoding: value, as: UTF8.self)))
            name = ""
            value = []
        }

        private func trimmed(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
            var bytes = bytes
            while let first = bytes.first, isSpace(first) { bytes.removeFirst() }
            while let last = bytes.last, isSpace(last) { bytes.removeLast() }
            return bytes
        }
        private func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0D }
    }
}
