// SPDX-License-Identifier: Apache-2.0
package import Base
package import OCI
package import SBOM

/// What is in one image: packages, files and licences of every platform. SPDX and CycloneDX are two spellings of it.
package struct Inventory: Hashable, Sendable, Codable {
    /// `ashlar/inventory/v1`.
    package var format: String
    package var subject: InventorySubject
    /// In the order of the index.
    package var platforms: [PlatformInventory]
    /// Texts of every `LicenseRef-` that a package names, sorted, each once.
    package var licenseTexts: [ExtractedLicense]
    /// The time of the image, not of this description.
    package var created: Timestamp
    package var tool: InventoryTool

    package static let currentFormat = "ashlar/inventory/v1"

    package init(
        subject: InventorySubject, platforms: [PlatformInventory], licenseTexts: [ExtractedLicense], created: Timestamp,
        tool: InventoryTool
    ) {
        format = Self.currentFormat
        self.subject = subject
        self.platforms = platforms
        self.licenseTexts = licenseTexts
        self.created = created
        self.tool = tool
    }

    package subscript(platform: Platform) -> PlatformInventory? { platforms.first { $0.platform == platform } }
}

package struct InventorySubject: Hashable, Sendable, Codable {
    /// `python`.
    package var name: String
    /// `3.13`, `3.13-dev`.
    package var stream: String
    package var version: String
    package var title: String
    package var summary: String
    package var index: Digest
    /// `13` of Debian 13; nil for a suite without a number.
    package var debianRelease: String?
    /// The organisation that builds the image and answers for it.
    package var producer: String?
    /// Dependencies that the recipe leaves out on purpose: a known gap in the graph.
    package var exclusions: [Exclusion]
    package init(
        name: String, stream: String, version: String, title: String, summary: String, index: Digest, debianRelease: String?,
        producer: String?, exclusions: [Exclusion]
    ) {
        self.name = name
        self.stream = stream
        self.version = version
        self.title = title
        self.summary = summary
        self.index = index
        self.debianRelease = debianRelease
        self.producer = producer
        self.exclusions = exclusions
    }
}

/// The program that wrote an inventory.
package struct InventoryTool: Hashable, Sendable, Codable {
    package var name: String
    package var version: String
    package init(name: String = "ashlar", version: String) {
        self.name = name
        self.version = version
    }
}

package struct PlatformInventory: Hashable, Sendable, Codable {
    package var platform: Platform
    package var manifest: Digest
    /// Sorted by name.
    package var packages: [InventoryPackage]
    /// Every file and link, sorted by path.
    package var files: [InventoryFile]
    package init(platform: Platform, manifest: Digest, packages: [InventoryPackage], files: [InventoryFile]) {
        self.platform = platform
        self.manifest = manifest
        self.packages = packages
        self.files = files
    }

    /// Files that no package brought: the recipe's own and the helpers.
    package var recipeFiles: [InventoryFile] { files.filter { $0.owner.hasPrefix("recipe:") && $0.digest != nil } }
}

package struct InventoryPackage: Hashable, Sendable, Codable {
    package var name: String
    package var version: String
    /// `amd64` or `all`.
    package var architecture: String
    package var source: String
    package var sourceVersion: String
    /// `Built-Using` and `Static-Built-Using` as written: sources of which it holds copies; nil when there are none.
    package var builtUsing: String?
    package var purl: PackageURL
    /// Of the .deb.
    package var sha256: String
    package var size: Int
    /// Relative to the archive's base address: `pool/main/g/glibc/…deb`.
    package var path: String
    package var supplier: String
    /// `Name <address>` of the control file; empty when it has none.
    package var maintainer: String
    package var homepage: String?
    /// The first line of the description.
    package var summary: String
    package var details: String?
    /// `libs`, `python`, `web`.
    package var section: String?
    /// What the copyright file declares for the whole source; nil when there is none.
    package var license: LicenseExpression?
    /// Statements of copyright, one a line.
    package var copyright: String?
    /// Names below `usr/share/common-licenses` that the copyright file points to.
    package var commonLicenses: [String]
    /// Only part of it was taken; a scanner that reports the rest is wrong.
    package var isPartial: Bool
    /// Paths of it that are not in the image, sorted.
    package var dropped: [String]
    /// A recipe asked for it by name.
    package var isRequested: Bool
    /// Names of packages in the image that it depends on, sorted.
    package var dependsOn: [String]

    package init(name: String, version: String, architecture: String, source: String, sourceVersion: String, purl: PackageURL) {
        self.name = name
        self.version = version
        self.architecture = architecture
        self.source = source
        self.sourceVersion = sourceVersion
        builtUsing = nil
        self.purl = purl
        sha256 = ""
        size = 0
        path = ""
        supplier = "Debian"
        maintainer = ""
        homepage = nil
        summary = ""
        details = nil
        section = nil
        license = nil
        copyright = nil
        commonLicenses = []
        isPartial = false
        dropped = []
        isRequested = false
        dependsOn = []
    }
}

package struct InventoryFile: Hashable, Sendable, Codable {
    /// Relative: `usr/bin/python3.13`.
    package var path: String
    /// Of the bytes; nil for a symbolic link.
    package var digest: Digest?
    package var size: Int
    /// Where a link points to.
    package var target: String?
    /// A package's name, or `recipe:<line>`.
    package var owner: String
    package init(path: String, digest: Digest?, size: Int, target: String?, owner: String) {
        self.path = path
        self.digest = digest
        self.size = size
        self.target = target
        self.owner = owner
    }
}
