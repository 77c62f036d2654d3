// SPDX-License-Identifier: Apache-2.0
package import Base
import Glibc

/// Writes commits onto branches of their own, beside what is checked out: the working tree, its index and every other branch stay as
/// they are. Nothing the repository configures is run.
package struct GitBranches: Sendable {
    private let toolbox: Toolbox
    package init(_ toolbox: Toolbox) { self.toolbox = toolbox }

    package static let author = "ashlar watch"
    private static let address = "watch@ashlar.invalid"

    /// Makes a branch with one commit on top of what is checked out, in which one file has other bytes. A branch of this name that is
    /// there already is left alone.
    ///
    /// - Parameters:
    ///   - path: Below the folder.
    ///   - folder: In a working tree.
    package func write(
        _ bytes: [UInt8], to path: String, of folder: String, on branch: String, message: String, at now: Timestamp
    ) async throws {
        guard let checkout = try await GitReader(toolbox).checkout(of: folder) else {
            throw ToolsError.failed(program: "git", status: "no commit that holds files of the folder", output: folder)
        }
        let git = try toolbox.require("git", from: "git")
        let reference = "refs/heads/\(branch)"
        if try await answer(git, checkout.top, ["rev-parse", "--verify", "--quiet", reference]) != nil { return }
        try await ScratchFolder.with(in: toolbox.temporary, named: "ashlar-git") { scratch in
            let index = ["GIT_INDEX_FILE": scratch.path + "/index"]
            let blob = try await line(git, checkout.top, ["hash-object", "-w", "--stdin"], input: bytes)
            _ = try await line(git, checkout.top, ["read-tree", checkout.commit], index)
            _ = try await line(
                git, checkout.top, ["update-index", "--add", "--cacheinfo", "100644,\(blob),\(checkout.prefix)\(path)"], index)
            let tree = try await line(git, checkout.top, ["write-tree"], index)
            let identity = [
                "GIT_AUTHOR_NAME": Self.author, "GIT_AUTHOR_EMAIL": Self.address, "GIT_AUTHOR_DATE": "\(now.seconds) +0000",
                "GIT_COMMITTER_NAME": Self.author, "GIT_COMMITTER_EMAIL": Self.address, "GIT_COMMITTER_DATE": "\(now.seconds) +0000",
            ]
            let commit = try await line(
                git, checkout.top, ["commit-tree", tree, "-p", checkout.commit, "-F", "-"], identity, input: Array(message.utf8))
            // Only when nobody made it meanwhile.
            _ = try await line(git, checkout.top, ["update-ref", reference, commit, String(repeating: "0", count: commit.count)])
        }
    }

    private func line(
        _ git: String, _ folder: String, _ arguments: [String], _ variables: [String: String] = [:], input: [UInt8]? = nil
    ) async throws -> String {
        guard let output = try await answer(git, folder, arguments, variables, input: input) else {
            throw ToolsError.failed(program: "git \(arguments.first ?? "")", status: "another one", output: "")
        }
        return String(decoding: output, as: UTF8.self).trimmingSuffix()
    }

    private func answer(
        _ git: String, _ folder: String, _ arguments: [String], _ variables: [String: String] = [:], input: [UInt8]? = nil
    ) async throws -> [UInt8]? {
        var environment = GitReader.environment
        for (name, value) in variables { environment[name] = value }
        let program = Program(
            git, GitReader.options(folder) + arguments, environment: environment, input: input.map { .bytes($0) } ?? .none,
            timeout: .seconds(30))
        let result = try await toolbox.run(program)
        return result.succeeded && !result.truncated ? result.stdout : nil
    }
}

extension String {
    fileprivate func trimmingSuffix() -> String {
        var rest = self[...]
        while let last = rest.last, last.isWhitespace { rest = rest.dropLast() }
        return String(rest)
    }
}
