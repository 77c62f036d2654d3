// SPDX-License-Identifier: Apache-2.0

/// What an intruder finds useful in an image, and what it opens by default. Paths are sorted.
package struct AttackSurface: Hashable, Sendable, Codable {
    /// Programs: ELF executables and scripts that may be executed; links to them are not counted again.
    package var binaries: [String] = []
    /// Files and links by whose name a shell is started.
    package var shells: [String] = []
    package var packageManagers: [String] = []
    /// Executable with the setuid bit.
    package var setuid: [String] = []
    package var setgid: [String] = []
    /// Files with `security.capability`.
    package var capabilities: [String] = []
    /// Files and folders that everybody may write to; sticky folders are left out.
    package var worldWritable: [String] = []
    /// Compilers, debuggers and what fetches from the network: what turns a foothold into a base.
    package var tools: [String] = []
    /// `80/tcp`, as `EXPOSE` states them.
    package var ports: [String] = []
    package var users: [Account] = []
    /// The user is root, or is not said, which is the same.
    package var runsAsRoot = true

    package struct Account: Hashable, Sendable, Codable {
        package var name: String
        package var uid: Int
        package var shell: String
        package init(name: String, uid: Int, shell: String) {
            self.name = name
            self.uid = uid
            self.shell = shell
        }
        /// A shell that somebody could log in with.
        package var canLogIn: Bool {
            let name = shell.split(separator: "/").last ?? ""
            return !name.isEmpty && name != "nologin" && name != "false" && name != "sync"
        }
    }

    package init() {}
}
