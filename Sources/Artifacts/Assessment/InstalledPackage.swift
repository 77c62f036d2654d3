// SPDX-License-Identifier: Apache-2.0
import OCI

/// Where versions and advisories of a package come from, as OSV names it: `Debian`, `PyPI`, `npm`, `Go`, `Maven`.
package struct Ecosystem: Hashable, Sendable, Codable, CustomStringConvertible {
    package var name: String
    /// The code name of a distribution's release: `trixie`.
    package var release: String?
    package init(_ name: String, release: String? = nil) {
        self.name = name
        self.release = release
    }
    package static func debian(_ release: String) -> Ecosystem { Ecosystem("Debian", release: release) }
    package var isDebian: Bool { name == "Debian" }
    package var description: String { release.map { "\(name):\($0)" } ?? name }
}

/// A source package that is somewhere in a binary: it was built from it, or took a copy of it in.
package struct SourceVersion: Hashable, Sendable, Codable, Comparable {
    package var name: String
    package var version: String
    package init(name: String, version: String) {
        self.name = name
        self.version = version
    }
    package static func < (a: SourceVersion, b: SourceVersion) -> Bool { (a.name, a.version) < (b.name, b.version) }
}

/// A package in an image, as far as advisories ask: what it is, of what source, and where it lies.
package struct InstalledPackage: Hashable, Sendable, Codable {
    package var ecosystem: Ecosystem
    /// Of the binary package: `libssl3t64`.
    package var name: String
    /// Of the binary package; after a rebuild it differs from the source's: `3.5.1-1+b2`.
    package var version: String
    package var architecture: String?
    /// Advisories of Debian speak of the source package and its version. Elsewhere it is the package itself.
    package var source: SourceVersion
    /// Sources of which it holds copies: `Built-Using` and `Static-Built-Using`.
    package var builtUsing: [SourceVersion]
    /// Paths by which it was found; empty when the package database says it all.
    package var locations: [String]
    /// Only part of it was taken.
    package var isPartial: Bool

    package init(
        ecosystem: Ecosystem, name: String, version: String, architecture: String? = nil, source: SourceVersion? = nil,
        builtUsing: [SourceVersion] = [], locations: [String] = [], isPartial: Bool = false
    ) {
        self.ecosystem = ecosystem
        self.name = name
        self.version = version
        self.architecture = architecture
        self.source = source ?? SourceVersion(name: name, version: version)
        self.builtUsing = builtUsing
        self.locations = locations
        self.isPartial = isPartial
    }

    /// Debian's spelling in control files: `Source: name (version)`; without it the binary's own.
    package init(
        debian release: String, name: String, version: String, architecture: String?, sourceField: String?, builtUsing: String? = nil
    ) {
        var source = SourceVersion(name: name, version: version)
        if let field = sourceField, !field.isEmpty { source = Self.source(field, otherwise: version) }
        self.init(
            debian: release, name: name, version: version, architecture: architecture, source: source, builtUsing: builtUsing)
    }

    /// With the copies as control files spell them: `gcc-14 (= 14.2.0-19), glibc (= 2.41-12)`.
    ///
    /// - Parameter release: nil when nothing says which.
    package init(debian release: String?, name: String, version: String, architecture: String?, source: SourceVersion, builtUsing: String?)
    {
        self.init(
            ecosystem: Ecosystem("Debian", release: release), name: name, version: version, architecture: architecture, source: source)
        holdCopies(builtUsing ?? "")
    }

    /// Takes the sources of which it holds copies from a field of control data.
    package mutating func holdCopies(_ field: String) {
        builtUsing = field.split(separator: ",").map { Self.source(String($0), otherwise: "") }.filter { !$0.version.isEmpty }
    }

    // `gcc-14 (= 14.2.0-19)` of Built-Using, `glibc (2.41-12)` of Source.
    private static func source(_ text: String, otherwise version: String) -> SourceVersion {
        let name = String(text.drop { $0 == " " || $0 == "\n" || $0 == "\t" }.prefix { $0 != " " && $0 != "(" })
        guard let open = text.firstIndex(of: "("), let close = text.lastIndex(of: ")"), open < close else {
            return SourceVersion(name: name, version: version)
        }
        let inner = text[text.index(after: open)..<close].filter { $0 != " " && $0 != "=" }
        return SourceVersion(name: name, version: String(inner))
    }
}

/// What of one platform is to be assessed.
package struct PlatformPackages: Hashable, Sendable, Codable {
    package var platform: String
    /// Of the platform's manifest; nil for a folder.
    package var manifest: String?
    package var components: [InstalledPackage]
    /// What of the image could not be read; nil where its contents are known from a lock.
    package var unread: [Unread]?
    package init(platform: String, manifest: String?, components: [InstalledPackage], unread: [Unread]? = nil) {
        self.platform = platform
        self.manifest = manifest
        self.components = components
        self.unread = unread
    }
}

extension Lock {
    /// The packages of each platform as advisories ask for them. The archive's name begins with the release's.
    package var components: [PlatformPackages] {
        platforms.map { platform in
            PlatformPackages(
                platform: platform.platform.description, manifest: nil,
                components: platform.packages.map { package in
                    InstalledPackage(
                        ecosystem: .debian(String(package.archive.prefix { $0 != "-" })), name: package.name, version: package.version,
                        architecture: package.architecture,
                        source: SourceVersion(name: package.source, version: package.sourceVersion))
                })
        }
    }
}
