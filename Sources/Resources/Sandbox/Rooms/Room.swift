// SPDX-License-Identifier: Apache-2.0
import Base
import Foundation
import Glibc
import OCI
import Synchronization
import Tools

/// A furnished place of its own (mounts and processes apart from the machine's) in which programs are then run confined.
///
/// It lasts as long as its holder; when that ends, for whatever reason, the kernel ends every process in the room.
final class Room: Sendable {
    let layout: RoomLayout
    let job: SandboxJob
    let mounts: [RoomMount]
    let emulation: Emulation
    /// The user namespace with the emulator, as the room's processes see it.
    let emulatorNamespace: String?
    let isRoot: Bool
    private let folder: ScratchFolder
    private let holder: RunningProgram
    private let toolbox: Toolbox
    private let starts = Mutex(0)

    /// Furnishes a room for a job.
    init(for job: SandboxJob, emulation: Emulation, toolbox: Toolbox) async throws {
        let isRoot = MachineRoot.isHere
        let unshare = try toolbox.require("unshare", from: "util-linux")
        folder = try ScratchFolder(in: toolbox.temporary, named: "ashlar-room")
        layout = RoomLayout(folder: folder.path)
        self.job = job
        self.toolbox = toolbox
        self.emulation = emulation
        self.isRoot = isRoot
        do {
            mounts = try RoomMount.all(for: job, layout: layout)
            try Self.furnish(folder, layout, job)
            let script = RoomScript(job: job, layout: layout, mounts: mounts, emulation: emulation, isRoot: isRoot)
            try folder.write(Array(script.text.utf8), to: "script.sh")
            let own = isRoot ? [] : ["--user", "--map-root-user"]
            holder = try RunningProgram(
                starting: Program(
                    unshare,
                    own + [
                        "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "--propagation", "private", "sh",
                        folder.path + "/script.sh",
                    ],
                    input: .held, timeout: nil))
        } catch {
            folder.remove()
            throw error
        }
        do { emulatorNamespace = try await Self.awaitReady(holder) } catch {
            holder.signal(SIGKILL, .group)
            _ = await holder.wait()
            folder.remove()
            throw error
        }
    }

    private static func furnish(_ folder: ScratchFolder, _ layout: RoomLayout, _ job: SandboxJob) throws {
        // Users inside must reach the folders below by name, and read no list of them.
        chmod(folder.path, 0o711)
        for path in [layout.given, layout.bundle, layout.space] where mkdir(path, 0o755) != 0 {
            throw SandboxError.notPrepared("\(path): \(String(cString: strerror(errno)))")
        }
        try folder.write(
            Array("127.0.0.1 localhost sandbox\n::1 localhost ip6-localhost ip6-loopback\n".utf8), to: "given/hosts", mode: 0o644)
        try folder.write([], to: "given/resolv.conf", mode: 0o644)
        try folder.write(Array("sandbox\n".utf8), to: "given/hostname", mode: 0o644)
        for (number, path) in job.files.keys.sorted().enumerated() {
            try folder.write(Array((job.files[path] ?? "").utf8), to: "given/\(number)", mode: 0o644)
        }
        for (number, path) in job.programs.keys.sorted().enumerated() {
            try folder.write(job.programs[path] ?? [], to: "given/program-\(number)", mode: 0o755)
        }
        if let machine = HostMachine.current {
            try folder.write(SeccompPolicy.program(machine: machine), to: "given/filter.bpf", mode: 0o644)
        }
    }

    private static func awaitReady(_ holder: RunningProgram) async throws -> String? {
        let deadline = ContinuousClock.now + .seconds(20)
        while true {
            let said = String(decoding: holder.outputSoFar.stdout, as: UTF8.self)
            if said.hasSuffix("\n"), let line = said.split(separator: "\n").last(where: { $0.hasPrefix(RoomScript.ready) }) {
                let process = Int(line.dropFirst(RoomScript.ready.count)) ?? 0
                return process > 0 ? "/proc/\(process)/ns/user" : nil
            }
            if let result = holder.result {
                throw SandboxError.notPrepared(result.stderrText.split(separator: "\n").last.map(String.init) ?? result.end.description)
            }
            guard ContinuousClock.now < deadline else { throw SandboxError.notPrepared("nothing happened for 20 s") }
            try await Task.sleep(for: .milliseconds(3))
        }
    }

    /// A program of this machine, run in the room: it sees the room's mounts and processes and is not confined.
    func enter(_ command: [String], input: Program.Input = .none, timeout: Duration? = .seconds(60)) throws -> Program {
        let nsenter = try toolbox.require("nsenter", from: "util-linux")
        let process = "/proc/\(holder.pid)/ns"
        let user = isRoot ? [] : ["--user=\(process)/user", "--preserve-credentials"]
        return Program(
            nsenter, user + ["--mount=\(process)/mnt", "--pid=\(process)/pid_for_children", "--"] + command, input: input, timeout: timeout)
    }

    /// Where a path of the inside lies for programs that enter the room.
    func place(of path: String) -> String {
        let mount = mounts.last { path == $0.inside || path.hasPrefix($0.inside + "/") }
        return mount.map { $0.source + path.dropFirst($0.inside.count) } ?? layout.root + path
    }

    /// A new name for a container: unique on the machine, since the folder is.
    func nextName() -> String {
        let number = starts.withLock { count in
            count += 1
            return count
        }
        return "ashlar-\(folder.path.split(separator: "-").last ?? "room")-\(number)"
    }

    /// Writes a file into the room's folder, replacing an older one.
    func write(_ bytes: [UInt8], to name: String, mode: UInt32 = 0o644) throws {
        unlink(folder.path + "/" + name)
        try folder.write(bytes, to: name, mode: mode)
    }

    /// Ends every process in the room and removes what it left.
    func close() async {
        holder.closeInput()
        // The shell ends with its input; the kernel then kills the rest. A holder that does not is killed itself.
        holder.signal(SIGKILL, .group)
        _ = await holder.wait()
        let names = (0..<starts.withLock { $0 }).map { "ashlar-\(folder.path.split(separator: "-").last ?? "room")-\($0 + 1)" }
        for _ in 0..<50 where !Self.removeControlGroups(names) { try? await Task.sleep(for: .milliseconds(10)) }
        folder.remove()
    }

    /// crun removes its control groups itself, unless it was killed. True when none is left.
    private static func removeControlGroups(_ names: [String]) -> Bool {
        let base = "/sys/fs/cgroup"
        let controllers = (try? FileManager.default.contentsOfDirectory(atPath: base)) ?? []
        var isClean = true
        for folder in [base] + controllers.map({ base + "/" + $0 }) {
            for name in names where access(folder + "/" + name, F_OK) == 0 && rmdir(folder + "/" + name) != 0 { isClean = false }
        }
        return isClean
    }
}
