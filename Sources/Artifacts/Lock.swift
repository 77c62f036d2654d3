// SPDX-License-Identifier: Apache-2.0
package import Base
package import OCI

/// The exact packages of one recipe on every platform. Canonical JSON beside the recipe, reviewed in pull requests.
///
/// Which signed index vouched for it stands in the provenance: a new index that picks the same packages leaves it untouched.
package struct Lock: Hashable, Sendable, Codable {
    /// `https://ashlar.dev/lock/v1`: refused when it is another.
    package var format: String
    package var image: String
    package var stream: String
    package var variant: String?
    /// The digest of the parts of the recipe that decide the resolution; a stale lock is seen by it.
    package var recipe: Digest
    /// The build counter of immutable tags: `-r2`.
    package var revision: Int
    package var platforms: [PlatformLock]

    package static let currentFormat = "ashlar/lock/v1"

    package init(image: String, stream: String, variant: String?, recipe: Digest, revision: Int, platforms: [PlatformLock]) {
        format = Self.currentFormat
        self.image = image
        self.stream = stream
        self.variant = variant
        self.recipe = recipe
        self.revision = revision
        self.platforms = platforms
    }
}

package struct PlatformLock: Hashable, Sendable, Codable {
    package var platform: Platform
    /// Sorted by name.
    package var packages: [LockedPackage]
    package init(platform: Platform, packages: [LockedPackage]) {
        self.platform = platform
        self.packages = packages
    }
}

/// One exact binary package.
package struct LockedPackage: Hashable, Sendable, Codable {
    package var name: String
    package var version: String
    /// The architecture of the file: `amd64` or `all`.
    package var architecture: String
    /// Source package and its version (equal to `version` unless the package says otherwise).
    package var source: String
    package var sourceVersion: String
    package var sha256: String
    package var size: Int
    /// Which archive of the suite it is fetched from: `trixie`, `trixie-updates`, `trixie-security`.
    package var archive: String
    /// Relative to the archive's base address: `pool/main/g/glibc/…deb`.
    package var path: String
    /// Origin of the lowest layer that needs it: `profile:base` or `image`.
    package var layer: String
    /// Why it is here: empty when a recipe asked for it, else the locked packages that need it, sorted.
    package var neededBy: [String]
    /// Names of the locked packages it depends on, sorted: the edges of the SBOM.
    package var dependsOn: [String]

    package init(
        name: String, version: String, architecture: String, source: String, sourceVersion: String, sha256: String, size: Int,
        archive: String, path: String, layer: String, neededBy: [String], dependsOn: [String]
    ) {
        self.name = name
        self.version = version
        self.architecture = architecture
        self.source = source
        self.sourceVersion = sourceVersion
        self.sha256 = sha256
        self.size = size
        self.archive = archive
        self.path = path
        self.layer = layer
        self.neededBy = neededBy
        self.dependsOn = dependsOn
    }

    /// The digest of the .deb; nil when the lock was edited into something that is not one.
    package var digest: Digest? { Digest(hex: sha256) }
}
