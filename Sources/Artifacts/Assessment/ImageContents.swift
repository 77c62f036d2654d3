// SPDX-License-Identifier: Apache-2.0
package import Base
import OCI
import SBOM

/// What one image holds on each platform, as it is looked for: packages with their files and licences.
package struct ImageContents: Hashable, Sendable {
    package struct File: Hashable, Sendable {
        /// Relative: `usr/bin/python3.13`.
        package var path: String
        /// Of the bytes; nil for a symbolic link.
        package var digest: Digest?
        package init(path: String, digest: Digest?) {
            self.path = path
            self.digest = digest
        }
    }
    /// A package with what of it is there, or the files that a line of a recipe brought.
    package struct Part: Hashable, Sendable {
        package var package: InstalledPackage
        /// As it is declared, in SPDX's spelling; nil when nobody said.
        package var license: String?
        /// Each licence in it by itself.
        package var licenseIdentifiers: [String]
        /// Sorted by path.
        package var files: [File]
        package init(_ package: InstalledPackage, license: String? = nil, licenseIdentifiers: [String] = [], files: [File] = []) {
            self.package = package
            self.license = license
            self.licenseIdentifiers = licenseIdentifiers
            self.files = files
        }
    }
    package struct Platform: Hashable, Sendable {
        package var platform: String
        package var manifest: Digest
        package var parts: [Part]
        package init(platform: String, manifest: Digest, parts: [Part]) {
            self.platform = platform
            self.manifest = manifest
            self.parts = parts
        }
    }
    package var repository: String
    /// Of the index.
    package var image: Digest
    package var platforms: [Platform]
    package init(repository: String, image: Digest, platforms: [Platform]) {
        self.repository = repository
        self.image = image
        self.platforms = platforms
    }

    /// Everything in an inventory.
    ///
    /// - Parameter release: the code name of the Debian release that its packages come from.
    package init(_ inventory: Inventory, repository: String, release: String) {
        self.init(
            repository: repository, image: inventory.subject.index,
            platforms: inventory.platforms.map { platform in
                var files = Dictionary(grouping: platform.files) { $0.owner }.mapValues { files in
                    files.map { File(path: $0.path, digest: $0.digest) }
                }
                var parts = platform.packages.map { package in
                    var installed = InstalledPackage(
                        debian: release, name: package.name, version: package.version, architecture: package.architecture,
                        source: SourceVersion(name: package.source, version: package.sourceVersion), builtUsing: package.builtUsing)
                    installed.isPartial = package.isPartial
                    return Part(
                        installed,
                        license: package.license?.description, licenseIdentifiers: package.license?.identifiers ?? [],
                        files: files.removeValue(forKey: package.name) ?? [])
                }
                parts += files.sorted { $0.key < $1.key }.map { Part(.files(of: $0.key), files: $0.value) }
                return Platform(platform: platform.platform.description, manifest: platform.manifest, parts: parts)
            })
    }
}

extension InstalledPackage {
    /// Stands for files that no package brought.
    ///
    /// - Parameter owner: `recipe:files/etc/motd`.
    package static func files(of owner: String) -> InstalledPackage {
        InstalledPackage(ecosystem: .recipe, name: owner, version: "")
    }
}

extension Ecosystem {
    /// What a recipe brings itself: no advisory speaks of it.
    package static let recipe = Ecosystem("recipe")

    /// Reads what `description` writes: `Debian:trixie`, `npm`.
    package init(text: String) {
        let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
        self.init(parts.first ?? "", release: parts.count > 1 ? parts[1] : nil)
    }
}
