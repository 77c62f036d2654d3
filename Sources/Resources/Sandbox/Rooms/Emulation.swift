// SPDX-License-Identifier: Apache-2.0
package import OCI
package import Tools

/// How programs of another processor are run.
enum Emulation: Sendable, Hashable {
    /// They run by themselves: the same processor, or an emulator that the machine has registered for everyone.
    case none
    /// A static emulator that a user namespace of our own registers (Linux 6.7 and later); the machine stays as it is.
    case registered(program: String, rule: String)
    /// The emulator is the program that is run; programs that start others fail.
    case asProgram(String)

    static func choose(for platform: Platform?, toolbox: Toolbox, mayRegister: Bool) throws(SandboxError) -> Emulation {
        guard let platform, platform.debian != HostMachine.current?.debian, let kind = Processor(platform) else { return .none }
        if kind.isRegistered { return .none }
        guard let program = [kind.emulator + "-static", kind.emulator].compactMap(toolbox.find).first(where: isStatic) else {
            throw .noEmulator(platform: platform.description, package: "qemu-user-static")
        }
        return mayRegister ? .registered(program: program, rule: kind.rule(program)) : .asProgram(program)
    }

    /// An emulator that needs libraries of this machine would not find them inside.
    private static func isStatic(_ path: String) -> Bool {
        guard let head = try? ScratchFolder.read(path, limit: 64 << 20).prefix(8192) else { return false }
        return head.starts(with: [0x7F, 0x45, 0x4C, 0x46]) && Array(head).firstRange(of: Array("/ld-linux".utf8)) == nil
    }
}

extension Sandbox {
    /// Whether programs of a platform run here: by themselves, or by an emulator that is installed.
    package static func runs(_ platform: Platform, toolbox: Toolbox) -> Bool {
        (try? Emulation.choose(for: platform, toolbox: toolbox, mayRegister: false)) != nil
    }
}

/// What the kernel needs to know to recognise a processor's programs.
private struct Processor {
    let emulator: String
    let machine: UInt8
    let isWide: Bool
    let isBigEndian: Bool

    init?(_ platform: Platform) {
        // e_machine of elf.h.
        let known: [String: (String, UInt8)] = [
            "amd64": ("x86_64", 62), "arm64": ("aarch64", 183), "armhf": ("arm", 40), "ppc64el": ("ppc64le", 21),
            "riscv64": ("riscv64", 243),
            "s390x": ("s390x", 22),
        ]
        guard let (name, number) = known[platform.debian] else { return nil }
        emulator = "qemu-" + name
        machine = number
        isWide = platform.debian != "armhf"
        isBigEndian = platform.debian == "s390x"
    }

    private var magic: [UInt8] {
        let start: [UInt8] = [0x7F, 0x45, 0x4C, 0x46, isWide ? 2 : 1, isBigEndian ? 2 : 1, 1, 0] + Array(repeating: 0, count: 8)
        return start + (isBigEndian ? [0, 2, 0, machine] : [2, 0, machine, 0])
    }
    /// Any ABI, executables and position-independent ones.
    private var mask: [UInt8] {
        Array(repeating: 0xFF, count: 7) + [0] + Array(repeating: 0xFF, count: 8) + (isBigEndian ? [0xFF, 0xFE] : [0xFE, 0xFF]) + [
            0xFF, 0xFF,
        ]
    }

    /// A line for binfmt_misc/register: F opens the emulator now, P keeps argv[0], O passes the program opened, C its credentials.
    func rule(_ program: String) -> String {
        func escaped(_ bytes: [UInt8]) -> String { bytes.map { "\\x" + ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() }
        return ":ashlar:M::\(escaped(magic)):\(escaped(mask)):\(program):FPOC"
    }

    /// Whether this machine has an emulator registered that works inside, too (flag F).
    var isRegistered: Bool {
        let folder = "/proc/sys/fs/binfmt_misc"
        let wanted = "magic " + magic.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        return ["\(emulator)", "\(emulator)-static"].contains { name in
            guard let bytes = try? ScratchFolder.read("\(folder)/\(name)", limit: 4096) else { return false }
            let lines = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline).map(String.init)
            return lines.first == "enabled" && lines.contains(wanted) && lines.contains { $0.hasPrefix("flags:") && $0.contains("F") }
        }
    }
}
