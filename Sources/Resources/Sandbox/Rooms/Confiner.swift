// SPDX-License-Identifier: Apache-2.0
import Base
import Glibc
import Tools

/// Builds the command lines that run programs confined in a room.
struct Confiner: Sendable {
    enum Method: Sendable, Hashable {
        /// An OCI runtime. Without control groups memory and processes are not limited.
        case crun(users: RuntimeConfiguration.UserNamespace, controlGroups: Bool)
        case bubblewrap
    }
    let method: Method
    let toolbox: Toolbox
    let machine: HostMachine

    var label: String {
        switch method {
        case .crun(let users, let groups): "crun\(users == .none ? "" : " with a user namespace")\(groups ? "" : " without control groups")"
        case .bubblewrap: "bubblewrap"
        }
    }
    var backend: SandboxCapabilities.Backend { method == .bubblewrap ? .bubblewrap : .crun }
    /// Whether an emulator can be registered for the job alone.
    var mayRegisterEmulator: Bool { if case .crun(let users, _) = method { users != .none && MachineRoot.isHere } else { false } }

    /// The main program of the room's job, under a name.
    func main(in room: Room, named name: String) throws -> Program {
        var program: Program
        unlink(room.layout.processFile)
        switch method {
        case .crun(_, let groups):
            try room.write(configuration(room, name).json.canonicalBytes, to: "bundle/config.json")
            program = try room.enter(
                try crun(room, groups: groups) + ["run", "--pid-file", room.layout.processFile, "--bundle", room.layout.bundle, name],
                input: room.job.input, timeout: room.job.timeout)
        case .bubblewrap:
            // Written by an unprivileged user.
            try room.write([], to: "process", mode: 0o666)
            // The shell opens the file that is written to; the filter is opened for us by whoever starts the program.
            let report = ["sh", "-c", "exec 4> \"$0\"; exec \"$@\"", room.layout.processFile]
            program = try room.enter(
                report + (try bubblewrap(room, command(room.job.arguments, in: room), environment: room.job.environment, network: nil)),
                input: room.job.input, timeout: room.job.timeout)
            program.openFiles = [3: room.layout.filter]
        }
        program.outputLimit = room.job.outputLimit
        return program
    }

    /// Another program of the image beside the running main program.
    func beside(_ arguments: [String], environment: [String: String], in room: Room, named name: String, process: Int) throws -> Program {
        let command = command(arguments, in: room)
        switch method {
        case .crun(_, let groups):
            try room.write(configuration(room, name).process(command, environment: environment).canonicalBytes, to: "bundle/exec.json")
            return try room.enter(try crun(room, groups: groups) + ["exec", "--process", room.layout.bundle + "/exec.json", name])
        case .bubblewrap:
            // The same mounts and network; processes are apart, since bubblewrap cannot enter.
            let report = ["sh", "-c", "exec 4> /dev/null; exec \"$@\"", "sh"]
            var program = try room.enter(report + (try bubblewrap(room, command, environment: environment, network: process)))
            program.openFiles = [3: room.layout.filter]
            return program
        }
    }

    /// The process number of the main program as the room sees it, once it runs.
    func process(in room: Room) -> Int? {
        guard let bytes = try? ScratchFolder.read(room.layout.processFile, limit: 4096), !bytes.isEmpty else { return nil }
        if method == .bubblewrap { return (try? JSON.parse(bytes))?["child-pid"]?.int }
        return Int(String(decoding: bytes, as: UTF8.self).filter(\.isNumber))
    }

    private func command(_ arguments: [String], in room: Room) -> [String] {
        guard case .asProgram(let emulator) = room.emulation, let name = arguments.first else { return arguments }
        let path = RootFolder(path: room.job.root).program(name, searchPath: room.job.environment["PATH"] ?? SandboxJob.searchPath)
        return [Self.emulatorPath(emulator), "-0", name, path ?? name] + arguments.dropFirst()
    }
    static func emulatorPath(_ emulator: String) -> String {
        "/dev/shm/" + (emulator.split(separator: "/").last.map(String.init) ?? "qemu")
    }

    private func crun(_ room: Room, groups: Bool) throws -> [String] {
        [try toolbox.require("crun", from: "crun"), "--root", room.layout.runtime, "--cgroup-manager", groups ? "cgroupfs" : "disabled"]
    }

    private func configuration(_ room: Room, _ name: String) -> RuntimeConfiguration {
        var users = RuntimeConfiguration.UserNamespace.none
        if case .crun(let own, _) = method { users = own }
        if let path = room.emulatorNamespace { users = .joined(path: path) }
        var emulator: String?
        if case .asProgram(let path) = room.emulation { emulator = path }
        return RuntimeConfiguration(
            job: room.job, arguments: command(room.job.arguments, in: room), layout: room.layout, mounts: room.mounts, containerName: name,
            machine: machine, users: users, emulator: emulator)
    }

    private func bubblewrap(_ room: Room, _ command: [String], environment: [String: String], network process: Int?) throws -> [String] {
        let job = room.job
        var words: [String] = []
        if let process { words += [try toolbox.require("nsenter", from: "util-linux"), "--net=/proc/\(process)/ns/net", "--"] }
        // Limits of the user stand in for control groups.
        words += [try toolbox.require("prlimit", from: "util-linux"), "--core=0", "--nproc=\(job.processes)", "--"]
        if room.isRoot {
            // Else it would be root outside, whatever number it has inside, and read what only root may. One that is to be root
            // inside is so by number alone.
            let outside = job.user.uid == 0 ? SandboxUser.nonroot : job.user
            words += [
                try toolbox.require("setpriv", from: "util-linux"), "--reuid=\(outside.uid)", "--regid=\(outside.gid)", "--clear-groups",
                "--inh-caps=-all", "--bounding-set=-all", "--no-new-privs", "--",
            ]
        }
        words += [try toolbox.require("bwrap", from: "bubblewrap"), "--unshare-all", "--unshare-user"]
        if process != nil { words.append("--share-net") }
        words += [
            "--as-pid-1", "--die-with-parent", "--new-session", "--hostname", "sandbox", "--uid", String(job.user.uid), "--gid",
            String(job.user.gid),
            "--cap-drop", "ALL", "--seccomp", "3", "--info-fd", "4", "--ro-bind", room.layout.root, "/", "--proc", "/proc", "--dev", "/dev",
            "--tmpfs", "/sys", "--ro-bind-try", "/sys/devices/system/cpu", "/sys/devices/system/cpu", "--remount-ro", "/sys",
        ]
        for path in RuntimeConfiguration.masked where path.hasPrefix("/proc/") {
            var facts = stat()
            guard stat(path, &facts) == 0 else { continue }
            words += facts.st_mode & S_IFMT == S_IFDIR ? ["--tmpfs", path] : ["--ro-bind", "/dev/null", path]
        }
        if case .asProgram(let emulator) = room.emulation { words += ["--ro-bind", emulator, Self.emulatorPath(emulator)] }
        for mount in room.mounts { words += [mount.access == .readOnly ? "--ro-bind" : "--bind", mount.source, mount.inside] }
        words += ["--chdir", job.workingDirectory, "--clearenv"]
        for (name, value) in environment.sorted(by: { $0.key < $1.key }) { words += ["--setenv", name, value] }
        return words + ["--"] + command
    }
}
