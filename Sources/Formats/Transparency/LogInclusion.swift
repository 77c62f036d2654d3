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
    /// SHA-256 over the log's name, a line feed, the algorithm's byte and the key (`NoteKey.id`), as Rekor v2 names logs. Its first four
    /// bytes are the key's hash in signed notes.
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
