// SPDX-License-Identifier: Apache-2.0
// https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/

/// The file `usr/share/doc/<package>/copyright` of a Debian package, in the machine-readable format or as prose.
///
/// Reading never fails: the file is evidence, and one that cannot be understood is kept as a text.
package struct CopyrightFile: Hashable, Sendable {
    /// A `Files` paragraph, or the header when it speaks for the package as a whole.
    package struct Stanza: Hashable, Sendable {
        /// Patterns, `*` and `debian/*`; empty for the header.
        package var files: [String]
        /// Statements of copyright, one a line.
        package var copyright: [String]
        /// First line of `License`: short names joined by `and`, `or` and commas.
        package var license: String
        /// The lines after it; empty when the text stands in a paragraph of its own.
        package var text: String
    }

    /// False for prose; then there are no stanzas.
    package let isMachineReadable: Bool
    package let stanzas: [Stanza]
    /// Licence paragraphs that stand alone: short name in lower case -> text.
    package let texts: [String: String]
    /// The file as it is, cut at `limit`.
    package let text: String

    /// Bytes that are read; what lies beyond is left out and said so.
    package static let limit = 1 << 20
    static let paragraphLimit = 10_000

    package init(_ text: String) {
        if text.utf8.count > Self.limit {
            let kept = String(decoding: text.utf8.prefix(Self.limit), as: UTF8.self)
            self.text = kept + "\n[cut after \(Self.limit) bytes]\n"
        } else {
            self.text = text
        }
        let paragraphs = Paragraph.read(self.text, limit: Self.paragraphLimit)
        guard let header = paragraphs.first, header["format"] != nil || header["format-specification"] != nil else {
            isMachineReadable = false
            stanzas = []
            texts = [:]
            return
        }
        var stanzas: [Stanza] = []
        var texts: [String: String] = [:]
        for paragraph in paragraphs.dropFirst() {
            let (license, text) = Self.license(paragraph)
            if let files = paragraph["files"] {
                stanzas.append(
                    Stanza(files: Self.words(files), copyright: Self.lines(paragraph["copyright"]), license: license, text: text))
            } else if !license.isEmpty, !text.isEmpty {
                // Some files give a name twice; both texts are kept, for neither is known to be the wrong one.
                let name = license.lowercased()
                texts[name] = texts[name].map { $0 == text ? text : $0 + "\n\n" + text } ?? text
            }
        }
        if stanzas.isEmpty, header["license"] != nil {
            let (license, text) = Self.license(header)
            stanzas = [Stanza(files: [], copyright: Self.lines(header["copyright"]), license: license, text: text)]
        }
        isMachineReadable = stanzas.contains { !$0.license.isEmpty }
        self.stanzas = stanzas
        self.texts = texts
    }

    private static func license(_ paragraph: Paragraph) -> (name: String, text: String) {
        guard let value = paragraph["license"] else { return ("", "") }
        let newline = value.utf8.firstIndex(of: 0x0A)
        let name = newline.map { String(value[..<$0]) } ?? value
        // A blank line within a value is written as a lone dot.
        let rest = newline.map { value[$0...].split(separator: "\n", omittingEmptySubsequences: false).dropFirst() } ?? []
        let lines = rest.map { $0.dropFirst() == "." ? "" : $0.dropFirst() }
        return (Self.trimmed(name), lines.joined(separator: "\n"))
    }

    private static func words(_ value: String) -> [String] {
        value.utf8.split(whereSeparator: { $0 == 0x20 || $0 == 0x09 || $0 == 0x0A }).map { String(decoding: $0, as: UTF8.self) }
    }

    private static func lines(_ value: String?) -> [String] {
        (value ?? "").split(separator: "\n").map { Self.trimmed(String($0)) }.filter { !$0.isEmpty && $0 != "." }
    }

    static func trimmed(_ text: String) -> String {
        var bytes = Array(text.utf8)[...]
        while let last = bytes.last, last <= 0x20 { bytes.removeLast() }
        while let first = bytes.first, first == 0x20 || first == 0x09 { bytes.removeFirst() }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// Fields of one paragraph; names in lower case, continuation lines kept with their indentation.
private struct Paragraph {
    private var fields: [String: String] = [:]
    subscript(name: String) -> String? { fields[name] }

    /// Reads paragraphs separated by blank lines; a line that is neither a field nor a continuation goes on with the field before it.
    static func read(_ text: String, limit: Int) -> [Paragraph] {
        var paragraphs: [Paragraph] = []
        var current = Paragraph()
        var name: String?
        var value: [UInt8] = []
        func flushField() {
            guard let field = name else { return }
            if current.fields[field] == nil { current.fields[field] = CopyrightFile.trimmed(String(decoding: value, as: UTF8.self)) }
            name = nil
            value = []
        }
        func flushParagraph() {
            flushField()
            if !current.fields.isEmpty, paragraphs.count < limit { paragraphs.append(current) }
            current = Paragraph()
        }
        for line in text.utf8.split(separator: 0x0A, omittingEmptySubsequences: false) {
            var line = line
            while let last = line.last, last == 0x20 || last == 0x09 || last == 0x0D { line = line.dropLast() }
            guard let first = line.first else {
                flushParagraph()
                continue
            }
            if first == 0x23 { continue }
            if first != 0x20, first != 0x09, let colon = line.firstIndex(of: 0x3A), isFieldName(line[..<colon]) {
                flushField()
                name = String(decoding: line[..<colon], as: UTF8.self).lowercased()
                value = Array(line[line.index(after: colon)...].drop { $0 == 0x20 || $0 == 0x09 })
            } else if name != nil {
                value.append(0x0A)
                if first != 0x20, first != 0x09 { value.append(0x20) }
                value += line
            }
        }
        flushParagraph()
        return paragraphs
    }

    private static func isFieldName(_ bytes: Substring.UTF8View) -> Bool {
        !bytes.isEmpty && bytes.count <= 40 && bytes.allSatisfy { PackageURL.isLetter($0) || $0 == 0x2D }
    }
}
