// SPDX-License-Identifier: Apache-2.0
import Artifacts

/// Sorts what a tree holds into what an intruder would look for.
enum SurfaceReader {
    private static let shells: Set<Substring> = [
        "sh", "bash", "dash", "ash", "zsh", "ksh", "ksh93", "mksh", "fish", "csh", "tcsh", "rbash", "busybox", "toybox", "nu", "pwsh",
    ]
    private static let managers: Set<Substring> = [
        "apt", "apt-get", "aptitude", "dpkg", "apk", "rpm", "dnf", "dnf5", "yum", "microdnf", "tdnf", "zypper", "pacman", "opkg", "nix",
        "brew", "snap", "pip", "pip3", "uv", "poetry", "conda", "mamba", "npm", "npx", "yarn", "pnpm", "corepack", "gem", "bundle", "cargo",
        "composer", "mvn", "gradle",
    ]
    private static let tools: Set<Substring> = [
        "gcc", "cc", "g++", "c++", "clang", "ld", "as", "make", "cmake", "go", "rustc", "javac", "gdb", "strace", "ltrace", "perf",
        "tcpdump",
        "nmap", "nc", "ncat", "netcat", "socat", "curl", "wget", "ssh", "scp", "sftp", "rsync", "git", "telnet", "ftp",
    ]
    private static let folders: Set<Substring> = [
        "bin", "sbin", "usr/bin", "usr/sbin", "usr/local/bin", "usr/local/sbin", "busybox", "opt/bin",
    ]

    static func read(_ tree: RootTree) -> AttackSurface {
        var surface = AttackSurface()
        tree.forEach { path, node in
            let entry = node.entry
            let isFile = entry.kind == .file || entry.kind == .hardlink
            let mayRun = isFile && entry.mode & 0o111 != 0
            if entry.kind == .file, mayRun, entry.findings?.isProgram == true { surface.binaries.append(path) }
            if mayRun, entry.mode & 0o4000 != 0 { surface.setuid.append(path) }
            if mayRun, entry.mode & 0o2000 != 0 { surface.setgid.append(path) }
            if isFile, entry.hasCapabilities { surface.capabilities.append(path) }
            if isFile || (entry.kind == .directory && entry.mode & 0o1000 == 0), entry.mode & 0o002 != 0 {
                surface.worldWritable.append(path)
            }
            guard mayRun || entry.kind == .symlink, let slash = path.utf8.lastIndex(of: 0x2F), folders.contains(path[..<slash]) else {
                return
            }
            let name = path[path.utf8.index(after: slash)...]
            let isShell = shells.contains(name)
            let isManager = managers.contains(name)
            let isTool = tools.contains(name)
            guard isShell || isManager || isTool else { return }
            // A link to nothing starts nothing.
            if entry.kind == .symlink {
                guard let target = tree.find(path, following: true), tree.nodes[target].entry.mode & 0o111 != 0,
                    tree.nodes[target].children == nil
                else { return }
            }
            if isShell { surface.shells.append(path) }
            if isManager { surface.packageManagers.append(path) }
            if isTool { surface.tools.append(path) }
        }
        if let passwd = tree.find("etc/passwd", following: true) { surface.users = tree.nodes[passwd].entry.findings?.accounts ?? [] }
        return surface
    }
}
