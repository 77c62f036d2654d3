// SPDX-License-Identifier: Apache-2.0
import Base

/// Where things of one room are. The folder is on the machine; `space` is memory that only the room sees.
///
///     <folder>/            mode 0711
///       given/             files shown read-only: hosts, resolv.conf, hostname, 0, 1, …, program-0, …
///       bundle/config.json
///       space/             tmpfs, in the room only
///         root/            overlay: the image below, mount points above
///         writable/0, 1, … what the program may write
///         runtime/         state of crun
struct RoomLayout: Sendable {
    let folder: String
    var given: String { folder + "/given" }
    var bundle: String { folder + "/bundle" }
    var space: String { folder + "/space" }
    var root: String { space + "/root" }
    var writable: String { space + "/writable" }
    var runtime: String { space + "/runtime" }
    var processFile: String { folder + "/process" }
    var filter: String { given + "/filter.bpf" }
}

/// Something shown inside at an absolute path.
struct RoomMount: Sendable, Hashable {
    enum Access: Sendable { case readOnly, writable }
    /// Without links, inside the image.
    let inside: String
    let source: String
    let access: Access
    /// `folder` or a file, to make a mount point of the right kind.
    let isFolder: Bool
    /// Mode of a writable folder.
    let mode: String

    var json: JSON {
        let options = access == .readOnly ? ["bind", "ro", "nosuid", "nodev"] : ["bind", "rw", "nosuid", "nodev"]
        return ["destination": .string(inside), "type": "bind", "source": .string(source), "options": JSON(options)]
    }

    /// What a job shows inside: the runtime's files, writable memory, the job's own files; outer paths before inner ones.
    static func all(for job: SandboxJob, layout: RoomLayout) throws(SandboxError) -> [RoomMount] {
        let image = RootFolder(path: job.root)
        var mounts: [String: RoomMount] = [:]
        func add(_ path: String, _ source: String, _ access: Access, isFolder: Bool, mode: String = "0755") throws(SandboxError) {
            let (inside, kind) = try image.resolve(path)
            guard inside != "/", !["/proc", "/sys", "/dev"].contains(where: { inside == $0 || inside.hasPrefix($0 + "/") }) else {
                throw .path(path, reason: "the runtime's own folder")
            }
            guard kind == .absent || (kind == .folder) == isFolder else {
                throw .path(path, reason: isFolder ? "a file is there" : "a folder is there")
            }
            mounts[inside] = RoomMount(inside: inside, source: source, access: access, isFolder: isFolder, mode: mode)
        }
        for name in ["hosts", "resolv.conf", "hostname"] { try add("/etc/\(name)", "\(layout.given)/\(name)", .readOnly, isFolder: false) }
        for (path, source) in job.hostFolders.sorted(by: { $0.key < $1.key }) { try add(path, source, .readOnly, isFolder: true) }
        // /dev/shm is the runtime's own, and as writable.
        let given = ["/tmp", "/dev/shm"]
        let writable = ["/tmp"] + job.writable.map { $0.hasPrefix("/") ? $0 : "/" + $0 }.filter { !given.contains($0) }
        for (number, path) in writable.enumerated() {
            // What everybody writes to is sticky; a data folder belongs to the user and to group 0, as its volume would.
            let isShared = ["/tmp", "/var/tmp", "/run", "/var/run"].contains(path)
            try add(path, "\(layout.writable)/\(number)", .writable, isFolder: true, mode: isShared ? "1777" : "0770")
        }
        for (number, path) in job.files.keys.sorted().enumerated() {
            try add(path, "\(layout.given)/\(number)", .readOnly, isFolder: false)
        }
        for (number, path) in job.programs.keys.sorted().enumerated() {
            try add(path, "\(layout.given)/program-\(number)", .readOnly, isFolder: false)
        }
        return mounts.values.sorted {
            ($0.inside.split(separator: "/").count, $0.inside) < ($1.inside.split(separator: "/").count, $1.inside)
        }
    }
}
