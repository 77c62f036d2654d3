// SPDX-License-Identifier: Apache-2.0
// https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/#license-specification

/// Reads the `License` line of a machine-readable copyright file as an SPDX expression.
///
/// A short name is translated only when both vocabularies mean the same licence. An unversioned `GPL` stays unknown: the
/// version is in the text that comes with it, and guessing one would be a claim nobody made.
package enum DebianLicense {
    /// Longest text that is read as an expression; a longer one is prose.
    static let limit = 200

    /// Reads `GPL-2+ or Artistic, and BSD-3-clause`; `unknown` gives the identifier for a name the SPDX list does not have.
    package static func expression(_ text: String, unknown: (String) -> String) -> LicenseExpression {
        let words = words(of: text)
        guard text.utf8.count <= limit, words.count <= 40 else { return .license(unknown(text)) }
        // A name with spaces can be known as a whole.
        if let whole = identifier(words.joined(separator: "-")) { return whole }
        return list(words, unknown)
    }

    private static func words(of text: String) -> [String] {
        var words: [String] = []
        for word in text.utf8.split(whereSeparator: { $0 == 0x20 || $0 == 0x09 || $0 == 0x0A || $0 == 0x0D }) {
            let isBeforeComma = word.last == 0x2C
            let bare = isBeforeComma ? word.dropLast() : word
            if !bare.isEmpty { words.append(String(decoding: bare, as: UTF8.self)) }
            if isBeforeComma { words.append(",") }
        }
        return words
    }

    // "A or B, and C": a comma gives the following and/or the lowest precedence. In "A, B and C", which the format does not
    // define, the parts before take the operator that follows; AND when none does, because it promises less.
    private static func list(_ words: [String], _ unknown: (String) -> String) -> LicenseExpression {
        var parts: [(isChoice: Bool?, term: LicenseExpression)] = []
        for part in words.split(separator: ",") {
            let first = part.first?.lowercased() ?? ""
            let isChoice: Bool? = isOr(first) ? true : first == "and" ? false : nil
            let rest = isChoice == nil ? part : part.dropFirst()
            if !rest.isEmpty { parts.append((isChoice, choice(rest, unknown))) }
        }
        guard var result = parts.first?.term else { return .license(unknown(words.joined(separator: " "))) }
        for (position, part) in parts.enumerated().dropFirst() {
            let isChoice = part.isChoice ?? parts[position...].lazy.compactMap(\.isChoice).first ?? false
            result = (isChoice ? .joining(any: [result, part.term]) : .joining(all: [result, part.term])) ?? result
        }
        return result
    }

    private static func choice(_ words: ArraySlice<String>, _ unknown: (String) -> String) -> LicenseExpression {
        let terms = words.split(whereSeparator: { isOr($0.lowercased()) }).map { conjunction in
            LicenseExpression.joining(
                all: conjunction.split(whereSeparator: { $0.lowercased() == "and" }).map { atom(Array($0), unknown) })
        }
        return LicenseExpression.joining(any: terms.compactMap(\.self)) ?? .license(unknown(words.joined(separator: " ")))
    }

    private static func isOr(_ word: String) -> Bool { word == "or" || word == "and/or" }

    private static func atom(_ words: [String], _ unknown: (String) -> String) -> LicenseExpression {
        identifier(words.joined(separator: "-")) ?? .license(unknown(words.joined(separator: " ")))
    }

    /// One short name, its words joined by dashes: `GPL-3+-with-Bison-exception`.
    static func identifier(_ name: String) -> LicenseExpression? {
        let folded = name.lowercased()
        if folded == "perl" { return .any([.license("Artistic-1.0-Perl"), .license("GPL-1.0-or-later")]) }
        if let known = gnu(folded) ?? aliases[folded] ?? SPDXLicenseList.license(folded) { return .license(known) }
        guard let mark = folded.range(of: "-with-"), let base = identifier(String(folded[..<mark.lowerBound])),
            case .license(let license) = base, let exception = exception(String(folded[mark.upperBound...]), of: license)
        else { return nil }
        return .exception(license, with: exception)
    }

    // `gpl-2+`, `lgplv2.1`, `gfdl-niv-1.3+`, `agpl-3.0-only`.
    private static func gnu(_ name: String) -> String? {
        for (prefix, family, versions) in families where name.hasPrefix(prefix) {
            var rest = name.dropFirst(prefix.count)
            if rest.first == "-" { rest = rest.dropFirst() }
            if rest.first == "v" { rest = rest.dropFirst() }
            let number = rest.prefix { $0.isNumber || $0 == "." }
            guard let version = versions.first(where: { number == $0 || number + ".0" == $0 }) else { return nil }
            let middle = prefix == "gfdl-niv" ? "-no-invariants" : ""
            switch rest.dropFirst(number.count) {
            case "", "-only": return "\(family)-\(version)\(middle)-only"
            case "+", "-or-later": return "\(family)-\(version)\(middle)-or-later"
            default: return nil
            }
        }
        return nil
    }

    private static let families: [(String, String, [String])] = [
        ("agpl", "AGPL", ["1.0", "3.0"]), ("lgpl", "LGPL", ["2.0", "2.1", "3.0"]), ("gpl", "GPL", ["1.0", "2.0", "3.0"]),
        ("gfdl-niv", "GFDL", ["1.1", "1.2", "1.3"]), ("gfdl", "GFDL", ["1.1", "1.2", "1.3"]),
    ]

    private static func exception(_ name: String, of license: String) -> String? {
        if let known = SPDXLicenseList.exception(name) { return known }
        let isVersion3 = license.hasPrefix("GPL-3.0")
        guard license.hasPrefix("GPL-") || license.hasPrefix("LGPL-"), name.hasSuffix("-exception") else { return nil }
        switch name.dropLast(10) {
        case "classpath": return "Classpath-exception-2.0"
        case "bison": return "Bison-exception-2.2"
        case "libtool": return "Libtool-exception"
        case "font": return "Font-exception-2.0"
        case "autoconf-data": return isVersion3 ? "Autoconf-exception-generic-3.0" : "Autoconf-exception-generic"
        case "gcc", "gcc-runtime-library", "gcc-runtime": return isVersion3 ? "GCC-exception-3.1" : nil
        default: return nil
        }
    }

    // Names of Debian (and common spellings of it) for licences that SPDX calls otherwise.
    private static let aliases: [String: String] = [
        "expat": "MIT", "artistic": "Artistic-1.0-Perl", "artistic-2": "Artistic-2.0", "apache-2": "Apache-2.0", "apache2": "Apache-2.0",
        "apache-v2": "Apache-2.0", "apache-1": "Apache-1.0", "bsd-2": "BSD-2-Clause", "bsd-3": "BSD-3-Clause",
        "bsd-2-clauses": "BSD-2-Clause",
        "bsd-3-clauses": "BSD-3-Clause", "bsd2": "BSD-2-Clause", "bsd3": "BSD-3-Clause", "boost": "BSL-1.0", "boost-1.0": "BSL-1.0",
        "bsl-1": "BSL-1.0", "cc0": "CC0-1.0", "cc0-1": "CC0-1.0", "cc-by-3": "CC-BY-3.0", "cc-by-4": "CC-BY-4.0",
        "cc-by-sa-3": "CC-BY-SA-3.0",
        "cc-by-sa-4": "CC-BY-SA-4.0", "edl-1.0": "BSD-3-Clause", "epl-1": "EPL-1.0", "epl-2": "EPL-2.0", "freetype": "FTL",
        "mpl-2": "MPL-2.0",
        "mpl-1": "MPL-1.0", "openldap-2.8": "OLDAP-2.8", "ofl": "OFL-1.1", "sil-1.1": "OFL-1.1", "sil-ofl-1.1": "OFL-1.1",
        "ofl-1": "OFL-1.1",
        "psf-2": "PSF-2.0", "w3c-software": "W3C", "wtfpl-2": "WTFPL", "zlib/libpng": "Zlib", "zope-2.1": "ZPL-2.1", "zope-2.0": "ZPL-2.0",
        "zope-1.1": "ZPL-1.1",
    ]
}

extension String {
    // The standard library alone has no search for a text within a text.
    fileprivate func range(of needle: String) -> Range<String.Index>? {
        let needle = Array(needle.utf8)
        var start = utf8.startIndex
        while start < utf8.endIndex {
            if utf8[start...].starts(with: needle) { return start..<utf8.index(start, offsetBy: needle.count) }
            utf8.formIndex(after: &start)
        }
        return nil
    }
}
