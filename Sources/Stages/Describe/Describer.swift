// SPDX-License-Identifier: Apache-2.0
package import Artifacts
import OCI
import SBOM

/// Says what is in an image.
package struct Describer: Sendable {
    private let tool: InventoryTool
    private let producer: String?

    /// - Parameter producer: the organisation that builds the image and answers for it, as its users know it.
    package init(tool: InventoryTool, producer: String? = nil) {
        self.tool = tool
        self.producer = producer
    }

    /// Describes every platform of `image`, which was assembled from `recipe`.
    package func describe(_ image: Image, recipe: Recipe) -> Inventory {
        let release = Self.debianReleases[recipe.suite]
        var texts: [String: ExtractedLicense] = [:]
        // The packages of a source share one copyright file on every platform: it is read once.
        var read: [String: LicenseSummary] = [:]
        let platforms = image.platforms.map { platform in
            let packages = platform.packages.map { package in
                let summary = Self.licenses(of: package, known: &read)
                for license in summary.extracted { texts[license.identifier] = license }
                return Self.describe(package, summary, release: release)
            }
            return PlatformInventory(
                platform: platform.platform, manifest: platform.manifest.digest, packages: packages.sorted { $0.name < $1.name },
                files: Self.files(of: platform.tree))
        }
        let subject = InventorySubject(
            name: image.name, stream: image.stream, version: image.version, title: recipe.title, summary: recipe.summary,
            index: image.index.digest, debianRelease: release, producer: producer,
            exclusions: Self.missed(recipe.exclusions, by: image))
        return Inventory(
            subject: subject, platforms: platforms, licenseTexts: texts.values.sorted(), created: image.created, tool: tool)
    }

    /// The exclusions that leave a gap in this image: a profile excludes for all of its images, most of which never ask.
    static func missed(_ exclusions: [Exclusion], by image: Image) -> [Exclusion] {
        var needed: Set<String> = []
        for package in image.platforms.flatMap(\.packages) where !package.isPartial {
            let control = ControlFields(package.control)
            for field in [control["depends"], control["pre-depends"]].compactMap(\.self) {
                for relation in field.split(whereSeparator: { $0 == "," || $0 == "|" }) {
                    let name = relation.drop { $0 == " " }.prefix { $0 != " " && $0 != ":" && $0 != "(" }
                    needed.insert(String(name))
                }
            }
        }
        return exclusions.filter { exclusion in
            needed.contains(exclusion.package) && !image.platforms.contains { $0.packages.contains { $0.locked.name == exclusion.package } }
        }
    }

    /// The number of a Debian release, for package URLs: scanners choose the advisories by it.
    static let debianReleases = ["bullseye": "11", "bookworm": "12", "trixie": "13", "forky": "14"]

    private static func licenses(of package: ImagePackage, known: inout [String: LicenseSummary]) -> LicenseSummary {
        guard let text = package.copyright else { return .none }
        // The source's name is part of what is made of a text, so it is part of the key.
        let key = package.locked.source + "\n" + text
        if let summary = known[key] { return summary }
        let summary = LicenseSummary(CopyrightFile(text), source: package.locked.source)
        known[key] = summary
        return summary
    }

    private static func describe(_ package: ImagePackage, _ licenses: LicenseSummary, release: String?) -> InventoryPackage {
        let locked = package.locked
        let control = ControlFields(package.control)
        var described = InventoryPackage(
            name: locked.name, version: locked.version, architecture: locked.architecture, source: locked.source,
            sourceVersion: locked.sourceVersion,
            purl: .debian(
                locked.name, version: locked.version, architecture: locked.architecture, release: release, source: locked.source,
                sourceVersion: locked.sourceVersion))
        described.builtUsing = package.builtUsing
        described.sha256 = locked.sha256
        described.size = locked.size
        described.path = locked.path
        described.maintainer = control["maintainer"] ?? ""
        described.homepage = control["homepage"]
        (described.summary, described.details) = control.description
        described.section = control["section"]
        described.license = licenses.expression
        described.copyright = licenses.holders
        described.commonLicenses = licenses.commonLicenses
        described.isPartial = package.isPartial
        described.dropped = package.dropped
        described.isRequested = locked.neededBy.isEmpty
        described.dependsOn = locked.dependsOn
        return described
    }

    private static func files(of tree: FileTree) -> [InventoryFile] {
        var byPath: [String: FileEntry] = [:]
        for entry in tree.entries where entry.kind == .file { byPath[entry.path] = entry }
        return tree.entries.compactMap { entry in
            switch entry.kind {
            case .directory: return nil
            case .file:
                return InventoryFile(path: entry.path, digest: entry.digest, size: entry.size, target: nil, owner: entry.owner)
            case .symlink:
                return InventoryFile(path: entry.path, digest: nil, size: 0, target: entry.target, owner: entry.owner)
            case .hardlink:
                // One file with two names: the bytes are those of the other name, and are counted there.
                let other = entry.target.flatMap { byPath[$0] }
                return InventoryFile(path: entry.path, digest: other?.digest, size: 0, target: entry.target, owner: entry.owner)
            }
        }
    }
}
