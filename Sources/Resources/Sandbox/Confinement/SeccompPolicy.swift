// SPDX-License-Identifier: Apache-2.0
// https://github.com/opencontainers/runtime-spec/blob/v1.2.0/config-linux.md#seccomp
import Base

/// The one filter of system calls, in the two forms that backends take.
enum SeccompPolicy {
    private static let notPermitted = 1
    private static let notImplemented = 38

    /// The `linux.seccomp` object of an OCI runtime configuration.
    static func runtimeConfiguration(machine: HostMachine) -> JSON {
        func rule(_ names: [String], _ code: Int, _ condition: [JSON] = []) -> JSON {
            var rule: [String: JSON] = ["names": JSON(names), "action": "SCMP_ACT_ERRNO", "errnoRet": JSON(code)]
            if !condition.isEmpty { rule["args"] = .array(condition) }
            return .object(rule)
        }
        func argument(_ mask: UInt32?, _ value: UInt32) -> JSON {
            guard let mask else { return ["index": 0, "value": .int(Int64(value)), "op": "SCMP_CMP_EQ"] }
            return ["index": 0, "value": .int(Int64(mask)), "valueTwo": .int(Int64(value)), "op": "SCMP_CMP_MASKED_EQ"]
        }
        var rules = [rule(DeniedCall.all.map(\.name), notPermitted), rule(["clone3"], notImplemented)]
        rules += DeniedCall.namespaceFlags.map { rule(["clone"], notPermitted, [argument($0, $0)]) }
        rules += DeniedCall.socketFamilies.map { rule(["socket"], notPermitted, [argument(nil, $0)]) }
        return ["defaultAction": "SCMP_ACT_ALLOW", "architectures": .array([.string(machine.seccompName)]), "syscalls": .array(rules)]
    }

    /// The same as a classic BPF program: an array of `struct sock_filter`, little-endian.
    static func program(machine: HostMachine) -> [UInt8] {
        var code = BPF()
        code.load(4)  // seccomp_data.arch
        code.returnUnless(equal: machine.auditNumber, BPF.kill)
        code.load(0)  // seccomp_data.nr
        // Calls of the x32 interface have this bit; their numbers would slip through the list.
        if machine == .amd64 { code.returnIf(atLeast: 0x4000_0000, BPF.error(notImplemented)) }
        for call in DeniedCall.all {
            if let number = machine == .amd64 ? call.amd64 : call.arm64 { code.returnIf(equal: number, BPF.error(notPermitted)) }
        }
        code.returnIf(equal: 435, BPF.error(notImplemented))  // clone3
        // The lower half of the first argument; the answer is given inside, so the number need not be loaded again.
        code.whenCall(machine == .amd64 ? 56 : 220) { inside in
            inside.returnIf(anyBit: DeniedCall.namespaceFlags.reduce(0, |), BPF.error(notPermitted))
        }
        code.whenCall(machine == .amd64 ? 41 : 198) { inside in
            for family in DeniedCall.socketFamilies { inside.returnIf(equal: family, BPF.error(notPermitted)) }
        }
        code.finish(BPF.allow)
        return code.bytes
    }
}

/// The processor this program runs on.
enum HostMachine: Sendable {
    case amd64, arm64

    static var current: HostMachine? {
        #if arch(x86_64)
            .amd64
        #elseif arch(arm64)
            .arm64
        #else
            nil
        #endif
    }
    var debian: String { self == .amd64 ? "amd64" : "arm64" }
    var seccompName: String { self == .amd64 ? "SCMP_ARCH_X86_64" : "SCMP_ARCH_AARCH64" }
    /// AUDIT_ARCH_X86_64 and AUDIT_ARCH_AARCH64 of linux/audit.h.
    var auditNumber: UInt32 { self == .amd64 ? 0xC000_003E : 0xC000_00B7 }
}

/// An assembler for the few instructions a filter needs (linux/filter.h).
private struct BPF {
    static let allow: UInt32 = 0x7FFF_0000
    static let kill: UInt32 = 0x8000_0000
    static func error(_ code: Int) -> UInt32 { 0x0005_0000 | UInt32(code) }

    private(set) var bytes: [UInt8] = []

    private mutating func emit(_ operation: UInt16, _ ifTrue: Int = 0, _ ifFalse: Int = 0, _ value: UInt32) {
        bytes += [UInt8(operation & 0xFF), UInt8(operation >> 8), UInt8(ifTrue), UInt8(ifFalse)]
        bytes += (0..<4).map { UInt8(value >> (8 * $0) & 0xFF) }
    }
    /// BPF_LD | BPF_W | BPF_ABS.
    mutating func load(_ offset: UInt32) { emit(0x20, 0, 0, offset) }
    /// BPF_JMP | BPF_JEQ, then BPF_RET.
    mutating func returnIf(equal value: UInt32, _ result: UInt32) {
        emit(0x15, 0, 1, value)
        finish(result)
    }
    mutating func returnUnless(equal value: UInt32, _ result: UInt32) {
        emit(0x15, 1, 0, value)
        finish(result)
    }
    /// BPF_JGE.
    mutating func returnIf(atLeast value: UInt32, _ result: UInt32) {
        emit(0x35, 0, 1, value)
        finish(result)
    }
    /// BPF_JSET.
    mutating func returnIf(anyBit value: UInt32, _ result: UInt32) {
        emit(0x45, 0, 1, value)
        finish(result)
    }
    mutating func finish(_ result: UInt32) { emit(0x06, 0, 0, result) }

    /// Code for one call, with its first argument loaded; the call is allowed when the code does not return.
    mutating func whenCall(_ number: UInt32, _ write: (inout BPF) -> Void) {
        var inside = BPF()
        inside.load(16)
        write(&inside)
        inside.finish(Self.allow)
        emit(0x15, 0, inside.bytes.count / 8, number)
        bytes += inside.bytes
    }
}
