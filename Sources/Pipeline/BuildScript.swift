// SPDX-License-Identifier: Apache-2.0
import Foundation
import Tools

/// A script that holds the exact options of a compiler. It runs with a clean environment and writes into a folder that is removed
/// afterwards.
struct BuildScript: Sendable {
    let path: String
    let toolbox: Toolbox

    /// `x86_64-linux-gnu-gcc (Debian 14.2.0-19) 14.2.0`: the first line of what `--version` prints.
    func version(of compiler: String) async throws -> String {
        try await toolbox.demand(Program(compiler, ["--version"])).stdoutText.split(separator: "\n").first.map(String.init) ?? ""
    }

    /// Calls the script with these words and a folder, and reads the files it made there.
    func run(_ words: [String], making files: [String]) async throws -> [String: [UInt8]] {
        try await ScratchFolder.with(in: toolbox.temporary, named: "ashlar-compile") { scratch in
            var environment = Program.cleanEnvironment
            environment["SOURCE_DATE_EPOCH"] = "0"
            environment["TMPDIR"] = scratch.path
            try await toolbox.demand(
                Program("/bin/sh", [URL(filePath: path).path] + words + [scratch.path], environment: environment, timeout: .seconds(300)))
            var made: [String: [UInt8]] = [:]
            for file in files { made[file] = try ScratchFolder.read("\(scratch.path)/\(file)", limit: 16 << 20) }
            return made
        }
    }
}
