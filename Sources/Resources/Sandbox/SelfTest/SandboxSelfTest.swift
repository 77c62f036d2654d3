// SPDX-License-Identifier: Apache-2.0
import Base
import Glibc
import OCI
package import Tools

/// Lets a small program try to break out of the sandbox on this machine, and tells what held.
package struct SandboxSelfTest: Sendable {
    package struct Report: Sendable, Hashable {
        /// Attempts that failed, as they should.
        package var held: [String]
        /// Attempts that succeeded: the sandbox must not be trusted.
        package var broken: [String]
        /// Limits that `SandboxCapabilities` does not claim and that were therefore not tried.
        package var notClaimed: [String]
    }

    private let sandbox: Sandbox
    private let toolbox: Toolbox

    package init(_ sandbox: Sandbox, toolbox: Toolbox) {
        self.sandbox = sandbox
        self.toolbox = toolbox
    }

    /// Compiles the program and runs it. Throws `ToolsError.missing` on a machine without a C compiler.
    package func run() async throws -> Report {
        let platform = Platform.allCases.first { $0.debian == HostMachine.current?.debian } ?? .amd64
        let compiler = try await CCompiler(for: platform, toolbox: toolbox)
        let attempts = try await compiler.compile(EscapeAttempts.source, named: "escape", flags: ["-O1", "-static"])
        return try await ScratchFolder.with(in: toolbox.temporary, named: "ashlar-selftest") { folder in
            try folder.write(attempts.bytes, to: "escape", mode: 0o755)
            // A file that everybody on the machine may read, outside the root.
            let outside = try ScratchFolder(in: toolbox.temporary, named: "ashlar-outside")
            defer { outside.remove() }
            chmod(outside.path, 0o755)
            let secret = try outside.write(Array("outside".utf8), to: "secret", mode: 0o644)
            chmod(folder.path, 0o755)
            var job = SandboxJob(root: folder.path, arguments: ["/escape", secret])
            job.memoryBytes = 64 << 20
            job.processes = 64
            let claims = sandbox.capabilities.enforced
            let limits = [("memory", claims.contains { $0.hasPrefix("memory=") }), ("pids", claims.contains { $0.hasPrefix("pids=") })]
            job.arguments += limits.filter(\.1).map(\.0)
            let result = try await sandbox.run(job)
            guard result.succeeded, result.stdoutText.hasSuffix("done\n") else {
                throw SandboxError.notPrepared("the attempts did not end: \(Excerpt.of(result))")
            }
            let lines = result.stdoutText.split(separator: "\n").map(String.init)
            return Report(
                held: lines.filter { $0.hasPrefix("held ") }.map { String($0.dropFirst(5)) },
                broken: lines.filter { $0.hasPrefix("broken ") }.map { String($0.dropFirst(7)) },
                notClaimed: limits.filter { !$0.1 }.map(\.0))
        }
    }
}
