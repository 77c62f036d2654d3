// SPDX-License-Identifier: Apache-2.0
import Base

/// What a copyright file says of its package, in the words of SPDX.
package struct LicenseSummary: Hashable, Sendable {
    /// All licences of the source at once: the strictest honest reading, because the file does not say which of them reach the
    /// binary. Nil when there is no copyright file.
    package var expression: LicenseExpression?
    /// Texts of the `LicenseRef-`s in it, sorted.
    package var extracted: [ExtractedLicense]
    /// Statements of copyright, one a line; of prose, the lines that begin with one.
    package var holders: String?
    /// Names below `/usr/share/common-licenses` that the text points to, sorted.
    package var commonLicenses: [String]

    /// Bytes of copyright statements that are kept.
    package static let holderLimit = 64 << 10
    static let termLimit = 500

    package static let none = LicenseSummary(expression: nil, extracted: [], holders: nil, commonLicenses: [])

    private init(expression: LicenseExpression?, extracted: [ExtractedLicense], holders: String?, commonLicenses: [String]) {
        self.expression = expression
        self.extracted = extracted
        self.holders = holders
        self.commonLicenses = commonLicenses
    }

    /// Summarises the copyright file of a package built from the source `source`.
    package init(_ file: CopyrightFile, source: String) {
        commonLicenses = Self.commonLicenses(in: file.text)
        guard file.isMachineReadable else {
            let license = Self.extract(named: source, text: file.text)
            expression = .license(license.identifier)
            extracted = [license]
            holders = Self.joined(Self.notices(in: file.text))
            return
        }
        var found: [String: ExtractedLicense] = [:]
        var read: [String: LicenseExpression] = [:]
        var shared: [String: String] = [:]
        var terms: [LicenseExpression] = []
        for stanza in file.stanzas where !stanza.license.isEmpty {
            // The same short name with the same text, or none, means the same: files with thousands of stanzas name a few licences.
            let key = stanza.license + "\u{0}" + stanza.text
            if let known = read[key] {
                terms.append(known)
                continue
            }
            let term = DebianLicense.expression(stanza.license) { name in
                // The text of the stanza is that of its licence when it names one; of several, their own paragraphs come first.
                let isAlone = name.utf8.elementsEqual(stanza.license.utf8)
                let isShared = stanza.text.isEmpty || !isAlone && file.texts[name.lowercased()] != nil
                if isShared, let known = shared[name] { return known }
                let text = isShared ? file.texts[name.lowercased()] ?? "" : stanza.text
                let identifier = LicenseText.identifier(of: text) ?? Self.extract(named: name, text: text, into: &found)
                if isShared { shared[name] = identifier }
                return identifier
            }
            read[key] = term
            terms.append(term)
        }
        let all = LicenseExpression.joining(all: terms)
        if case .all(let parts) = all, parts.count > Self.termLimit {
            // An expression nobody can read serves nobody; the whole file does.
            let license = Self.extract(named: source, text: file.text)
            expression = .license(license.identifier)
            extracted = [license]
        } else {
            expression = all
            extracted = found.values.sorted()
        }
        holders = Self.joined(file.stanzas.lazy.flatMap(\.copyright))
    }

    private static func extract(named name: String, text: String, into found: inout [String: ExtractedLicense]) -> String {
        let license = extract(named: name, text: text)
        found[license.identifier] = license
        return license.identifier
    }

    /// Names a licence by its text: equal texts get one identifier in every document, different texts never share one.
    static func extract(named name: String, text: String) -> ExtractedLicense {
        var stem: [UInt8] = []
        for byte in name.utf8.prefix(64) {
            if PackageURL.isTypeByte(byte) {
                stem.append(byte)
            } else if byte == 0x2B {
                stem += Array("plus".utf8)
            } else if stem.last != 0x2D {
                stem.append(0x2D)
            }
        }
        while stem.last == 0x2D { stem.removeLast() }
        let base = "LicenseRef-" + (stem.isEmpty ? "unnamed" : String(decoding: stem, as: UTF8.self))
        guard !text.isEmpty else {
            return ExtractedLicense(
                identifier: base, name: name,
                text: "The copyright file names this licence \"\(name)\" and gives no text for it.")
        }
        return ExtractedLicense(identifier: "\(base)-\(Digest.sha256(of: text).hex.prefix(8))", name: name, text: text)
    }

    private static func joined(_ lines: some Sequence<String>) -> String? {
        var seen: Set<String> = []
        var text = ""
        for line in lines where seen.insert(line).inserted {
            guard text.utf8.count + line.utf8.count < holderLimit else { return text + "\n[more in the copyright file]" }
            text += (text.isEmpty ? "" : "\n") + line
        }
        return text.isEmpty ? nil : text
    }

    // Lines of prose that begin with "Copyright" and name a year: `Copyright (c) 2001-2025 Python Software Foundation`.
    private static func notices(in text: String) -> [String] {
        let word = Array("copyright".utf8)
        return text.utf8.split(separator: 0x0A).compactMap { line in
            let bare = line.drop { $0 == 0x20 || $0 == 0x09 || $0 == 0x2A }
            guard bare.count <= 300, bare.lazy.map({ $0 | 0x20 }).starts(with: word) else { return nil }
            let hasYear = bare.split(whereSeparator: { !(0x30...0x39).contains($0) }).contains { $0.count == 4 }
            return hasYear ? CopyrightFile.trimmed(String(decoding: bare, as: UTF8.self)) : nil
        }
    }

    private static func commonLicenses(in text: String) -> [String] {
        let marker = Array("/usr/share/common-licenses/".utf8)
        var names: Set<String> = []
        let bytes = Array(text.utf8)
        var position = 0
        while position + marker.count < bytes.count {
            guard bytes[position] == 0x2F, bytes[position...].starts(with: marker) else {
                position += 1
                continue
            }
            position += marker.count
            var name = bytes[position...].prefix { PackageURL.isTypeByte($0) }
            // A full stop that ends the sentence.
            while name.last == 0x2E || name.last == 0x2D { name = name.dropLast() }
            if !name.isEmpty, name.count <= 40 { names.insert(String(decoding: name, as: UTF8.self)) }
        }
        return names.sorted()
    }
}
