// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Tools

@Suite struct ProgramTests {
    private let toolbox = Toolbox()

    private func shell(_ script: String, input: Program.Input = .none, timeout: Duration? = .seconds(30)) -> Program {
        Program("/bin/sh", ["-c", script], input: input, timeout: timeout)
    }

    @Test func `streams and status come back apart`() async throws {
        let result = try await toolbox.run(shell("echo out; echo err >&2; exit 3"))
        #expect(result.stdoutText == "out\n")
        #expect(result.stderrText == "err\n")
        #expect(result.end == .exited(3))
    }

    @Test func `a signal is not a status`() async throws {
        #expect(try await toolbox.run(shell("kill -9 $$")).end == .signalled(9))
    }

    @Test func `standard input is closed unless bytes are given`() async throws {
        #expect(try await toolbox.run(shell("cat; echo end")).stdoutText == "end\n")
        let large = [UInt8](repeating: UInt8(ascii: "x"), count: 300_000)
        #expect(try await toolbox.run(shell("wc -c", input: .bytes(large))).stdoutText.contains("300000"))
    }

    @Test func `a program that does not read its input is no error`() async throws {
        let large = [UInt8](repeating: 0, count: 1_000_000)
        #expect(try await toolbox.run(shell("exec true", input: .bytes(large))).succeeded)
    }

    @Test func `output beyond the limit is read and forgotten`() async throws {
        var program = shell("head -c 500000 /dev/zero")
        program.outputLimit = 1000
        let result = try await toolbox.run(program)
        #expect(result.stdout.count == 1000)
        #expect(result.truncated)
        #expect(result.succeeded)
    }

    @Test func `a hanging program and its children end at the timeout`() async throws {
        let result = try await toolbox.run(shell("sleep 600 & sleep 600", timeout: .milliseconds(200)))
        #expect(result.end == .timedOut)
    }

    @Test func `a grandchild that keeps the pipes open does not hold the result`() async throws {
        let result = try await toolbox.run(shell("sleep 20 & echo done", timeout: .seconds(15)))
        #expect(result.end == .exited(0))
        #expect(result.stdoutText == "done\n")
    }

    @Test func `nothing of the caller's environment is passed on`() async throws {
        let result = try await toolbox.run(Program("/usr/bin/env", environment: ["ONLY": "this"]))
        #expect(result.stdoutText == "ONLY=this\n")
    }

    @Test func `no descriptor but the streams and the named files is open`() async throws {
        var program = Program("/bin/sh", ["-c", "ls /proc/self/fd | tr '\\n' ' '; cat <&3 | head -c 4"])
        program.openFiles = [3: "/etc/passwd"]
        let result = try await toolbox.run(program)
        // ls itself opens the folder it lists as the next number.
        #expect(result.stdoutText.hasPrefix("0 1 2 3 4 "))
        #expect(!result.stdoutText.contains(" 5 "))
        #expect(result.stdoutText.hasSuffix("root"))
    }

    @Test func `cancelling kills the program`() async throws {
        let clock = ContinuousClock()
        let took = await clock.measure {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { _ = try? await toolbox.run(shell("sleep 600", timeout: nil)) }
                group.cancelAll()
            }
        }
        // Before the program would have ended by itself, on however busy a machine.
        #expect(took < .seconds(600))
    }

    @Test func `a held input ends when it is closed`() async throws {
        let program = try RunningProgram(starting: shell("read a; echo got $a; cat", input: .held))
        program.send(Array("word\n".utf8))
        program.closeInput()
        #expect(await program.wait().stdoutText == "got word\n")
        program.signal(15)  // A program that has ended is left alone.
    }

    @Test func `a missing program is named with its package`() {
        #expect(throws: ToolsError.missing(program: "no-such-program", package: "some-package")) {
            try toolbox.require("no-such-program", from: "some-package")
        }
        #expect(throws: ToolsError.notStarted(program: "absent", errno: 2)) {
            try RunningProgram(starting: Program("/nonexistent/absent"))
        }
    }

    @Test func `a demanded status is an error with the program's words`() async {
        await #expect(throws: ToolsError.failed(program: "sh", status: "status 4", output: "why\n")) {
            try await toolbox.demand(shell("echo why >&2; exit 4"))
        }
    }
}
