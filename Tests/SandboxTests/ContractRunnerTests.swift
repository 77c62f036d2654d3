// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import Foundation
import OCI
import Testing
import Tools

@testable import Sandbox

@Suite(.serialized) struct ContractRunnerTests {
    /// Stands in for `ashlar sandbox-probe`, which tests cannot start; `ProbeClientTests` test the real one.
    private static let standIn = """
        import json, socket, sys, time
        q = json.load(sys.stdin)
        end = time.time() + q["milliseconds"] / 1000
        kind, step = list(q["step"].items())[0]
        def once():
            s = socket.create_connection(("127.0.0.1", step["port"]), 5)
            s.sendall(("GET %s HTTP/1.1\\r\\n\\r\\n" % step.get("path", "/")).encode())
            data = b""
            while True:
                part = s.recv(4096)
                if not part: break
                data += part
            ok = all(t.encode() in data for t in step["contains"]) and data.split()[1] == str(step.get("status", 200)).encode()
            return ok, data.decode(errors="replace")
        while True:
            try: ok, detail = once()
            except OSError as error: ok, detail = False, str(error)
            if ok or time.time() > end: break
            time.sleep(0.05)
        print(json.dumps({"passed": ok, "detail": detail}))
        """

    private func results(
        _ tests: [ContractTest], methods: [Confiner.Method]? = nil, platform: Platform = .amd64,
        prepare: (inout ContractSubject) -> Void = { _ in }
    ) async throws -> [ContractResult] {
        var found: [ContractResult] = []
        try await SandboxFixture.with(methods, platform: platform) { fixture in
            guard SandboxFixture.toolbox.find("/usr/bin/python3") != nil else {
                Issue.record("no python3: server tests are NOT tested here", severity: .warning)
                return
            }
            var recipe = Recipe(name: "fixture", stream: "1")
            recipe.entrypoint = ["/bin/fixture"]
            recipe.writable = ["/data"]
            recipe.contract = tests
            var subject = ContractSubject(recipe: recipe, root: fixture.root, platform: platform)
            prepare(&subject)
            let runner = ContractRunner(fixture.sandbox, probeExecutable: ["/usr/bin/python3", "-c", Self.standIn], randomUID: 1_234_567)
            found = try await runner.run(subject)
        }
        return found
    }

    @Test func `each test runs as both users, in order, and says what was enforced`() async throws {
        var named = ContractTest(name: "needs its name", run: ["fixture", "who"])
        named.users = .nonroot
        let found = try await results([ContractTest(name: "who", run: ["fixture", "who"]), named])
        guard !found.isEmpty else { return }
        #expect(found.map(\.user) == ["65532:65532", "1234567:0", "65532:65532"])
        #expect(found.map(\.outcome) == [.passed, .passed, .passed])
        #expect(found.allSatisfy { $0.enforced.contains("network=none") && $0.platform == "linux/amd64" })
    }

    @Test func `a broken promise is told with what was expected and found`() async throws {
        var test = ContractTest(name: "t", run: ["fixture", "who"], expect: Expectation(exit: 4, stdout: ["65532:"], absent: ["pid"]))
        test.users = .nonroot
        let found = try await results([test])
        guard let only = found.first else { return }
        #expect(only.outcome == .failed)
        #expect(only.detail.contains("expected status 4, found 0"))
        #expect(only.detail.contains("expected no \"pid\""))
        #expect(!only.detail.contains("expected \"65532:\""))
        #expect(only.detail.contains("65532:65532 pid 1"))
    }

    @Test func `a test without a command runs the image's entrypoint with its arguments`() async throws {
        var test = ContractTest(name: "t", expect: Expectation(exit: 7))
        test.arguments = ["exit", "7"]
        #expect(try await results([test]).allSatisfy { $0.outcome == .passed })
    }

    @Test(arguments: SandboxTests.methods)
    func `a server is spoken to, restarted on the same data, and stopped`(_ methods: [Confiner.Method]) async throws {
        var test = ContractTest(
            name: "serves", run: ["fixture", "serve", "8080", "/data/log"], expect: Expectation(exit: 0, stderr: ["stopping"]))
        test.server = ServerTest(steps: [
            .http(port: 8080, path: "/", status: 200, contains: ["starts 1\n"]),
            .http(port: 8080, path: "/missing", status: 404, contains: []),
            .exec(command: ["fixture", "cat", "/data/log"], environment: [:], expect: Expectation(stdout: ["start"])), .restart,
            .http(port: 8080, path: "/", status: 200, contains: ["starts 2\n"]),
        ])
        for result in try await results([test], methods: methods) { #expect(result.outcome == .passed, "\(result.user): \(result.detail)") }
    }

    @Test(arguments: SandboxTests.methods)
    func `a server is killed, at once or in the middle of its start, and started on what it left`(_ methods: [Confiner.Method]) async throws
    {
        var test = ContractTest(name: "survives", run: ["fixture", "serve", "8080", "/data/log"], expect: Expectation(exit: 0))
        test.users = .nonroot
        test.server = ServerTest(steps: [
            .kill(whenExists: "/data/log"), .http(port: 8080, path: "/", status: 200, contains: ["starts 2\n"]), .kill(whenExists: nil),
            .http(port: 8080, path: "/", status: 200, contains: ["starts 3\n"]),
        ])
        var never = test
        never.server = ServerTest(steps: [.kill(whenExists: "/data/never")], readyWithinSeconds: 1)
        let found = try await results([test, never], methods: methods)
        guard found.count == 2 else { return #expect(found.isEmpty) }
        #expect(found[0].outcome == .passed, "\(found[0].detail)")
        #expect(found[1].outcome == .failed)
        #expect(found[1].detail.contains("expected /data/never"), "\(found[1].detail)")
    }

    @Test(arguments: SandboxTests.methods)
    func `a probe is shown to the image and run in place of its programs`(_ methods: [Confiner.Method]) async throws {
        var test = ContractTest(name: "probe", expect: Expectation(stdout: ["pid 1"]))
        test.probe = .static
        test.arguments = ["who"]
        var root = test
        root.users = .root
        var other = test
        other.probe = .cxx
        let found = try await results([test, root, other], methods: methods) { subject in
            let program = subject.root + "/bin/fixture"
            subject.programs = { probe in
                guard probe == .static else { throw SandboxError.notPrepared("no compiler") }
                return try ScratchFolder.read(program, limit: 8 << 20)
            }
        }
        guard !found.isEmpty else { return }
        #expect(found.map(\.user) == ["65532:65532", "1234567:0", "0:0", "65532:65532", "1234567:0"])
        #expect(found.map(\.outcome) == [.passed, .passed, .passed, .notRun, .notRun], "\(found.map(\.detail))")
        #expect(found[3].detail.contains("no compiler"))
    }

    @Test func `servers that do not answer, end early or do not stop are failures`() async throws {
        func server(_ name: String, _ run: [String], ready: Int = 20) -> ContractTest {
            var test = ContractTest(name: name, run: run)
            test.users = .nonroot
            test.server = ServerTest(
                steps: [.http(port: 8080, path: "/", status: 200, contains: [])], readyWithinSeconds: ready, stopsWithinSeconds: 1)
            return test
        }
        let found = try await results([
            server("other port", ["fixture", "serve", "8081"], ready: 1), server("ends", ["fixture", "exit", "3"]),
            server("deaf", ["fixture", "deaf", "8080"]),
        ])
        guard found.count == 3 else { return #expect(found.isEmpty) }
        #expect(found[0].outcome == .failed)
        #expect(found[0].detail.contains("refused"))
        #expect(found[0].detail.contains("listening"))
        #expect(found[1].outcome == .failed)
        #expect(found[1].detail.contains("status 3"))
        #expect(found[2].outcome == .failed)
        #expect(found[2].detail.contains("expected an end after SIGTERM"))
    }

    @Test func `a mistake of image or test is a failure, not something that this host lacks`() async throws {
        let shared = try await results([ContractTest(name: "shared memory", run: ["fixture", "write", "/dev/shm/x"])]) {
            $0.recipe.writable = ["/data", "/dev/shm"]
        }
        for result in shared { #expect(result.outcome == .passed, "\(result.detail)") }
        let wrong = try await results([ContractTest(name: "t", run: ["fixture", "who"])]) { $0.recipe.writable = ["/proc/x"] }
        for result in wrong {
            #expect(result.outcome == .failed)
            #expect(result.detail.contains("/proc/x"))
        }
        let nothing = try await results([ContractTest(name: "t")]) { $0.entrypoint = [] }
        for result in nothing {
            #expect(result.outcome == .failed)
            #expect(result.detail.contains("no entrypoint"))
        }
    }

    @Test func `a platform without an emulator is not run, with the reason`() async throws {
        let found = try await results([ContractTest(name: "t", run: ["fixture", "who"])]) { $0.platform = .s390x }
        for result in found where ["qemu-s390x-static", "qemu-s390x"].compactMap(SandboxFixture.toolbox.find).isEmpty {
            #expect(result.outcome == .notRun)
            #expect(result.detail.contains("s390x"))
        }
    }

    @Test func `an emulator that crashes leaves a promise untried`() async throws {
        var test = ContractTest(name: "t", run: ["fixture", "cat", "/note"], expect: Expectation(exit: 5))
        test.files = ["/note": "qemu-aarch64: QEMU internal SIGSEGV {code=MAPERR, addr=0x7f13cf969f04}\n"]
        for result in try await results([test], platform: .arm64) {
            #expect(result.outcome == .notRun)
            #expect(result.detail.contains("qemu"))
        }
        // The words alone, from a program of this machine's own processor, excuse nothing.
        for result in try await results([test]) { #expect(result.outcome == .failed) }
    }

    @Test(
        arguments: [
            (ProgramEnd.exited(0), 0, true), (.exited(1), 0, false), (.signalled(9), 137, true), (.timedOut, nil, false),
            (.exited(5), nil, true),
        ] as [(ProgramEnd, Int?, Bool)])
    func `ends are compared as shells tell them`(_ end: ProgramEnd, _ expected: Int?, _ passes: Bool) {
        #expect(Expectation(exit: expected).faults(in: ProgramResult(end: end)).isEmpty == passes)
    }

    @Test func `an excerpt holds nothing that moves a cursor`() {
        #expect(Excerpt.of(Array("a\u{1B}[2Jb\r\nc\u{9B}\0".utf8)) == "a.[2Jb.\nc..")
        #expect(Excerpt.of(Array(repeating: 65, count: 1000)).utf8.count < 610)
    }
}
