// SPDX-License-Identifier: Apache-2.0
import Base
import Glibc
package import Tools

/// Runs programs of images confined: nothing of the machine but its processor, a bounded share of memory, and time.
///
/// `probe` tries the ways of confinement that this machine might offer by running a small program in each, and keeps the first that
/// holds. What really holds is in `capabilities`, and nothing else is claimed.
package struct Sandbox: Sendable {
    package let capabilities: SandboxCapabilities
    let confiner: Confiner
    let toolbox: Toolbox

    /// Finds the strongest way that works here, or throws what was tried.
    package static func probe(_ toolbox: Toolbox) async throws -> Sandbox {
        guard let machine = HostMachine.current else { throw SandboxError.unavailable(["this processor is not a known host"]) }
        var methods: [Confiner.Method] = [.bubblewrap]
        if MachineRoot.isHere {
            methods = [
                .crun(users: .identity, controlGroups: true), .crun(users: .none, controlGroups: true),
                .crun(users: .identity, controlGroups: false),
                .bubblewrap,
            ]
        }
        return try await probe(methods, machine: machine, toolbox: toolbox)
    }

    static func probe(_ methods: [Confiner.Method], machine: HostMachine, toolbox: Toolbox) async throws -> Sandbox {
        var tried: [String] = []
        for method in methods {
            let confiner = Confiner(method: method, toolbox: toolbox, machine: machine)
            do {
                let held = try await SandboxProbe(confiner: confiner, toolbox: toolbox).run()
                let lost = SandboxProbe.indispensable.filter { !held.contains($0) }
                guard lost.isEmpty else {
                    tried.append("\(confiner.label): does not hold \(lost.joined(separator: ", "))")
                    continue
                }
                let wanted = SandboxProbe.wanted
                return Sandbox(
                    capabilities: SandboxCapabilities(
                        backend: confiner.backend, enforced: held.sorted(), missing: wanted.filter { !held.contains($0) }),
                    confiner: confiner, toolbox: toolbox)
            } catch let error as any Diagnosable {
                try Task.checkCancellation()
                tried.append("\(confiner.label): \(error.diagnosis.summary)")
            }
        }
        throw SandboxError.unavailable(tried)
    }

    /// Runs a job to its end. Whatever the program does is a result; errors are about the confinement itself.
    package func run(_ job: SandboxJob) async throws -> ProgramResult {
        try await withRoom(for: job) { room in
            try await toolbox.run(try confiner.main(in: room, named: room.nextName()))
        }
    }

    /// Runs `body` with a room that is cleared afterwards, whatever happened.
    func withRoom<Result: Sendable>(for job: SandboxJob, _ body: (Room) async throws -> Result) async throws -> Result {
        let emulation = try Emulation.choose(for: job.platform, toolbox: toolbox, mayRegister: confiner.mayRegisterEmulator)
        let room = try await openRoom(for: job, emulation)
        do {
            let result = try await body(room)
            await room.close()
            return result
        } catch {
            await room.close()
            throw error
        }
    }

    private func openRoom(for job: SandboxJob, _ emulation: Emulation) async throws -> Room {
        do { return try await Room(for: job, emulation: emulation, toolbox: toolbox) } catch let error as SandboxError {
            // An older kernel has one list of emulators for everybody, which is not ours to change.
            guard case .registered(let program, _) = emulation, case .notPrepared = error else { throw error }
            return try await Room(for: job, emulation: .asProgram(program), toolbox: toolbox)
        }
    }
}
