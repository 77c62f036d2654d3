// SPDX-License-Identifier: Apache-2.0
package import Base
package import Ecosystems
package import SBOM

/// What was found in an image that somebody else may have made: read from its layers, believed as far as they say so.
///
/// `Inventory` is what we know of an image we built; this is what anybody can see of any image. Where it could not see, it says so.
package struct ForeignInventory: Hashable, Sendable, Codable {
    /// `ashlar/foreign-inventory/v1`.
    package var format: String
    package var subject: ForeignSubject
    /// nil when no `os-release` says it.
    package var distribution: Distribution?
    /// Lowest first; empty for a folder.
    package var layers: [InspectedLayer]
    /// Sorted by ecosystem, name, version, place.
    package var packages: [ForeignPackage]
    /// What a container sees, sorted by path: files, links and devices, no directories.
    package var files: [ForeignFile]
    package var surface: AttackSurface
    /// Kinds of secrets and where, never the secrets; also in files that a later layer hides, which everybody can still fetch.
    package var secrets: [FoundSecret]
    /// What could not be read, and why. An image with a line here may hold more than is listed.
    package var unread: [Unread]

    package static let currentFormat = "ashlar/foreign-inventory/v1"

    package init(subject: ForeignSubject) {
        format = Self.currentFormat
        self.subject = subject
        layers = []
        packages = []
        files = []
        surface = AttackSurface()
        secrets = []
        unread = []
    }

    /// Bytes of all files as a container sees them.
    package var size: Int { files.reduce(0) { $0 + $1.size } }
    /// Bytes to pull; nil for a folder.
    package var packedSize: Int? { layers.isEmpty ? nil : layers.reduce(0) { $0 + $1.size } }
    /// What is there, without what only a lock file names.
    package var installed: [ForeignPackage] { packages.filter { $0.state == .installed } }
}

/// Which image, and how it would be run.
package struct ForeignSubject: Hashable, Sendable, Codable {
    /// As it was asked for.
    package var reference: String
    /// Of the index or manifest that the reference led to; nil for a folder and for archives of `docker save`.
    package var index: Digest?
    package var manifest: Digest?
    /// `linux/amd64`; nil when nothing says it.
    package var platform: String?
    package var created: Timestamp?
    package var user: String?
    package var entrypoint: [String]
    package var command: [String]
    /// Names only: values may be secrets.
    package var environment: [String]
    package var volumes: [String]
    package var labels: [String: String]

    package init(reference: String) {
        self.reference = reference
        entrypoint = []
        command = []
        environment = []
        volumes = []
        labels = [:]
    }
}

package struct InspectedLayer: Hashable, Sendable, Codable {
    /// Of the bytes as they lie there; nil for a folder.
    package var digest: Digest?
    /// Packed.
    package var size: Int
    package var unpackedSize: Int
    package var entries: Int
    /// The command of the image's history that made it, shortened.
    package var createdBy: String?
    package init(digest: Digest?, size: Int, unpackedSize: Int, entries: Int, createdBy: String? = nil) {
        self.digest = digest
        self.size = size
        self.unpackedSize = unpackedSize
        self.entries = entries
        self.createdBy = createdBy
    }
}

package struct ForeignPackage: Hashable, Sendable, Codable {
    package var ecosystem: PackageType
    package var name: String
    package var version: String
    package var architecture: String?
    package var source: String?
    package var sourceVersion: String?
    /// Sources of which a Debian package holds copies, as its control data write them.
    package var builtUsing: String?
    /// nil when the name cannot be written as one.
    package var purl: PackageURL?
    /// As stated there, often not an SPDX expression.
    package var license: String?
    package var state: FoundPackage.State
    /// The file that tells of it: `var/lib/dpkg/status`, `usr/bin/tool`, `app.jar!lib/inner.jar`.
    package var path: String
    /// The number of the layer that brought that file, from 0.
    package var layer: Int
    /// The system package that the file belongs to, by its own list: advisories for that one count, and its fixes are backported.
    package var owner: String?

    package init(_ found: FoundPackage, on distribution: Distribution?, path: String, layer: Int, owner: String?) {
        ecosystem = found.ecosystem
        name = found.name
        version = found.version
        architecture = found.architecture
        source = found.source
        sourceVersion = found.sourceVersion
        builtUsing = found.builtUsing
        purl = found.purl(on: distribution)
        license = found.license
        state = found.state
        self.path = found.inside.map { "\(path)!\($0)" } ?? path
        self.layer = layer
        self.owner = owner
    }
}

package struct ForeignFile: Hashable, Sendable, Codable {
    package enum Kind: String, Hashable, Sendable, Codable {
        case file, symlink, hardlink, device, fifo
    }
    /// Relative to the root.
    package var path: String
    package var kind: Kind
    package var mode: Int
    package var uid: Int
    package var gid: Int
    /// Bytes; 0 for anything but a file, and for the further names of one.
    package var size: Int
    package var digest: Digest?
    package var target: String?
    package var layer: Int
    /// The system package that lists it; nil for a stray one.
    package var owner: String?
    package init(path: String, kind: Kind, mode: Int, uid: Int, gid: Int, size: Int, digest: Digest?, target: String?, layer: Int) {
        self.path = path
        self.kind = kind
        self.mode = mode
        self.uid = uid
        self.gid = gid
        self.size = size
        self.digest = digest
        self.target = target
        self.layer = layer
    }
}

package struct FoundSecret: Hashable, Sendable, Codable {
    package var path: String
    package var kinds: [String]
    package var layer: Int
    /// A later layer removed or replaced the file: the secret is still in the image.
    package var isHidden: Bool
    package init(path: String, kinds: [String], layer: Int, isHidden: Bool) {
        self.path = path
        self.kinds = kinds
        self.layer = layer
        self.isHidden = isHidden
    }
}

package struct Unread: Hashable, Sendable, Codable {
    package var path: String
    package var layer: Int
    package var reason: String
    package init(path: String, layer: Int, reason: String) {
        self.path = path
        self.layer = layer
        self.reason = reason
    }
}
