// SPDX-License-Identifier: Apache-2.0
package import Base
package import ELF

/// Every path of one platform's root file system, with what is known of the bytes.
package struct FileTree: Hashable, Sendable, Codable {
    /// Sorted by path (UTF-8 bytes); the root itself is not listed.
    package var entries: [FileEntry]
    package init(entries: [FileEntry]) { self.entries = entries }
}

package struct FileEntry: Hashable, Sendable, Codable {
    package enum Kind: String, Hashable, Sendable, Codable {
        case file, directory, symlink, hardlink
    }
    /// Relative, without leading `./` or `/` and without trailing slash: `usr/bin/python3.13`.
    package var path: String
    package var kind: Kind
    /// Permission bits with setuid, setgid and sticky: 0o1777.
    package var mode: Int
    package var uid: Int
    package var gid: Int
    /// Bytes; 0 for anything but a file.
    package var size: Int
    package var modified: Int
    /// Digest of a file's bytes.
    package var digest: Digest?
    /// Target of a symbolic link as written; path (relative to the root) of a hard link.
    package var target: String?
    /// Who put it here: a package's name, or `recipe:<line>` such as `recipe:files/etc/nginx/nginx.conf`, `recipe:steps/ca-bundle`.
    package var owner: String
    package var facts: FileFacts?

    package init(
        path: String, kind: Kind, mode: Int, uid: Int = 0, gid: Int = 0, size: Int = 0, modified: Int = 0, digest: Digest? = nil,
        target: String? = nil, owner: String, facts: FileFacts? = nil
    ) {
        self.path = path
        self.kind = kind
        self.mode = mode
        self.uid = uid
        self.gid = gid
        self.size = size
        self.modified = modified
        self.digest = digest
        self.target = target
        self.owner = owner
        self.facts = facts
    }
}

/// What was read out of a file's bytes while they were at hand.
package struct FileFacts: Hashable, Sendable, Codable {
    package var elf: ELFFacts?
    /// The interpreter of a script: `/usr/bin/python3` of `#!/usr/bin/python3 -I`; for `#!/usr/bin/env perl` it is `perl`.
    package var interpreter: String?
    /// Kinds of secrets seen in it: `private-key`, `aws-access-key`, …; never the secret.
    package var secrets: [String]
    /// PAX `SCHILY.xattr.security.capability` was present.
    package var hasCapabilities: Bool
    package init(elf: ELFFacts? = nil, interpreter: String? = nil, secrets: [String] = [], hasCapabilities: Bool = false) {
        self.elf = elf
        self.interpreter = interpreter
        self.secrets = secrets
        self.hasCapabilities = hasCapabilities
    }
}
