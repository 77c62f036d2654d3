// SPDX-License-Identifier: Apache-2.0

/// One entry of a tar, as it will be unpacked.
package struct TarEntry: Hashable, Sendable {
    package enum Kind: String, Hashable, Sendable, CaseIterable {
        case file, directory, symlink, hardlink
        /// Reported so that the caller can refuse them with a word about the path.
        case characterDevice, blockDevice, fifo
    }

    /// Without leading `./` and trailing slash, checked by `TarPath.check`; empty for the root directory.
    package var path: String
    /// The path as written.
    package var rawPath: String
    package var kind: Kind
    /// Permission bits with setuid, setgid and sticky.
    package var mode: Int
    package var uid: Int
    package var gid: Int
    /// Seconds since 1970; fractions are dropped.
    package var modified: Int
    /// As written for a symbolic link; normalised and checked for a hard link; nil for the rest.
    package var target: String?
    /// `security.capability` -> value, from PAX `SCHILY.xattr.*`.
    package var extendedAttributes: [String: [UInt8]]
    /// Where the bytes of a file are in the buffer; empty for the rest.
    package var body: Range<Int>

    /// Bytes of a file's body.
    package var size: Int { body.count }
}

/// What a tar may hold at most.
package struct TarLimits: Hashable, Sendable {
    package enum End: Hashable, Sendable {
        /// Two zero blocks must close the archive.
        case required
        /// It may also end after any entry, as a fragment that will be joined to others does.
        case optional
    }
    package var entries: Int
    /// Bytes of all bodies together.
    package var bodyBytes: Int
    /// Bytes of one PAX or GNU extension record.
    package var extensionBytes: Int
    package var end: End

    package init(entries: Int = 500_000, bodyBytes: Int = 16 << 30, extensionBytes: Int = 1 << 20, end: End = .required) {
        self.entries = entries
        self.bodyBytes = bodyBytes
        self.extensionBytes = extensionBytes
        self.end = end
    }
}
