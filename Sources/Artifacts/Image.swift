// SPDX-License-Identifier: Apache-2.0
package import Base
import Debian
package import OCI

/// An assembled image: an index over one manifest for each platform, all blobs already in the store.
package struct Image: Hashable, Sendable, Codable {
    /// `python`.
    package var name: String
    /// `3.13`, `3.13-dev`.
    package var stream: String
    /// The version users see: `3.13.5`.
    package var version: String
    package var index: Descriptor
    package var platforms: [PlatformImage]
    /// The newest file date inside the locked packages; the clamp of all times in the image.
    package var created: Timestamp

    package init(name: String, stream: String, version: String, index: Descriptor, platforms: [PlatformImage], created: Timestamp) {
        self.name = name
        self.stream = stream
        self.version = version
        self.index = index
        self.platforms = platforms
        self.created = created
    }
}

package struct PlatformImage: Hashable, Sendable, Codable {
    package var platform: Platform
    package var manifest: Descriptor
    package var config: Descriptor
    package var layers: [ImageLayer]
    package var tree: FileTree
    /// Every package, with what of it was taken.
    package var packages: [ImagePackage]

    package init(
        platform: Platform, manifest: Descriptor, config: Descriptor, layers: [ImageLayer], tree: FileTree, packages: [ImagePackage]
    ) {
        self.platform = platform
        self.manifest = manifest
        self.config = config
        self.layers = layers
        self.tree = tree
        self.packages = packages
    }
}

package struct ImageLayer: Hashable, Sendable, Codable {
    package var descriptor: Descriptor
    /// Digest of the uncompressed tar.
    package var diffID: Digest
    /// `profile:base`, `image` or `configuration`.
    package var origin: String
    package init(descriptor: Descriptor, diffID: Digest, origin: String) {
        self.descriptor = descriptor
        self.diffID = diffID
        self.origin = origin
    }
}

/// A package as it is in the image.
package struct ImagePackage: Hashable, Sendable, Codable {
    package var locked: LockedPackage
    /// The control paragraph as in the .deb, verbatim.
    package var control: String
    /// Text of `usr/share/doc/<package>/copyright` (following a link into another package); nil when there is none.
    package var copyright: String?
    /// Only part of it was taken, by a recipe's `only`.
    package var isPartial: Bool
    /// Paths of it that were dropped, sorted.
    package var dropped: [String]
    /// Maintainer scripts and how each was dealt with: `postinst -> emulated by ca-bundle`.
    package var scripts: [String]
    package init(
        locked: LockedPackage, control: String, copyright: String?, isPartial: Bool, dropped: [String], scripts: [String]
    ) {
        self.locked = locked
        self.control = control
        self.copyright = copyright
        self.isPartial = isPartial
        self.dropped = dropped
        self.scripts = scripts
    }
}

extension ImagePackage {
    /// `Built-Using` and `Static-Built-Using` of its control paragraph, as written: sources of which it holds copies; nil when it names
    /// none.
    package var builtUsing: String? {
        // A paragraph that is none was refused before the package came here.
        guard let fields = try? Deb822.onlyParagraph(Array(control.utf8), of: locked.name) else { return nil }
        let copies = [fields["Built-Using"], fields["Static-Built-Using"]].compactMap(\.self).filter { !$0.isEmpty }
        return copies.isEmpty ? nil : copies.joined(separator: ", ")
    }

    /// The same, each source with its version.
    package var copies: [SourceVersion] {
        var package = InstalledPackage(ecosystem: Ecosystem("Debian"), name: locked.name, version: locked.version)
        package.holdCopies(builtUsing ?? "")
        return package.builtUsing
    }
}
