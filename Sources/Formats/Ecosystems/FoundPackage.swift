// SPDX-License-Identifier: Apache-2.0
package import SBOM

/// One package as the file that tells of it does.
package struct FoundPackage: Hashable, Sendable {
    package enum State: String, Hashable, Sendable, Codable {
        case installed
        /// A lock file names it; whether it is there, the file does not say.
        case declared
    }
    package var ecosystem: PackageType
    /// As its ecosystem spells it: `github.com/foo/bar/v2`, `@scope/name`.
    package var name: String
    package var version: String
    /// `org.apache.commons` of a Java archive.
    package var group: String?
    package var architecture: String?
    /// The source package and its version; nil where there is no such thing.
    package var source: String?
    package var sourceVersion: String?
    /// `Built-Using` and `Static-Built-Using` of a Debian package, as written: sources of which it holds copies.
    package var builtUsing: String?
    /// As stated, often not an SPDX expression.
    package var license: String?
    package var state: State
    /// Where inside the file: `lib/inner.jar` of an archive in an archive.
    package var inside: String?

    package init(
        _ ecosystem: PackageType, _ name: String, _ version: String, group: String? = nil, architecture: String? = nil,
        source: String? = nil, sourceVersion: String? = nil, license: String? = nil, state: State = .installed, inside: String? = nil
    ) {
        self.ecosystem = ecosystem
        self.name = name
        self.version = version
        self.group = group
        self.architecture = architecture
        self.source = source
        self.sourceVersion = sourceVersion
        self.license = license
        self.state = state
        self.inside = inside
    }

    /// The package URL on a distribution; nil when the name cannot be one.
    package func purl(on distribution: Distribution?) -> PackageURL? {
        var qualifiers: [String: String] = [:]
        var namespace = group
        var name = self.name
        switch ecosystem {
        case .deb, .apk, .rpm:
            namespace = distribution?.identifier ?? ["deb": "debian", "apk": "alpine"][ecosystem.rawValue]
            qualifiers["arch"] = architecture
            qualifiers["distro"] = distribution.flatMap { release in release.version.map { "\(release.identifier)-\($0)" } }
            if let source, source != name || (sourceVersion ?? version) != version {
                qualifiers["upstream"] = sourceVersion.flatMap { $0 == version ? nil : "\(source)@\($0)" } ?? source
            }
            if ecosystem == .rpm, let colon = version.firstIndex(of: ":") {
                qualifiers["epoch"] = String(version[..<colon])
                return try? PackageURL(
                    type: "rpm", namespace: namespace, name: name, version: String(version[version.index(after: colon)...]),
                    qualifiers: qualifiers)
            }
        case .pypi: name = Self.pythonName(name)
        case .npm, .golang:
            guard let slash = name.lastIndex(of: "/") else { break }
            namespace = String(name[..<slash])
            name = String(name[name.index(after: slash)...])
        case .maven, .cargo: break
        }
        return try? PackageURL(type: ecosystem.rawValue, namespace: namespace, name: name, version: version, qualifiers: qualifiers)
    }

    // The type definition of pypi: lower case, dashes for underscores.
    static func pythonName(_ name: String) -> String {
        String(decoding: name.utf8.map { $0 == 0x5F ? 0x2D : (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }, as: UTF8.self)
    }
}
