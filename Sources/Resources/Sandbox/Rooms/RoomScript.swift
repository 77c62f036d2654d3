// SPDX-License-Identifier: Apache-2.0

/// The shell script that furnishes a room and then holds it open until its standard input ends.
struct RoomScript {
    let job: SandboxJob
    let layout: RoomLayout
    let mounts: [RoomMount]
    let emulation: Emulation
    /// Root of the machine, not only of a user namespace: may give folders away.
    let isRoot: Bool

    /// The line that says that the room is ready; the process that holds the emulator's user namespace follows, or 0.
    static let ready = "room ready "

    var text: String {
        var lines = ["set -eu", "umask 022"]
        let space = quoted(layout.space)
        // Memory that the program fills is counted on its own limit; this bounds it where that limit is missing.
        lines.append("mount -t tmpfs -o mode=0755,nosuid,nodev,size=\(max(job.memoryBytes, 64 << 20)) tmpfs \(space)")
        lines.append("cd \(space)")
        lines.append("mkdir lower upper work root runtime writable")
        lines.append("mount --bind \(quoted(job.root)) lower")
        lines.append("mount -t overlay -o lowerdir=lower,upperdir=upper,workdir=work overlay root")
        lines.append("mkdir -p root/proc root/sys root/dev")
        for mount in mounts {
            // The paths have no links, so nothing is made outside root.
            let point = quoted("root" + mount.inside)
            let parent = quoted("root" + mount.inside.prefix(upTo: mount.inside.lastIndex(of: "/") ?? mount.inside.startIndex))
            lines.append(mount.isFolder ? "mkdir -p \(point)" : "mkdir -p \(parent); [ -e \(point) ] || : > \(point)")
            if mount.access == .writable {
                let source = quoted(mount.source)
                lines.append("mkdir \(source); chmod \(mount.mode) \(source)")
                if isRoot, mount.mode != "1777" { lines.append("chown \(SandboxUser.nonroot.uid):0 \(source)") }
            }
        }
        // crun does not work where version 2 of control groups lies beside version 1.
        lines.append("umount /sys/fs/cgroup/unified 2>/dev/null || :")
        lines.append("holder=0")
        if case .registered(_, let rule) = emulation { lines += registration(of: rule) }
        lines.append("echo \"\(Self.ready)$holder\"")
        lines.append("while read -r line; do :; done")
        return lines.joined(separator: "\n") + "\n"
    }

    /// A user namespace in which every user keeps its number and which has its own list of emulators.
    private func registration(of rule: String) -> [String] {
        let inner = """
            read -r go < go
            mount -t binfmt_misc binfmt_misc /proc/sys/fs/binfmt_misc
            printf %s \(quoted(rule)) > /proc/sys/fs/binfmt_misc/register && : > registered
            read -r go < hold
            """
        return [
            "mkfifo go hold", "unshare -U -m --propagation private sh -c \(quoted(inner)) 2>/dev/null &", "holder=$!", "tries=0",
            "while [ \"$(readlink /proc/$holder/ns/user)\" = \"$(readlink /proc/self/ns/user)\" ] && [ $tries -lt 250 ]; do tries=$((tries+1)); sleep 0.02; done",
            "echo '0 0 4294967294' > /proc/$holder/uid_map", "echo '0 0 4294967294' > /proc/$holder/gid_map", "echo go > go", "tries=0",
            "while [ ! -e registered ] && [ $tries -lt 250 ]; do tries=$((tries+1)); sleep 0.02; done",
            "[ -e registered ] || { echo 'this kernel registers no emulators for user namespaces' >&2; exit 1; }",
        ]
    }

    private func quoted(_ text: String) -> String { "'" + text.replacing("'", with: "'\\''") + "'" }
}
