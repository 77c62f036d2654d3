// SPDX-License-Identifier: Apache-2.0
import Base
import FoundationEssentials
import Glibc
import Tools

/// Runs `cat` of this machine confined, to see from inside and from outside what holds.
struct SandboxProbe {
    let confiner: Confiner
    let toolbox: Toolbox

    /// Without these a way of confinement is not used at all.
    static let indispensable = ["read-only-root", "no-capabilities", "no-new-privileges", "network=none", "own-processes", "own-user"]
    /// Everything that a run should have, in the order it is told.
    static let wanted = indispensable + ["seccomp", "user-namespace", "sysfs", "memory=\(2 << 30)", "pids=512"]

    func run() async throws -> Set<String> {
        let folder = try ScratchFolder(in: toolbox.temporary, named: "ashlar-probe")
        defer { folder.remove() }
        var job = SandboxJob(root: folder.path, arguments: [try toolbox.require("cat", from: "coreutils")])
        job.arguments += ["/proc/self/status", "/proc/self/mountinfo", "/proc/net/dev", "/proc/self/limits", "/proc/self/uid_map", "-"]
        job.input = .held
        job.timeout = .seconds(20)
        for name in ["/usr", "/bin", "/lib", "/lib64"] { try lend(name, to: &job, root: folder.path) }
        chmod(folder.path, 0o755)
        let confiner = confiner
        let room = try await Room(for: job, emulation: .none, toolbox: toolbox)
        do {
            let name = room.nextName()
            let program = try RunningProgram(starting: try confiner.main(in: room, named: name))
            // The program waits for its input, so its limits can be read before it ends.
            program.send(Array("end of the probe\n".utf8))
            let deadline = ContinuousClock.now + .seconds(15)
            while program.result == nil, !String(decoding: program.outputSoFar.stdout, as: UTF8.self).hasSuffix("end of the probe\n"),
                ContinuousClock.now < deadline
            { try await Task.sleep(for: .milliseconds(3)) }
            let limits = Self.limits(of: name)
            program.closeInput()
            let result = await program.wait()
            await room.close()
            guard result.succeeded else {
                let reason = result.stderrText.split(separator: "\n").last.map(String.init) ?? result.end.description
                throw SandboxError.notPrepared(String(reason.prefix(300)))
            }
            let outside = String(decoding: try ScratchFolder.read("/proc/self/uid_map", limit: 1 << 16), as: UTF8.self)
            return SandboxCapabilities.read(result.stdoutText, job: job, outside: outside).union(limits)
        } catch {
            await room.close()
            throw error
        }
    }

    /// The limits the kernel holds for a control group, version 1 or 2.
    private static func limits(of name: String) -> Set<String> {
        func value(_ files: [String]) -> String? {
            files.lazy.compactMap { try? ScratchFolder.read("/sys/fs/cgroup/" + $0, limit: 64) }.first
                .map { String(decoding: $0, as: UTF8.self).filter { !$0.isWhitespace } }
        }
        var held: Set<String> = []
        if let memory = value(["memory/\(name)/memory.limit_in_bytes", "\(name)/memory.max"]) { held.insert("memory=" + memory) }
        if let processes = value(["pids/\(name)/pids.max", "\(name)/pids.max"]) { held.insert("pids=" + processes) }
        return held
    }

    /// Shows a folder of this machine in the probe's root, or the link that it is.
    private func lend(_ name: String, to job: inout SandboxJob, root: String) throws {
        var facts = stat()
        guard lstat(name, &facts) == 0 else { return }
        guard facts.st_mode & S_IFMT == S_IFLNK else { return job.hostFolders[name] = name }
        let target = try FileManager.default.destinationOfSymbolicLink(atPath: name)
        try FileManager.default.createSymbolicLink(atPath: root + name, withDestinationPath: target)
    }
}
