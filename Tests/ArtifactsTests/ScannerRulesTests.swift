// SPDX-License-Identifier: Apache-2.0
// How Trivy and Grype find a statement, from their documentation and that of go-vex, which both use.
import Base
import Foundation
import OCI
import SBOM
import Testing
import VEX

@testable import Artifacts

/// The rules of go-vex over a document as it was written, not as our values have it.
private struct ScannerRules {
    let document: JSON

    init(_ document: VEXDocument) throws { self.document = try JSON.parse(OpenVEX.bytes(document)) }

    // The more general package URL names the more specific one: what it leaves out is any; a qualifier it has must be there.
    static func names(_ general: String, _ specific: String) -> Bool {
        guard let a = try? PackageURL(general), let b = try? PackageURL(specific) else { return false }
        guard a.type == b.type, a.namespace == b.namespace, a.name == b.name else { return false }
        if let version = a.version, version != b.version { return false }
        return a.qualifiers.allSatisfy { b.qualifiers[$0.key] == $0.value }
    }

    private static func component(_ json: JSON, _ identifier: String) -> Bool {
        guard !identifier.isEmpty else { return false }
        let id = json["@id"]?.string ?? ""
        if id == identifier || id.hasPrefix("pkg:") && names(id, identifier) { return true }
        return json["identifiers"]?["purl"]?.string.map { names($0, identifier) } ?? false
    }

    private static func product(_ json: JSON, _ identifier: String, _ part: String) -> Bool {
        guard component(json, identifier) else { return false }
        let parts = json["subcomponents"]?.array ?? []
        return parts.isEmpty || part.isEmpty || parts.contains { component($0, part) }
    }

    private static func isNamed(_ json: JSON?, _ id: String) -> Bool {
        json?["name"]?.string == id || json?["@id"]?.string == id || json?["aliases"]?.array?.contains(JSON(id)) == true
    }

    /// The statements about a finding, sorted by time as go-vex does: those of a later time last.
    func matches(_ vulnerability: String, _ product: String, _ parts: [String]) -> [JSON] {
        let found = (document["statements"]?.array ?? []).reversed().filter { statement in
            Self.isNamed(statement["vulnerability"], vulnerability)
                && (statement["products"]?.array ?? []).contains { item in parts.contains { Self.product(item, product, $0) } }
        }
        return found.enumerated().sorted {
            let a = $0.element["timestamp"]?.string ?? "", b = $1.element["timestamp"]?.string ?? ""
            return a == b ? $0.offset < $1.offset : a < b
        }.map(\.element)
    }

    /// Trivy asks with the package alone, then with the package in the image, and takes the last statement.
    func trivyHides(_ vulnerability: String, image: String, package: String) -> Bool {
        for (product, part) in [(package, ""), (package, package), (image, package)] {
            guard let last = matches(vulnerability, product, [part]).last?["status"]?.string else { continue }
            if last == "not_affected" || last == "fixed" { return true }
        }
        return false
    }

    /// Grype asks with each name of the image in turn, and takes the first statement of the first that has any.
    func grypeHides(_ vulnerability: String, images: [String], package: String) -> Bool {
        for image in images {
            guard let first = matches(vulnerability, image, [package]).first?["status"]?.string else { continue }
            return first == "not_affected" || first == "fixed"
        }
        return false
    }
}

@Suite struct ScannerRulesTests {
    static let index = Digest.sha256(of: "index")
    static let manifests: [Platform: Digest] = [.amd64: .sha256(of: "amd64"), .arm64: .sha256(of: "arm64")]

    static func image(_ name: String, arm: [LockedPackage] = TriageSample.packages) -> TriagedImage {
        TriagedImage(
            name: name, stream: "3.13", index: index,
            parts: [
                .init(platform: .amd64, manifest: manifests[.amd64] ?? index, packages: TriageSample.packages),
                .init(platform: .arm64, manifest: manifests[.arm64] ?? index, packages: arm),
            ])
    }
    static func own(platforms: [Platform] = [.amd64, .arm64]) throws -> [TriageBook.Own] {
        try TriageSample.load().map { statement in
            TriageBook.Own(statement, proofs: platforms.flatMap { TriageSample.proofs(statement, $0) })
        }
    }
    static func document(_ subject: Digest, _ image: TriagedImage? = nil, own: [TriageBook.Own]? = nil) throws -> VEXDocument {
        try #require(
            TriageDocument(about: image ?? Self.image("python"), try own ?? Self.own(), now: TriageSample.now)
                .vex(about: subject, author: "Example", tooling: "ashlar"))
    }

    /// How each scanner spells an image that was pulled by a digest from a registry.
    static func trivyImage(_ host: String, _ name: String, _ digest: Digest) -> String {
        PackageURL.oci(name, digest: digest.description, repository: "\(host)/\(name)", architecture: "amd64").description
    }
    static func grypeImages(_ host: String, _ name: String, _ digest: Digest) -> [String] {
        let last = name.split(separator: "/").last.map(String.init) ?? name
        let folder = ([host] + name.split(separator: "/").dropLast().map(String.init)).joined(separator: "/")
        return [
            "\(host)/\(name)@\(digest)",
            PackageURL.oci(last, digest: digest.description, repository: folder, architecture: "amd64").description,
            PackageURL.oci(last, digest: digest.description, repository: folder).description,
        ]
    }
    /// How each spells a package: Trivy keeps the epoch beside the version and names the point release.
    static func trivyPackage(_ package: LockedPackage) throws -> String {
        var qualifiers = ["arch": "amd64", "distro": "debian-13.2"]
        var version = package.version
        if let colon = version.firstIndex(of: ":") {
            qualifiers["epoch"] = String(version[..<colon])
            version = String(version[version.index(after: colon)...])
        }
        return try PackageURL(type: "deb", namespace: "debian", name: package.name, version: version, qualifiers: qualifiers).description
    }
    static func grypePackage(_ package: LockedPackage) -> String {
        PackageURL.debian(
            package.name, version: package.version, architecture: "amd64", release: "13", source: package.source,
            sourceVersion: package.sourceVersion
        ).description
    }

    static let hidden = [("CVE-2025-1001", "libssl3t64"), ("DSA-6001-1", "libssl3t64"), ("CVE-2025-1003", "zlib1g")]

    @Test(arguments: ["registry.example:5000/python", "ghcr.io/team/base/python", "localhost:8080/python"])
    func `both scanners find the statements, wherever the image was pulled from and by whichever digest`(repository: String) throws {
        let host = String(repository.prefix { $0 != "/" })
        let name = String(repository.dropFirst(host.count + 1))
        for subject in [Self.index] + Self.manifests.values.sorted() {
            let rules = try ScannerRules(Self.document(subject))
            // Pulled by the index, or by the manifest that the document is about.
            for digest in Set([Self.index, subject]) {
                for (vulnerability, package) in Self.hidden {
                    let locked = try #require(TriageSample.packages.first { $0.name == package })
                    #expect(
                        rules.trivyHides(vulnerability, image: Self.trivyImage(host, name, digest), package: try Self.trivyPackage(locked)),
                        "Trivy, \(vulnerability), \(digest.short)")
                    #expect(
                        rules.grypeHides(vulnerability, images: Self.grypeImages(host, name, digest), package: Self.grypePackage(locked)),
                        "Grype, \(vulnerability), \(digest.short)")
                }
            }
        }
    }

    @Test func `neither hides what is affected, what nobody spoke about, another version or another image`() throws {
        let rules = try ScannerRules(Self.document(Self.index))
        let image = Self.trivyImage("registry.example", "python", Self.index)
        let images = Self.grypeImages("registry.example", "python", Self.index)
        func hides(_ vulnerability: String, _ package: LockedPackage) throws -> Bool {
            let trivy = rules.trivyHides(vulnerability, image: image, package: try Self.trivyPackage(package))
            return trivy || rules.grypeHides(vulnerability, images: images, package: Self.grypePackage(package))
        }
        #expect(try !hides("CVE-2025-1002", TriageSample.packages[0]))
        #expect(try !hides("CVE-2025-1001", TriageSample.packages[0]))
        #expect(try !hides("CVE-2025-9999", TriageSample.packages[1]))
        #expect(try !hides("CVE-2025-1001", TriageSample.package("libssl3t64", "3.5.5-1", source: "openssl")))
        let other = Self.trivyImage("registry.example", "python", .sha256(of: "another"))
        #expect(!rules.trivyHides("CVE-2025-1001", image: other, package: try Self.trivyPackage(TriageSample.packages[1])))
    }

    @Test func `the index is no product of a statement that holds on one platform only`() throws {
        let own = try Self.own(platforms: [.amd64])
        let rules = try ScannerRules(Self.document(Self.index, own: own))
        let package = try Self.trivyPackage(TriageSample.packages[1])
        #expect(!rules.trivyHides("CVE-2025-1001", image: Self.trivyImage("r.example", "python", Self.index), package: package))
        let amd64 = try #require(Self.manifests[.amd64])
        #expect(rules.trivyHides("CVE-2025-1001", image: Self.trivyImage("r.example", "python", amd64), package: package))
        let arm64 = try #require(Self.manifests[.arm64])
        #expect(!rules.trivyHides("CVE-2025-1001", image: Self.trivyImage("r.example", "python", arm64), package: package))
    }

    @Test func `a platform without the package does not stand in the way of the index`() throws {
        let image = Self.image("python", arm: TriageSample.packages.filter { $0.name != "libssl3t64" })
        let rules = try ScannerRules(Self.document(Self.index, image, own: try Self.own(platforms: [.amd64, .arm64])))
        let package = try Self.trivyPackage(TriageSample.packages[1])
        #expect(rules.trivyHides("CVE-2025-1001", image: Self.trivyImage("r.example", "python", Self.index), package: package))
    }

    @Test func `of two statements about one package only the later is told, since scanners differ about which counts`() throws {
        let text =
            TriageSample.shared + """

                  - vulnerability: CVE-2025-1003
                    package: {binary: zlib1g, version: "1:1.3.1-1+b2"}
                    status: affected
                    action: wait
                    author: Ada <ada@example.org>
                    timestamp: 2026-11-05
                    expires: 2027-05-01
                """
        let own = try TriageSample.load(shared: text).map {
            TriageBook.Own($0, proofs: TriageSample.proofs($0) + TriageSample.proofs($0, .arm64))
        }
        let document = try Self.document(Self.index, own: own)
        #expect(document.statements.filter { $0.vulnerability == "CVE-2025-1003" }.map(\.status) == [.affected])
        #expect(document.lastUpdated == Timestamp(rfc3339: "2026-11-05T00:00:00Z"))
    }

    @Test func `equal statements give equal documents, and what has expired is not in them`() throws {
        #expect(try Self.document(Self.index) == Self.document(Self.index))
        let late = TriageDocument(about: Self.image("python"), try Self.own(), now: Timestamp(seconds: 2_000_000_000))
        #expect(late.vex(about: Self.index, author: "Example", tooling: "ashlar") == nil)
    }
}
