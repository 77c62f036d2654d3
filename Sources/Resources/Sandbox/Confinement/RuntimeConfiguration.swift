// SPDX-License-Identifier: Apache-2.0
// https://github.com/opencontainers/runtime-spec/blob/v1.2.0/config.md
import Base

/// The `config.json` of an OCI runtime bundle for one job.
struct RuntimeConfiguration {
    let job: SandboxJob
    let arguments: [String]
    let layout: RoomLayout
    let mounts: [RoomMount]
    let containerName: String
    let machine: HostMachine
    let users: UserNamespace
    /// The emulator's path on the machine, when it is the program that is run.
    let emulator: String?

    enum UserNamespace: Sendable, Hashable {
        case none
        /// An own one in which every user keeps its number.
        case identity
        /// One that exists: the one with the emulator in it.
        case joined(path: String)
    }

    var json: JSON {
        var linux: [String: JSON] = [
            "cgroupsPath": .string("/" + containerName), "namespaces": .array(namespaces),
            "resources": [
                "memory": ["limit": JSON(job.memoryBytes)], "pids": ["limit": JSON(job.processes)],
                "devices": .array([["allow": false, "access": "rwm"]]),
            ],
            "maskedPaths": JSON(Self.masked), "readonlyPaths": JSON(Self.readOnly),
            "seccomp": SeccompPolicy.runtimeConfiguration(machine: machine),
        ]
        if users == .identity {
            let same: JSON = .array([["containerID": 0, "hostID": 0, "size": 4_294_967_294]])
            linux["uidMappings"] = same
            linux["gidMappings"] = same
        }
        return [
            "ociVersion": "1.0.2", "hostname": "sandbox", "root": ["path": .string(layout.root), "readonly": true],
            "process": process(arguments, environment: job.environment),
            "mounts": .array(Self.kernelMounts + emulatorMount + mounts.map(\.json)),
            "linux": .object(linux),
        ]
    }

    /// The `process` object: also what `crun exec` takes.
    func process(_ arguments: [String], environment: [String: String]) -> JSON {
        let none: JSON = .array([])
        return [
            "terminal": false, "user": ["uid": JSON(job.user.uid), "gid": JSON(job.user.gid)], "args": JSON(arguments),
            "env": JSON(environment.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }), "cwd": .string(job.workingDirectory),
            "noNewPrivileges": true,
            "capabilities": ["bounding": none, "effective": none, "inheritable": none, "permitted": none, "ambient": none],
            "rlimits": .array([["type": "RLIMIT_CORE", "hard": 0, "soft": 0]]),
        ]
    }

    private var namespaces: [JSON] {
        let own: [JSON] = ["pid", "ipc", "uts", "mount", "network", "cgroup"].map { ["type": $0] }
        switch users {
        case .none: return own
        case .identity: return own + [["type": "user"]]
        case .joined(let path): return own + [["type": "user", "path": .string(path)]]
        }
    }

    private var emulatorMount: [JSON] {
        guard let emulator else { return [] }
        return [
            [
                "destination": .string(Confiner.emulatorPath(emulator)), "type": "bind", "source": .string(emulator),
                "options": JSON(["bind", "ro", "nosuid", "nodev"]),
            ]
        ]
    }

    private static let kernelMounts: [JSON] = [
        mount("/proc", "proc", ["nosuid", "noexec", "nodev"]),
        mount("/dev", "tmpfs", ["nosuid", "strictatime", "mode=755", "size=65536k"]),
        mount("/dev/pts", "devpts", ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"]),
        mount("/dev/shm", "tmpfs", ["nosuid", "noexec", "nodev", "mode=1777", "size=65536k"]),
        mount("/sys", "sysfs", ["nosuid", "noexec", "nodev", "ro"]),
    ]
    private static func mount(_ path: String, _ type: String, _ options: [String]) -> JSON {
        ["destination": .string(path), "type": .string(type), "source": .string(type), "options": JSON(options)]
    }
    /// What container engines hide: it tells about the machine or changes it.
    static let masked = [
        "/proc/acpi", "/proc/asound", "/proc/interrupts", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/timer_list",
        "/proc/timer_stats", "/proc/sched_debug", "/proc/scsi", "/sys/firmware", "/sys/devices/virtual/powercap", "/sys/fs/selinux",
    ]
    static let readOnly = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"]
}
