// SPDX-License-Identifier: Apache-2.0
package import Base
package import OCI

/// An image that stands on one of ours, as somebody pushed it.
package struct ApplicationImage: Sendable {
    /// As it was asked for.
    package var reference: String
    /// Nil when the reference led to a manifest.
    package var index: Content?
    package var platforms: [PlatformDocuments]
    /// What else the index lists, such as attestations about its manifests: these are of the image as it was, and stay with it.
    package var leftBehind: [Descriptor]
    package init(reference: String, index: Content?, platforms: [PlatformDocuments], leftBehind: [Descriptor] = []) {
        self.reference = reference
        self.index = index
        self.platforms = platforms
        self.leftBehind = leftBehind
    }

    /// What people call the image by.
    package var digest: Digest? { index?.digest ?? platforms.first?.manifest.digest }
}

/// A release of ours that applications stand on.
package struct BaseImage: Sendable {
    package var release: Release
    package var platforms: [PlatformDocuments]
    package init(release: Release, platforms: [PlatformDocuments]) {
        self.release = release
        self.platforms = platforms
    }

    /// `python:3.13.5-r2`.
    package var name: String { release.buildName }
    package subscript(platform: Platform) -> PlatformDocuments? { platforms.first { $0.platform == platform } }
}

extension Release {
    /// The name that never moves: `python:3.13.5-r2`.
    package var buildName: String { "\(repository):\(buildTag)" }
    /// The name that follows its stream: `python:3.13`; the other one when it has none.
    package var movingName: String {
        tags.contains(stream) ? "\(repository):\(stream)" : tags.first.map { "\(repository):\($0)" } ?? buildName
    }
}

/// The same image on another base. Nothing of it is stored yet.
package struct RebasedImage: Sendable {
    package var index: Content?
    package var platforms: [RebasedPlatform]
    /// The newest of the image and its new base; no clock.
    package var created: Timestamp
    package init(index: Content?, platforms: [RebasedPlatform], created: Timestamp) {
        self.index = index
        self.platforms = platforms
        self.created = created
    }

    /// What is signed: the index first.
    package var subjects: [Descriptor] { (index.map { [$0.descriptor.bare] } ?? []) + platforms.map(\.documents.manifest.descriptor.bare) }
    package var digest: Digest? { subjects.first?.digest }
}

package struct RebasedPlatform: Sendable {
    package var documents: PlatformDocuments
    /// How many of the layers are the base's.
    package var baseLayers: Int
    /// Manifest digests of what it was, and of both bases.
    package var application: Digest
    package var oldBase: Digest
    package var newBase: Digest
    package var kept: [KeptSetting]
    package init(
        documents: PlatformDocuments, baseLayers: Int, application: Digest, oldBase: Digest, newBase: Digest, kept: [KeptSetting]
    ) {
        self.documents = documents
        self.baseLayers = baseLayers
        self.application = application
        self.oldBase = oldBase
        self.newBase = newBase
        self.kept = kept
    }
}

/// A setting that both the application and the new base changed: the application's value stands.
package struct KeptSetting: Hashable, Sendable, Codable {
    /// `Env PATH`, `User`.
    package var name: String
    /// As JSON texts; nil for none.
    package var application: String?
    package var oldBase: String?
    package var newBase: String?
    package init(name: String, application: String?, oldBase: String?, newBase: String?) {
        self.name = name
        self.application = application
        self.oldBase = oldBase
        self.newBase = newBase
    }
}
