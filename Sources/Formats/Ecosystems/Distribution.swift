// SPDX-License-Identifier: Apache-2.0
// https://www.freedesktop.org/software/systemd/man/latest/os-release.html

/// Which distribution a root file system says it is.
package struct Distribution: Hashable, Sendable, Codable {
    /// `debian`, `alpine`, `rhel`.
    package var identifier: String
    /// `13`, `3.20.3`; nil for one that rolls.
    package var version: String?
    package var name: String?
    /// `trixie`: what advisories of Debian call a release.
    package var codename: String?
    package init(identifier: String, version: String?, name: String?, codename: String? = nil) {
        self.identifier = identifier
        self.version = version
        self.name = name
        self.codename = codename
    }

    /// Reads `os-release`; nil when it names none.
    package init?(reading bytes: UnsafeRawBufferPointer) {
        guard bytes.count <= 64 << 10 else { return nil }
        var values: [Substring: String] = [:]
        for line in TextLines(bytes) {
            guard let equals = line.firstIndex(of: "="), !line.hasPrefix("#") else { continue }
            var value = line[line.index(after: equals)...]
            if let mark = value.first, mark == "\"" || mark == "'", value.count >= 2, value.last == mark {
                value = value.dropFirst().dropLast()
            }
            values[line[..<equals]] = String(value.filter { $0 != "\\" })
        }
        guard let identifier = values["ID"], !identifier.isEmpty, identifier.utf8.count < 64 else { return nil }
        self.identifier = identifier.lowercased()
        version = values["VERSION_ID"].flatMap { $0.isEmpty ? nil : String($0.prefix(64)) }
        codename = (values["VERSION_CODENAME"] ?? Self.codename(in: values["VERSION"])).flatMap { $0.isEmpty ? nil : String($0.prefix(64)) }
        if codename == nil, identifier == "debian" { codename = version.flatMap { Self.debianReleases[$0] } }
        name = values["PRETTY_NAME"].map { String($0.prefix(200)) }
    }

    // `Debian GNU/Linux 12 (bookworm)`, where images without a package manager leave out what names it alone.
    private static func codename(in version: String?) -> String? {
        guard let version, version.hasSuffix(")"), let open = version.lastIndex(of: "(") else { return nil }
        let word = version[version.index(after: open)...].dropLast()
        return word.isEmpty || !word.allSatisfy { $0.isLetter && $0.isASCII && $0.isLowercase } ? nil : String(word)
    }

    private static let debianReleases = [
        "8": "jessie", "9": "stretch", "10": "buster", "11": "bullseye", "12": "bookworm", "13": "trixie", "14": "forky", "15": "duke",
    ]
}
