// SPDX-License-Identifier: Apache-2.0
// https://github.com/package-url/purl-spec (ECMA-427)

/// The name of a package across ecosystems: `pkg:deb/debian/libc6@2.41-12?arch=amd64&distro=debian-13&upstream=glibc`.
///
/// A value that exists is well formed; its text is the canonical one: lower-case type, sorted qualifiers.
package struct PackageURL: Hashable, Sendable, Comparable, Codable, CustomStringConvertible {
    /// `deb`, `oci`.
    package let type: String
    /// Without encoding, segments joined by `/`: `debian`.
    package let namespace: String?
    package let name: String
    package let version: String?
    /// Keys in lower case; no empty values.
    package let qualifiers: [String: String]
    package let subpath: String?

    /// Longest text that is read, in bytes.
    package static let limit = 4096

    package init(
        type: String, namespace: String? = nil, name: String, version: String? = nil, qualifiers: [String: String] = [:],
        subpath: String? = nil
    ) throws(SBOMError) {
        let text = "pkg:\(type)/\(namespace.map { $0 + "/" } ?? "")\(name)"
        guard let first = type.utf8.first, Self.isLetter(first), type.utf8.allSatisfy(Self.isTypeByte) else {
            throw .malformedPackageURL(text, reason: "a type is letters, digits, dots and dashes, and begins with a letter")
        }
        guard !name.isEmpty else { throw .malformedPackageURL(text, reason: "the name is empty") }
        for key in qualifiers.keys {
            guard let first = key.utf8.first, Self.isLetter(first), key.utf8.allSatisfy({ Self.isTypeByte($0) || $0 == 0x5F }) else {
                throw .malformedPackageURL(text, reason: "\"\(key)\" is not the name of a qualifier")
            }
        }
        self.type = type.lowercased()
        // The type definitions of deb and oci say that their names are not case sensitive and are written in lower case.
        let folds = ["deb", "oci"].contains(self.type)
        self.namespace = namespace.flatMap { $0.isEmpty ? nil : folds ? $0.lowercased() : $0 }
        self.name = folds ? name.lowercased() : name
        self.version = version.flatMap { $0.isEmpty ? nil : $0 }
        self.qualifiers = Dictionary(
            qualifiers.compactMap { $0.value.isEmpty ? nil : ($0.key.lowercased(), $0.value) }, uniquingKeysWith: { first, _ in first })
        self.subpath = subpath.flatMap { $0.isEmpty ? nil : $0 }
    }

    private init(known type: String, _ namespace: String?, _ name: String, _ version: String, _ qualifiers: [String: String]) {
        self.type = type
        self.namespace = namespace
        self.name = name.lowercased()
        self.version = version
        self.qualifiers = qualifiers.filter { !$0.value.isEmpty }
        subpath = nil
    }

    /// A Debian package. `upstream` names the source package when its name or version differs, as scanners expect:
    /// advisories are written against sources.
    package static func debian(
        _ name: String, version: String, architecture: String, release: String? = nil, source: String? = nil,
        sourceVersion: String? = nil
    ) -> PackageURL {
        var qualifiers = ["arch": architecture]
        qualifiers["distro"] = release.map { "debian-" + $0 }
        let source = source ?? name
        if let sourceVersion, sourceVersion != version {
            qualifiers["upstream"] = source + "@" + sourceVersion
        } else if source != name {
            qualifiers["upstream"] = source
        }
        return PackageURL(known: "deb", "debian", name, version, qualifiers)
    }

    /// An image by digest. Without qualifiers it matches whatever repository it was pulled from.
    package static func oci(
        _ name: String, digest: String, repository: String? = nil, architecture: String? = nil, tag: String? = nil
    ) -> PackageURL {
        var qualifiers: [String: String] = [:]
        qualifiers["repository_url"] = repository
        qualifiers["arch"] = architecture
        qualifiers["tag"] = tag
        let last = name.split(separator: "/").last.map(String.init) ?? name
        return PackageURL(known: "oci", nil, last, digest, qualifiers)
    }

    /// Whether `other` is named by this: everything said here is said there too. What is left out matches anything, which is
    /// how scanners compare the products of VEX statements.
    package func covers(_ other: PackageURL) -> Bool {
        type == other.type && namespace == other.namespace && name == other.name
            && (version == nil || version == other.version) && (subpath == nil || subpath == other.subpath)
            && qualifiers.allSatisfy { other.qualifiers[$0.key] == $0.value }
    }

    package static func < (a: PackageURL, b: PackageURL) -> Bool {
        a.description.utf8.lexicographicallyPrecedes(b.description.utf8)
    }

    static func isLetter(_ byte: UInt8) -> Bool { (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) }
    static func isTypeByte(_ byte: UInt8) -> Bool { isLetter(byte) || (0x30...0x39).contains(byte) || byte == 0x2E || byte == 0x2D }
}
