// SPDX-License-Identifier: Apache-2.0
package import Base

/// Where an entry stands in a log, and what proves it.
package struct LogInclusion: Hashable, Sendable {
    /// Of the entry, from 0.
    package var index: Int
    /// Entries under the checkpoint.
    package var treeSize: Int
    /// The audit path from the leaf to the root (RFC 6962 section 2.1.1).
    package var hashes: [Digest]
    package var root: Digest
    /// The signed note, whole: the checkpoint's text and every signature under it.
    package var checkpoint: [UInt8]
    /// The first four bytes of the log key's note hash, as `keyhash4` in a signed note.
    package var logID: [UInt8]

    package init(index: Int, treeSize: Int, hashes: [Digest], root: Digest, checkpoint: [UInt8], logID: [UInt8]) {
        self.index = index
        self.treeSize = treeSize
        self.hashes = hashes
        self.root = root
        self.checkpoint = checkpoint
        self.logID = logID
    }
}
