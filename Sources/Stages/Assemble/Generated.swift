// SPDX-License-Identifier: Apache-2.0

/// An entry that no package holds: written by a step or a line of the recipe.
struct Generated {
    enum Content {
        case file([UInt8])
        case symlink(String)
        case directory
    }
    var path: String
    var content: Content
    var mode: Int
    var uid = 0
    var gid = 0
    /// `recipe:steps/ca-bundle`, `recipe:files/etc/nginx/nginx.conf`.
    var owner: String

    static func file(_ path: String, _ text: String, mode: Int = 0o644, uid: Int = 0, gid: Int = 0, owner: String) -> Generated {
        Generated(path: path, content: .file(Array(text.utf8)), mode: mode, uid: uid, gid: gid, owner: owner)
    }
    static func link(_ path: String, to target: String, owner: String) -> Generated {
        Generated(path: path, content: .symlink(target), mode: 0o777, owner: owner)
    }
    static func directory(_ path: String, mode: Int, uid: Int = 0, gid: Int = 0, owner: String) -> Generated {
        Generated(path: path, content: .directory, mode: mode, uid: uid, gid: gid, owner: owner)
    }
}

/// What a step may look at: the paths that packages brought, and their bytes.
protocol StepInputs {
    /// Paths of files below a directory, sorted.
    func files(below directory: String) -> [String]
    /// The bytes of a file; nil when there is none.
    func bytes(of path: String) throws -> [UInt8]?
}
