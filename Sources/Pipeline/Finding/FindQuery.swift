// SPDX-License-Identifier: Apache-2.0
import Advisories
import Artifacts
package import Base
import SBOM

/// What somebody looks for in all images.
package enum FindQuery: Hashable, Sendable {
    /// `CVE-2026-1234`, `GHSA-…`, `MAL-2026-1`.
    case advisory(String)
    /// Every package that some record calls malicious.
    case malicious
    /// A binary or source package, in some versions.
    case package(String, ecosystem: String?, VersionBounds)
    /// Relative to the root; may be a pattern.
    case path(String)
    case file(Digest)
    /// `GPL-3.0-only`.
    case license(String)

    package enum Kind: String, Hashable, Sendable, CaseIterable { case advisory, package, path, file, license }

    /// Reads what somebody types.
    ///
    /// - Parameter kind: what it is; nil to tell by its looks.
    package init(_ text: String, as kind: Kind? = nil) throws(FindError) {
        guard !text.isEmpty, text.utf8.count <= PackageURL.limit else { throw .badTerm(text, reason: "it is empty or too long") }
        switch kind ?? Self.kind(of: text) {
        case .advisory: self = .advisory(Self.name(text))
        case .license: self = .license(text)
        case .path: self = .path(text.split(separator: "/").filter { $0 != "." }.joined(separator: "/"))
        case .file:
            guard let digest = Digest(text) ?? Digest(hex: text.lowercased()) else {
                throw .badTerm(text, reason: "a SHA-256 has 64 hexadecimal digits")
            }
            self = .file(digest)
        case .package: self = try Self.package(text)
        }
    }

    private static func kind(of text: String) -> Kind {
        if text.hasPrefix("/") { return .path }
        if Digest(text) != nil || Digest(hex: text.lowercased()) != nil { return .file }
        let beginnings = ["CVE-", "GHSA-", "MAL-", "PYSEC-", "OSV-", "GO-", "TEMP-", "DSA-", "DLA-", "DEBIAN-CVE-", "RUSTSEC-"]
        let name = name(text)
        return beginnings.contains { name.hasPrefix($0) } ? .advisory : .package
    }

    // Names with a number are written as people like: `cve-2026-1`. Others may be packages: `go-md2man`.
    private static func name(_ text: String) -> String {
        let upper = text.uppercased()
        if upper.hasPrefix("GHSA-") { return "GHSA-" + text.dropFirst(5).lowercased() }
        let numbered = ["CVE-", "MAL-", "PYSEC-", "DSA-", "DLA-", "DEBIAN-CVE-", "RUSTSEC-"]
        return numbered.contains { upper.hasPrefix($0) && upper.dropFirst($0.count).first?.isNumber == true } ? upper : text
    }

    // `openssl`, `openssl@3.5.1-1`, `glibc>=2.41,<2.42`, `pkg:deb/debian/libc6@2.41-12`.
    private static func package(_ text: String) throws(FindError) -> FindQuery {
        if text.hasPrefix("pkg:") {
            guard let purl = try? PackageURL(text) else { throw .badTerm(text, reason: "it is no package URL") }
            let known = ["deb": "Debian", "pypi": "PyPI", "npm": "npm", "golang": "Go", "maven": "Maven"]
            guard let ecosystem = known[purl.type] else {
                throw .badTerm(text, reason: "packages of the type \(purl.type) are not known here")
            }
            var name = purl.name
            switch purl.type {
            case "npm", "golang": name = (purl.namespace.map { $0 + "/" } ?? "") + name
            case "maven": name = (purl.namespace.map { $0 + ":" } ?? "") + name
            default: break
            }
            return .package(name, ecosystem: ecosystem, VersionBounds(purl.version.map { [.init(.equal, $0)] } ?? []))
        }
        // A scope of npm begins with @.
        let end = text.dropFirst().firstIndex { "@<>= ".contains($0) } ?? text.endIndex
        let rest = text[end...]
        guard !rest.isEmpty else { return .package(text, ecosystem: nil, VersionBounds([])) }
        return .package(String(text[..<end]), ecosystem: nil, try VersionBounds(String(rest), of: text))
    }
}

/// Bounds that a version has to keep, all of them.
package struct VersionBounds: Hashable, Sendable {
    package enum Relation: String, Hashable, Sendable, CaseIterable {
        case atLeast = ">=", atMost = "<=", equal = "=", above = ">", below = "<"
    }
    package struct Bound: Hashable, Sendable {
        package var relation: Relation
        package var version: String
        package init(_ relation: Relation, _ version: String) {
            self.relation = relation
            self.version = version
        }
    }
    package var bounds: [Bound]
    package init(_ bounds: [Bound]) { self.bounds = bounds }

    /// Reads `@3.5.1-1` or `>=2.41,<2.42`.
    init(_ text: String, of whole: String) throws(FindError) {
        bounds = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let part = String(part.filter { $0 != " " })
            if part.hasPrefix("@") {
                bounds.append(Bound(.equal, String(part.dropFirst())))
                continue
            }
            // dpkg's spelling as well.
            let spellings = [(">>", Relation.above), ("<<", .below), ("==", .equal)] + Relation.allCases.map { ($0.rawValue, $0) }
            guard let found = spellings.first(where: { part.hasPrefix($0.0) }) else {
                throw .badTerm(whole, reason: "expected a version behind one of @ = < <= > >=")
            }
            bounds.append(Bound(found.1, String(part.dropFirst(found.0.count))))
        }
        if bounds.contains(where: { $0.version.isEmpty }) { throw .badTerm(whole, reason: "a bound without a version") }
    }

    /// Whether a version keeps every bound; nil when that cannot be told.
    func holds(_ version: String, in ecosystem: String) -> Bool? {
        guard !bounds.isEmpty else { return true }
        let order = VersionOrder(ecosystem: ecosystem)
        var unclear = false
        for bound in bounds {
            if bound.relation == .equal, bound.version == version { continue }
            guard let difference = order?.compare(version, bound.version) else {
                unclear = true
                continue
            }
            let isKept =
                switch bound.relation {
                case .equal: difference == 0
                case .above: difference > 0
                case .atLeast: difference >= 0
                case .below: difference < 0
                case .atMost: difference <= 0
                }
            if !isKept { return false }
        }
        return unclear ? nil : true
    }
}

/// Why nothing could be looked for.
package enum FindError: Diagnosable, Hashable {
    case badTerm(String, reason: String)
    /// No feed at hand knows it, so nobody can say whom it touches.
    case unknownAdvisory(String, feeds: [String])

    package var diagnosis: Diagnosis {
        switch self {
        case .badTerm(let text, let reason):
            Diagnosis(
                "find.bad-term", .usage, "cannot look for `\(text.prefix(200))`: \(reason)",
                remedy: "name an advisory, a package (openssl<3.5.1-1), a package URL, a path (/usr/bin/perl) or a SHA-256; --as says which"
            )
        case .unknownAdvisory(let name, let feeds):
            Diagnosis(
                "find.unknown-advisory", .unavailable, "no feed at hand knows \(name.prefix(200)): whom it touches is unknown",
                remedy: "run `ashlar feeds update`, or bring the feed in with `ashlar feeds import`", notes: feeds)
        }
    }
}
