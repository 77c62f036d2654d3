// SPDX-License-Identifier: Apache-2.0
import Base
import Foundation
import Testing
import Tools

@testable import Sandbox

@Suite struct RoomTests {
    private func withRoot<Result: Sendable>(_ body: (String) throws -> Result) async throws -> Result {
        try await ScratchFolder.with(in: "/tmp", named: "ashlar-root") { folder in
            let manager = FileManager.default
            for name in ["usr/bin", "var", "run", "etc"] {
                try manager.createDirectory(atPath: "\(folder.path)/\(name)", withIntermediateDirectories: true)
            }
            for (link, target) in [
                ("var/run", "/run"), ("bin", "usr/bin"), ("out", "../../../../etc"), ("loop", "loop"),
                ("etc/passwd", "/nowhere/../usr/bin/env"),
                ("usr/bin/sh", "env"),
            ] { try manager.createSymbolicLink(atPath: "\(folder.path)/\(link)", withDestinationPath: target) }
            try folder.write([], to: "usr/bin/env", mode: 0o755)
            return try body(folder.path)
        }
    }

    @Test func `links lead where they would lead inside, never outside`() async throws {
        try await withRoot { root in
            let image = RootFolder(path: root)
            _ = try image.resolve("/etc")
            for (path, expected) in [
                ("/var/run/x", "/run/x"), ("/bin/env", "/usr/bin/env"), ("/out/shadow", "/etc/shadow"), ("/../../etc", "/etc"),
                ("/etc/passwd", "/usr/bin/env"),
                ("/./usr//bin/../x", "/usr/x"),
            ] { #expect(try image.resolve(path).path == expected) }
            #expect(throws: SandboxError.self) { try image.resolve("/loop/x") }
            #expect(throws: SandboxError.self) { try image.resolve("relative") }
            #expect(image.program("sh", searchPath: "/nothing:/bin") == "/bin/sh")
            #expect(image.program("absent", searchPath: "/bin") == nil)
        }
    }

    @Test func `outer mounts come before inner ones, and shared folders are sticky`() async throws {
        try await withRoot { root in
            var job = SandboxJob(root: root, arguments: ["x"])
            job.writable = ["/run/deep/er", "/var/run", "/data"]
            job.files = ["/run/a.conf": "a"]
            let mounts = try RoomMount.all(for: job, layout: RoomLayout(folder: "/f"))
            let paths = mounts.map(\.inside)
            #expect(paths.firstIndex(of: "/run").map { $0 < (paths.firstIndex(of: "/run/deep/er") ?? 0) } == true)
            #expect(paths.firstIndex(of: "/run").map { $0 < (paths.firstIndex(of: "/run/a.conf") ?? 0) } == true)
            #expect(mounts.first { $0.inside == "/run" }?.mode == "1777")
            #expect(mounts.first { $0.inside == "/data" }?.mode == "0770")
            #expect(mounts.first { $0.inside == "/run/a.conf" }?.access == .readOnly)
        }
    }

    @Test func `the probe's output is read strictly`() {
        let good = """
            Uid:\t5\t5\t5\t5
            Gid:\t6\t6\t6\t6
            CapInh:\t0000000000000000
            CapPrm:\t0000000000000000
            CapEff:\t0000000000000000
            CapBnd:\t0000000000000000
            CapAmb:\t0000000000000000
            NoNewPrivs:\t1
            Seccomp:\t2
            NSpid:\t1
            92 68 0:41 / / ro,relatime - overlay overlay rw
            93 92 0:42 / /sys ro,nosuid - sysfs sysfs ro
            Max processes             512                  512                  processes
                     0          0 4294967294
                lo:       0       0    0    0    0     0          0         0        0       0    0    0    0     0       0          0
            """
        var job = SandboxJob(root: "/", arguments: ["x"], user: SandboxUser(uid: 5, gid: 6))
        job.processes = 512
        let outside = "         0          0 4294967295\n"
        #expect(
            SandboxCapabilities.read(good, job: job, outside: outside) == [
                "own-user", "no-capabilities", "no-new-privileges", "seccomp", "own-processes", "read-only-root", "network=none",
                "sysfs", "user-namespace", "processes-per-user=512",
            ])
        for (text, other, lost) in [
            ("CapBnd:\t0000000000000000", "CapBnd:\t0000000000000400", "no-capabilities"), ("Seccomp:\t2", "Seccomp:\t0", "seccomp"),
            ("/ / ro,", "/ / rw,", "read-only-root"), ("lo:", "eth0:", "network=none"), ("Uid:\t5", "Uid:\t0", "own-user"),
            ("NSpid:\t1", "NSpid:\t77\t1x", "own-processes"), ("4294967294", "4294967295", "user-namespace"),
            ("0          0 4294967294", "", "user-namespace"), ("/sys ro,", "/sys rw,", "sysfs"), ("- sysfs", "- tmpfs", "sysfs"),
            ("512      ", "4096     ", "processes-per-user=512"),
        ] {
            let found = SandboxCapabilities.read(good.replacing(text, with: other), job: job, outside: outside)
            #expect(!found.contains(lost), "\(lost)")
        }
    }

    @Test func `the two forms of the filter agree in size and begin with the machine`() {
        for machine in [HostMachine.amd64, .arm64] {
            let program = SeccompPolicy.program(machine: machine)
            #expect(program.count.isMultiple(of: 8))
            let number = withUnsafeBytes(of: machine.auditNumber.littleEndian) { Array($0) }
            let first: [UInt8] = [0x15, 0, 1, 0] + number
            #expect(Array(program[8..<16]) == first)
            let last: [UInt8] = [0x06, 0, 0, 0, 0, 0, 0xFF, 0x7F]
            #expect(Array(program.suffix(8)) == last)
            let rules = SeccompPolicy.runtimeConfiguration(machine: machine)["syscalls"]?.array
            #expect(rules?.first?["names"]?.array?.count == DeniedCall.all.count)
        }
        #expect(DeniedCall.all.map(\.name) == DeniedCall.all.map(\.name).sorted())
        #expect(Set(DeniedCall.all.compactMap(\.amd64)).count == DeniedCall.all.count)
    }
}
