// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import Glibc
import Tools

/// A server test: the server is started, spoken to, stopped or killed, started again on the same data, and stopped at the end.
struct Conversation: Sendable {
    let sandbox: Sandbox
    /// The program and arguments that start `ProbeClient.main`.
    let probe: [String]
    let plan: ServerTest
    /// What must be true of the server when it ended by its stop signal.
    let expect: Expectation
    let job: SandboxJob
    let stopSignal: String
    /// How many times slower than natively it may be.
    let patience: Int

    private var ready: Duration { .seconds(plan.readyWithinSeconds * patience) }
    private var stops: Duration { .seconds(plan.stopsWithinSeconds * patience) }

    /// What was not as expected, one line each; empty when all was.
    func hold() async throws -> [String] {
        try await sandbox.withRoom(for: job) { room in
            var server = try await start(in: room)
            var isFresh = true
            for (number, step) in plan.steps.enumerated() {
                func told(_ faults: [String]) -> [String] { faults.map { "step \(number + 1): \($0)" } }
                switch step {
                case .restart:
                    let ended = try await server.stop(by: stopSignal, within: stops)
                    let faults = ended.map { Expectation(exit: expect.exit, absent: expect.absent).faults(in: $0) } ?? [doesNotStop]
                    guard faults.isEmpty else { return told(faults) }
                    server = try await start(in: room)
                    isFresh = true
                case .kill(let path):
                    if let path {
                        let faults = try await appears(path, for: server)
                        guard faults.isEmpty else { return told(faults) + last(of: server) }
                    }
                    try await server.kill()
                    server = try await start(in: room)
                    isFresh = true
                default:
                    let faults = try await perform(step, on: server, within: isFresh ? ready : .seconds(10 * patience))
                    guard faults.isEmpty else { return told(faults) + last(of: server) }
                    isFresh = false
                }
            }
            guard let ended = try await server.stop(by: stopSignal, within: stops) else { return [doesNotStop] }
            return expect.faults(in: ended)
        }
    }

    private func start(in room: Room) async throws -> SandboxServer {
        try await SandboxServer.start(in: room, confiner: sandbox.confiner, toolbox: sandbox.toolbox, probe: probe)
    }

    private var doesNotStop: String {
        "expected an end after \(stopSignal), found the server running after \(plan.stopsWithinSeconds) s"
    }

    /// What a server said that is given up.
    private func last(of server: SandboxServer) -> [String] {
        let words = server.program.outputSoFar
        let ended = server.program.result.map { "the server had ended with \($0.end)" }
        server.program.signal(SIGKILL, .group)
        return [ended, "server's stderr: \(Excerpt.of(words.stderr))", "server's stdout: \(Excerpt.of(words.stdout))"].compactMap(\.self)
    }

    /// One step; tried again while there is time and the server lives.
    private func perform(_ step: ServerStep, on server: SandboxServer, within time: Duration) async throws -> [String] {
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
        do {
            return try await whileRunning(server) {
                let answer = try await server.ask(step, within: time)
                return answer.passed ? [] : [answer.detail]
            }
        } catch let error as any Diagnosable {
            // A server that ended takes its network along, so the probe fails; then the end is what is told.
            for _ in 0..<25 where server.program.result == nil { try await Task.sleep(for: .milliseconds(20)) }
            guard let end = server.program.result?.end else { throw error }
            return ["expected a running server, found that it ended with \(end)"]
        }
    }

    /// Waits until the server made a path.
    private func appears(_ path: String, for server: SandboxServer) async throws -> [String] {
        let time = ready
        return try await whileRunning(server) {
            if try await server.sees(path, within: time) { return [] }
            return ["expected \(path) while the server prepares itself, found it not within \(time)"]
        }
    }

    /// What `body` finds; cut short when the server ends.
    private func whileRunning(_ server: SandboxServer, _ body: @escaping @Sendable () async throws -> [String]) async throws -> [String] {
        try await withThrowingTaskGroup(of: [String].self) { group in
            group.addTask { try await body() }
            group.addTask {
                while server.program.result == nil { try await Task.sleep(for: .milliseconds(20)) }
                return ["expected a running server, found that it ended with \(server.program.result?.end.description ?? "?")"]
            }
            defer { group.cancelAll() }
            return try await group.next() ?? []
        }
    }
}
