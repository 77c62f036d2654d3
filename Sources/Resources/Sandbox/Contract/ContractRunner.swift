// SPDX-License-Identifier: Apache-2.0
package import Artifacts
import Base
import Glibc
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

    package init(recipe: Recipe, root: String, platform: Platform) {
        self.recipe = recipe
        self.root = root
        self.platform = platform
        entrypoint = recipe.entrypoint
        command = recipe.command
        environment = recipe.environment
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
        let nonroot = SandboxUser(subject.recipe.runAs) ?? .nonroot
        let runs = subject.recipe.contract.flatMap { test in
            ([nonroot] + (test.users == .both ? [SandboxUser(uid: randomUID, gid: 0)] : [])).map { (test, $0) }
        }
        // Two at once: servers in tests have 2 GiB each.
        let runner = self
        return try await runs.map { ContractRun(test: $0.0, user: $0.1) }.concurrentMap(limit: 2) { run in
            try await runner.run(run.test, as: run.user, subject)
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
            let job = job(for: test, as: user, subject)
            guard !job.arguments.isEmpty else { throw SandboxError.notPrepared("the image has no entrypoint and the test no command") }
            let faults: [String]
            if let server = test.server {
                faults = try await converse(server, test: test, job: job, stopSignal: subject.recipe.stopSignal)
            } else {
                faults = test.expect.faults(in: try await sandbox.run(job))
            }
            result.outcome = faults.isEmpty ? .passed : .failed
            result.detail = faults.joined(separator: "\n")
            if result.outcome == .failed, isEmulationLimit(result.detail, subject.platform) {
                result.outcome = .notRun
                result.detail = "the emulator cannot start other programs here (Linux before 6.7): " + result.detail
            }
        } catch let error as any Diagnosable {
            try Task.checkCancellation()
            result.outcome = .notRun
            result.detail = error.diagnosis.summary
        }
        return result
    }

    private func job(for test: ContractTest, as user: SandboxUser, _ subject: ContractSubject) -> SandboxJob {
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

    /// Without registration a program that starts another one fails for a reason that is not its own.
    private func isEmulationLimit(_ detail: String, _ platform: Platform) -> Bool {
        guard
            let emulation = try? Emulation.choose(
                for: platform, toolbox: sandbox.toolbox, mayRegister: sandbox.confiner.mayRegisterEmulator),
            case .asProgram = emulation
        else { return false }
        return detail.contains("Exec format error") || detail.contains("ENOEXEC")
    }

    // MARK: - Servers

    private func converse(_ plan: ServerTest, test: ContractTest, job: SandboxJob, stopSignal: String) async throws -> [String] {
        let slow = job.platform.map(patience) ?? 1
        let ready = Duration.seconds(plan.readyWithinSeconds * slow)
        let stops = Duration.seconds(plan.stopsWithinSeconds * slow)
        return try await sandbox.withRoom(for: job) { room in
            func start() async throws -> SandboxServer {
                try await SandboxServer.start(in: room, confiner: sandbox.confiner, toolbox: sandbox.toolbox, probe: probe)
            }
            var server = try await start()
            var isFresh = true
            for (number, step) in plan.steps.enumerated() {
                let label = "step \(number + 1)"
                if case .restart = step {
                    guard let ended = try await server.stop(by: stopSignal, within: stops) else {
                        return [
                            "\(label): expected an end after \(stopSignal), found the server running after \(plan.stopsWithinSeconds) s"
                        ]
                    }
                    let faults = statusFaults(ended, test.expect)
                    guard faults.isEmpty else { return faults.map { "\(label): \($0)" } }
                    server = try await start()
                    isFresh = true
                    continue
                }
                let faults = try await perform(step, on: server, job: job, within: isFresh ? ready : .seconds(10 * slow))
                guard faults.isEmpty else {
                    let words = server.program.outputSoFar
                    let ended = server.program.result.map { "the server had ended with \($0.end)" }
                    server.program.signal(SIGKILL, .group)
                    return faults.map { "\(label): \($0)" }
                        + [ended, "server's stderr: \(Excerpt.of(words.stderr))", "server's stdout: \(Excerpt.of(words.stdout))"]
                        .compactMap(\.self)
                }
                isFresh = false
            }
            guard let ended = try await server.stop(by: stopSignal, within: stops) else {
                return ["expected an end after \(stopSignal), found the server running after \(plan.stopsWithinSeconds) s"]
            }
            return test.expect.faults(in: ended)
        }
    }

    private func statusFaults(_ result: ProgramResult, _ expect: Expectation) -> [String] {
        Expectation(exit: expect.exit, absent: expect.absent).faults(in: result)
    }

    /// One step; tried again while there is time and the server lives.
    private func perform(_ step: ServerStep, on server: SandboxServer, job: SandboxJob, within time: Duration) async throws -> [String] {
        let deadline = ContinuousClock.now + time
        if case .exec(let command, let environment, let expect) = step {
            var faults: [String] = []
            repeat {
                let merged = job.environment.merging(environment) { $1 }
                faults = expect.faults(in: try await server.run(command, environment: merged, timeout: job.timeout ?? .seconds(60)))
                if faults.isEmpty || server.program.result != nil { return faults }
                try await Task.sleep(for: .milliseconds(100))
            } while ContinuousClock.now < deadline
            return faults
        }
        do { return try await ask(step, server, within: time) } catch let error as any Diagnosable {
            // A server that ended takes its network along, so the probe fails; then the end is what is told.
            for _ in 0..<25 where server.program.result == nil { try await Task.sleep(for: .milliseconds(20)) }
            guard let end = server.program.result?.end else { throw error }
            return ["expected a running server, found that it ended with \(end)"]
        }
    }

    /// The probe tries again by itself; it is cut short when the server ends.
    private func ask(_ step: ServerStep, _ server: SandboxServer, within time: Duration) async throws -> [String] {
        try await withThrowingTaskGroup(of: [String].self) { group in
            group.addTask {
                let answer = try await server.ask(step, within: time)
                return answer.passed ? [] : [answer.detail]
            }
            group.addTask {
                while server.program.result == nil { try await Task.sleep(for: .milliseconds(20)) }
                return ["expected a running server, found that it ended with \(server.program.result?.end.description ?? "?")"]
            }
            defer { group.cancelAll() }
            return try await group.next() ?? []
        }
    }
}
