// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import Glibc
import Tools

/// A server of an image, running confined, and those who speak with it in its own network.
struct SandboxServer: Sendable {
    let room: Room
    let confiner: Confiner
    let toolbox: Toolbox
    /// A program of ours that does one step when started as one process for each (`ProbeClient`), such as `ashlar sandbox-probe`.
    let probe: [String]
    let name: String
    let program: RunningProgram
    let process: Int

    /// Starts the job of a room and waits until its process exists.
    static func start(in room: Room, confiner: Confiner, toolbox: Toolbox, probe: [String]) async throws -> SandboxServer {
        let name = room.nextName()
        let program = try RunningProgram(starting: try confiner.main(in: room, named: name))
        let deadline = ContinuousClock.now + .seconds(20)
        while true {
            if let process = confiner.process(in: room) {
                return SandboxServer(
                    room: room, confiner: confiner, toolbox: toolbox, probe: probe, name: name, program: program, process: process)
            }
            if let result = program.result {
                throw SandboxError.notStarted("a server that ended at once: \(Excerpt.of(result))")
            }
            guard ContinuousClock.now < deadline else {
                program.signal(SIGKILL, .group)
                throw SandboxError.notPrepared("the server did not start within 20 s")
            }
            try await Task.sleep(for: .milliseconds(3))
        }
    }

    /// Does a step from within the server's network, again and again until it succeeds or the time is over.
    func ask(_ step: ServerStep, within time: Duration) async throws -> ProbeAnswer {
        let milliseconds = Int(time.components.seconds * 1000 + time.components.attoseconds / 1_000_000_000_000_000)
        let question = try CanonicalJSON.encode(ProbeQuestion(step: step, milliseconds: milliseconds))
        var words = [try toolbox.require("nsenter", from: "util-linux"), "--net=/proc/\(process)/ns/net", "--"]
        words += [try toolbox.require("setpriv", from: "util-linux")]
        // The probe reads what a hostile server says: it needs no right but to connect.
        if room.isRoot, Self.isReachableByAnyone(probe.first ?? "") { words += ["--reuid=65534", "--regid=65534", "--clear-groups"] }
        words += ["--inh-caps=-all", "--bounding-set=-all", "--no-new-privs", "--"] + probe
        let result = try await toolbox.run(try room.enter(words, input: .bytes(question), timeout: time + .seconds(30)))
        guard let answer = try? CanonicalJSON.decode(ProbeAnswer.self, from: result.stdout) else {
            throw SandboxError.notPrepared("the probe gave no answer: \(Excerpt.of(result))")
        }
        return answer
    }

    /// Runs a program of the image beside the server.
    func run(_ command: [String], environment: [String: String], timeout: Duration) async throws -> ProgramResult {
        var program = try confiner.beside(command, environment: environment, in: room, named: name, process: process)
        program.timeout = timeout
        return try await toolbox.run(program)
    }

    /// Waits until a path is there for the server; false when the time is over.
    func sees(_ path: String, within time: Duration) async throws -> Bool {
        let wait = ["sh", "-c", "until [ -e \"$1\" ]; do sleep 0.01; done", "sh", room.place(of: path)]
        return try await toolbox.run(try room.enter(wait, timeout: time)).end == .exited(0)
    }

    /// Ends the server without warning, and everything that it started.
    func kill() async throws {
        let kill = try toolbox.require("kill", from: "procps")
        _ = try await toolbox.run(try room.enter([kill, "-s", "KILL", "--", String(process)]))
        _ = await program.wait()
    }

    /// Sends the stop signal and waits; nil when the server was still there after `time` and had to be killed.
    func stop(by signal: String, within time: Duration) async throws -> ProgramResult? {
        let kill = try toolbox.require("kill", from: "procps")
        _ = try await toolbox.run(try room.enter([kill, "-s", Self.bare(signal), "--", String(process)]))
        let deadline = ContinuousClock.now + time
        while ContinuousClock.now < deadline {
            if let result = program.result { return result }
            try await Task.sleep(for: .milliseconds(5))
        }
        try await self.kill()
        return nil
    }

    /// `SIGTERM`, `TERM` and `15` mean the same.
    private static func bare(_ signal: String) -> String { signal.hasPrefix("SIG") ? String(signal.dropFirst(3)) : signal }

    /// Whether a user without rights can start the file: every folder above it lets others through.
    private static func isReachableByAnyone(_ path: String) -> Bool {
        var facts = stat()
        guard path.hasPrefix("/"), stat(path, &facts) == 0, facts.st_mode & 0o005 == 0o005 else { return false }
        var folder = path[...]
        while let slash = folder.lastIndex(of: "/") {
            folder = folder[..<slash]
            guard stat(folder.isEmpty ? "/" : String(folder), &facts) == 0, facts.st_mode & 0o001 != 0 else { return false }
        }
        return true
    }
}
