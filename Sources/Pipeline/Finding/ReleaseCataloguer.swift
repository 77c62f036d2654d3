// SPDX-License-Identifier: Apache-2.0
import Archive
package import Artifacts
import Base
import OCI
import SBOM
import Sigstore

/// Says what a published image holds, from its signed evidence and its layers: for images that were published before anybody kept that.
package struct ReleaseCataloguer: Sendable {
    let evidence: ReleaseEvidence
    let layers: LayerReader

    package init(_ evidence: ReleaseEvidence, in repository: any RepositoryReader) {
        self.evidence = evidence
        layers = LayerReader(repository: repository)
    }

    package func contents(_ release: Release, shelf: InputShelf) async throws -> ImageContents {
        guard let digest = evidence.lock else { throw InputError.missing("the lock", digest: release.lock, hasMirror: false) }
        let (bytes, _) = try await shelf.bytes(digest, limit: 64 << 20, title: "the lock")
        let packages = Dictionary(
            try CanonicalJSON.decode(Lock.self, from: bytes).components.map { ($0.platform, $0.components) }
        ) { first, _ in first }
        var contents = ImageContents(repository: release.repository, image: release.index, platforms: [])
        for platform in evidence.platforms {
            contents.platforms.append(
                ImageContents.Platform(
                    platform: platform.platform.description, manifest: platform.manifest.digest,
                    parts: try await parts(of: platform, packages[platform.platform.description] ?? [])))
        }
        return contents
    }

    private func parts(
        of platform: ReleaseEvidence.PlatformRecord, _ packages: [InstalledPackage]
    ) async throws -> [ImageContents.Part] {
        var files: [String: Digest?] = [:]
        var owners: [String: String] = [:]
        var copies: [String: String] = [:]
        for position in platform.document.layers.indices {
            let tar = try await layers.layer(position, of: platform).tar
            for entry in try TarReader.entries(of: tar) {
                try tar.withUnsafeBytes { try CopiedSources.add(entry, $0, to: &copies) }
                switch entry.kind {
                case .file:
                    files[entry.path] = .some(Digest.sha256(of: tar[entry.body]))
                    if let owner = Self.owner(ofStatus: entry.path) {
                        owners[entry.path] = owner
                        if entry.path.hasSuffix(Self.sums) { Self.read(tar[entry.body], of: owner, into: &owners) }
                    }
                case .hardlink: files[entry.path] = .some(entry.target.flatMap { files[$0] } ?? nil)
                case .symlink: files[entry.path] = .some(nil)
                default: break
                }
            }
        }
        let licenses = self.licenses(of: platform)
        var listed = Dictionary(grouping: files.sorted { $0.key < $1.key }) { owners[$0.key] ?? "recipe" }.mapValues { entries in
            entries.map { ImageContents.File(path: $0.key, digest: $0.value) }
        }
        var parts = packages.map { package in
            var package = package
            package.holdCopies(copies[package.name] ?? "")
            let license = licenses[package.name]
            return ImageContents.Part(
                package, license: license, licenseIdentifiers: license.flatMap { try? LicenseExpression($0) }?.identifiers ?? [],
                files: listed.removeValue(forKey: package.name) ?? [])
        }
        parts += listed.sorted { $0.key < $1.key }.map { ImageContents.Part(.files(of: $0.key), files: $0.value) }
        return parts
    }

    // What the signed SPDX document declares for each package.
    private func licenses(of platform: ReleaseEvidence.PlatformRecord) -> [String: String] {
        let documents = (evidence.claims[platform.manifest.digest] ?? []).filter { $0.predicateType == PredicateType.spdx }
        var licenses: [String: String] = [:]
        for package in documents.first?.predicate["packages"]?.array ?? [] {
            guard package["SPDXID"]?.string?.hasPrefix("SPDXRef-Package-") == true, let name = package["name"]?.string,
                let license = package["licenseDeclared"]?.string, license != "NOASSERTION", license != "NONE"
            else { continue }
            licenses[name] = license
        }
        return licenses
    }

    private static let status = "var/lib/dpkg/status.d/"
    private static let sums = ".md5sums"

    private static func owner(ofStatus path: String) -> String? {
        guard path.hasPrefix(status) else { return nil }
        let name = path.dropFirst(status.count)
        return String(name.hasSuffix(sums) ? name.dropLast(sums.count) : name)
    }

    // `<md5>  <path>`, a line each.
    private static func read(_ text: ArraySlice<UInt8>, of owner: String, into owners: inout [String: String]) {
        for line in text.split(separator: 0x0A) where line.count > 34 {
            owners[String(decoding: line.dropFirst(34), as: UTF8.self)] = owner
        }
    }
}
