// SPDX-License-Identifier: Apache-2.0
package import Artifacts
import Base
package import OCI
import Tools

/// What of an image the contract tests need: the unpacked root and how it is started.
package struct ContractSubject: Sendable {
    package var recipe: Recipe
    /// The unpacked root folder, owned by root, with the modes of the image.
    package var root: String
    package var platform: Platform
    /// Of the image's configuration: they differ from the recipe's when it has a `start:` plan.
    package var entrypoint: [String]
    package var command: [String]
    package var environment: [String: String]
    /// Gives the bytes of a program of ours for the image's platform.
    package var programs: @Sendable (ContractTest.Probe) async throws -> [UInt8]

    package init(recipe: Recipe, root: String, platform: Platform) {
        self.recipe = recipe
        self.root = root
        self.platform = platform
        entrypoint = recipe.entrypoint
        command = recipe.command
        environment = recipe.environment
        programs = { probe in throw SandboxError.notPrepared("there is no probe \(probe.rawValue)") }
    }
}

/// Runs the contract tests of an image, each under the users it must work for.
package struct ContractRunner: Sendable {
    private let sandbox: Sandbox
    /// `ashlar sandbox-probe`: the program and arguments that start `ProbeClient.main`.
    private let probe: [String]
    /// The user of the second run, with group 0: as clusters give out, different each time.
    private let randomUID: Int

    package init(_ sandbox: Sandbox, probeExecutable probe: [String], randomUID: Int) {
        self.sandbox = sandbox
        self.probe = probe
        self.randomUID = randomUID
    }

    /// Results in the order of the tests, two users each. A test that cannot be run is a result that says why.
    package func run(_ subject: ContractSubject) async throws -> [ContractResult] {
        let runs = subject.recipe.contract.flatMap { test in users(of: test, subject).map { (test, $0) } }
        // Two at once: servers in tests have 2 GiB each.
        let runner = self
        return try await runs.map { ContractRun(test: $0.0, user: $0.1) }.concurrentMap(limit: 2) { run in
            try await runner.run(run.test, as: run.user, subject)
        }
    }

    private func users(of test: ContractTest, _ subject: ContractSubject) -> [SandboxUser] {
        let nonroot = SandboxUser(subject.recipe.runAs) ?? .nonroot
        return switch test.users {
        case .both: [nonroot, SandboxUser(uid: randomUID, gid: 0)]
        case .nonroot: [nonroot]
        case .root: [SandboxUser(uid: 0, gid: 0)]
        }
    }

    private struct ContractRun: Sendable {
        let test: ContractTest
        let user: SandboxUser
    }

    private func run(_ test: ContractTest, as user: SandboxUser, _ subject: ContractSubject) async throws -> ContractResult {
        var result = ContractResult(
            test: test.name, platform: subject.platform.description, user: user.description, outcome: .passed, detail: "",
            enforced: sandbox.capabilities.enforced, missing: sandbox.capabilities.missing)
        do {
            let job = try await job(for: test, as: user, subject)
            guard !job.arguments.isEmpty else { throw SandboxError.notStarted("no entrypoint in the image and no command in the test") }
            let faults: [String]
            if let server = test.server {
                let conversation = Conversation(
                    sandbox: sandbox, probe: probe, plan: server, expect: test.expect, job: job, stopSignal: subject.recipe.stopSignal,
                    patience: patience(subject.platform))
                faults = try await conversation.hold()
            } else {
                faults = test.expect.faults(in: try await sandbox.run(job))
            }
            result.outcome = faults.isEmpty ? .passed : .failed
            result.detail = faults.joined(separator: "\n")
        } catch let error as any Diagnosable {
            try Task.checkCancellation()
            // What this host lacks leaves a test untried. Anything else is the fault of the image or of its test.
            result.outcome = error.diagnosis.kind == .unavailable ? .notRun : .failed
            result.detail = error.diagnosis.summary
        }
        if result.outcome == .failed, let limit = emulationLimit(in: result.detail, subject.platform) {
            result.outcome = .notRun
            result.detail = limit + ": " + result.detail
        }
        return result
    }

    /// Where a program of ours is seen inside.
    private static let probePath = "/run/ashlar/probe"

    private func job(for test: ContractTest, as user: SandboxUser, _ subject: ContractSubject) async throws -> SandboxJob {
        let own = subject.entrypoint + (test.arguments.isEmpty ? subject.command : test.arguments)
        var job = SandboxJob(root: subject.root, arguments: test.run.isEmpty ? own : test.run, user: user)
        // Container engines take HOME from the image's users, and / for a number they do not know.
        let home = subject.recipe.users.first { $0.uid == user.uid }?.home ?? "/"
        job.environment = ["PATH": SandboxJob.searchPath, "HOME": home].merging(subject.environment) { $1 }.merging(test.environment) { $1 }
        job.workingDirectory = subject.recipe.workingDirectory
        job.writable = subject.recipe.writable
        job.files = test.files
        job.input = test.input.map { .bytes(Array($0.utf8)) } ?? .none
        job.platform = subject.platform
        if let probe = test.probe {
            // Nothing is compiled for a processor whose programs cannot be run here.
            _ = try Emulation.choose(for: subject.platform, toolbox: sandbox.toolbox, mayRegister: sandbox.confiner.mayRegisterEmulator)
            job.arguments = [Self.probePath] + test.arguments
            job.programs = [Self.probePath: try await subject.programs(probe)]
        }
        job.timeout = .seconds(test.timeoutSeconds * patience(subject.platform))
        if let server = test.server {
            // The conversation has its own times; this is for what goes wrong with them.
            job.timeout = .seconds(
                (test.timeoutSeconds + server.readyWithinSeconds + server.stopsWithinSeconds + 60) * patience(subject.platform))
        }
        return job
    }

    /// How many times slower an emulated program may be.
    func patience(_ platform: Platform) -> Int { platform.debian == HostMachine.current?.debian ? 1 : 5 }

    /// What the emulator could not do, where a program failed for a reason that is not its own.
    private func emulationLimit(in detail: String, _ platform: Platform) -> String? {
        guard platform.debian != HostMachine.current?.debian else { return nil }
        // qemu-user's own words for a fault in itself; a fault of the program is a signal of the program. An image that says
        // them itself gains nothing: its promises count as not tried, as on a machine without an emulator.
        if detail.contains("QEMU internal SIG") { return "the emulator crashed" }
        guard
            let emulation = try? Emulation.choose(
                for: platform, toolbox: sandbox.toolbox, mayRegister: sandbox.confiner.mayRegisterEmulator),
            case .asProgram = emulation, detail.contains("Exec format error") || detail.contains("ENOEXEC")
        else { return nil }
        return "the emulator cannot start other programs here (Linux before 6.7)"
    }
}
