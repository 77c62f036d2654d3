// SPDX-License-Identifier: Apache-2.0
package import OCI
package import Tools

/// A numeric user, as images and orchestrators name them.
package struct SandboxUser: Sendable, Hashable, CustomStringConvertible {
    package var uid: Int
    package var gid: Int
    package init(uid: Int, gid: Int) {
        self.uid = uid
        self.gid = gid
    }
    /// `65532:65532`.
    package var description: String { "\(uid):\(gid)" }
    package static let nonroot = SandboxUser(uid: 65532, gid: 65532)

    /// Reads `uid:gid` of plain numbers; nil for anything else.
    package init?(_ text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map { Int($0) }
        guard parts.count == 2, let uid = parts[0], let gid = parts[1], (0..<4_294_967_294).contains(uid), (0..<4_294_967_294).contains(gid)
        else { return nil }
        self.init(uid: uid, gid: gid)
    }
}

/// What is run confined, on which root, and what it may use.
package struct SandboxJob: Sendable {
    /// The unpacked root folder. It is never written to.
    package var root: String
    package var platform: Platform?
    package var arguments: [String]
    package var environment: [String: String]
    package var workingDirectory: String
    package var user: SandboxUser
    /// Absolute paths that get empty writable memory; `/tmp` always does.
    package var writable: [String]
    /// Absolute path -> text, seen read-only.
    package var files: [String: String]
    /// Absolute path -> bytes of a program, seen read-only.
    package var programs: [String: [UInt8]]
    package var input: Program.Input
    package var outputLimit: Int
    package var timeout: Duration?
    package var memoryBytes: Int
    package var processes: Int
    /// Folders of this machine shown read-only: only for finding out what this machine can do.
    var hostFolders: [String: String]

    package init(root: String, arguments: [String], user: SandboxUser = .nonroot) {
        self.root = root
        self.arguments = arguments
        self.user = user
        platform = nil
        environment = ["PATH": Self.searchPath]
        workingDirectory = "/"
        writable = []
        files = [:]
        programs = [:]
        input = .none
        outputLimit = 1 << 20
        timeout = .seconds(60)
        memoryBytes = 2 << 30
        processes = 512
        hostFolders = [:]
    }

    /// What container runtimes set when an image does not.
    package static let searchPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
}
