// SPDX-License-Identifier: Apache-2.0
import Artifacts
package import Base
import Ecosystems

/// One layer, read once: what it puts there, what it takes away, and what its files tell.
package struct ScannedLayer: Sendable {
    package var number: Int
    /// Of the layer as it lies there; nil for a folder.
    package var digest: Digest?
    package var size = 0
    package var unpackedSize = 0
    var entries: [ScannedEntry] = []
    /// Paths that are gone from the layers below.
    var whiteouts: [String] = []
    /// Folders of which nothing of the layers below is left.
    var opaqueFolders: [String] = []
    var unread: [Unread] = []
}

struct ScannedEntry: Sendable {
    enum Kind: Sendable { case file, directory, symlink, hardlink, device, fifo }
    var path: String
    var kind: Kind
    var mode: Int
    var uid: Int
    var gid: Int
    var size = 0
    var target: String?
    var digest: Digest?
    var hasCapabilities = false
    var findings: FileFindings?
}

/// What one file tells. Most tell nothing and have none.
final class FileFindings: Sendable {
    let isProgram: Bool
    let secrets: [String]
    let reading: PackageReading?
    /// Paths in `reading.owned` are those of a system's package, not of a language's.
    let isSystem: Bool
    let distribution: Distribution?
    let accounts: [AttackSurface.Account]
    /// Nil for what is neither a program nor a library.
    let linkage: Linkage?

    init(
        isProgram: Bool, secrets: [String], reading: PackageReading?, isSystem: Bool, distribution: Distribution?,
        accounts: [AttackSurface.Account], linkage: Linkage? = nil
    ) {
        self.isProgram = isProgram
        self.secrets = secrets
        self.reading = reading
        self.isSystem = isSystem
        self.distribution = distribution
        self.accounts = accounts
        self.linkage = linkage
    }
}
