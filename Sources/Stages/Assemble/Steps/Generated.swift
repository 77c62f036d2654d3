// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base

/// An entry that no package holds: written by a step or a line of the recipe.
struct Generated {
    enum Content {
        case file([UInt8])
        case symlink(String)
        case directory
    }
    /// Whose place it may take.
    enum Standing {
        /// A line of the recipe: it stands beside what packages hold, and a clash is an error.
        case line
        /// A step: it takes the place of a packaged file, as the script it stands for would.
        case step
        /// What the image says of its packages: it stands over what a package says of itself, which stays as it is in its layer.
        case record
        /// What runtimes expect of any image: it gives way to a packaged file, and takes the place of an empty directory.
        case fallback
    }
    var path: String
    var content: Content
    var mode: Int
    var uid = 0
    var gid = 0
    /// `recipe:steps/ca-bundle`, `recipe:files/etc/nginx/nginx.conf`.
    var owner: String
    var standing = Standing.line

    static func file(_ path: String, _ text: String, mode: Int = 0o644, uid: Int = 0, gid: Int = 0, owner: String) -> Generated {
        Generated(path: path, content: .file(Array(text.utf8)), mode: mode, uid: uid, gid: gid, owner: owner)
    }
    static func link(_ path: String, to target: String, owner: String) -> Generated {
        Generated(path: path, content: .symlink(target), mode: 0o777, owner: owner)
    }
    static func directory(_ path: String, mode: Int, uid: Int = 0, gid: Int = 0, owner: String) -> Generated {
        Generated(path: path, content: .directory, mode: mode, uid: uid, gid: gid, owner: owner)
    }

    var isDirectory: Bool { if case .directory = content { true } else { false } }

    func standing(_ standing: Standing) -> Generated {
        var copy = self
        copy.standing = standing
        return copy
    }

    /// The entry in the tree, with the bytes of a file.
    func entry(modified: Int) -> (FileEntry, [UInt8]) {
        var entry = FileEntry(path: path, kind: .directory, mode: mode, uid: uid, gid: gid, modified: modified, owner: owner)
        switch content {
        case .directory: return (entry, [])
        case .symlink(let target):
            (entry.kind, entry.target, entry.mode) = (.symlink, target, 0o777)
            return (entry, [])
        case .file(let bytes):
            (entry.kind, entry.size, entry.digest) = (.file, bytes.count, Digest.sha256(of: bytes))
            entry.facts = bytes.withUnsafeBytes { FileFacts(of: $0, path: path) }
            return (entry, bytes)
        }
    }
}

/// What a step may look at: what packages brought, and its bytes.
protocol StepInputs {
    /// What each package contributes; one comes as often as layers take parts of it.
    var packages: [Fragment] { get }
    /// What lies at exactly this path; nil when no package holds it.
    func entry(at path: String) -> FileEntry?
    /// Paths of files and links below a directory, sorted.
    func files(below directory: String) -> [String]
    /// The bytes of a file, through links; nil when there is none.
    func bytes(of path: String) throws -> [UInt8]?
}
