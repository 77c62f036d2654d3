// SPDX-License-Identifier: Apache-2.0
import Base
import Foundation
import Testing

@testable import Tools

@Suite struct GitBranchesTests {
    private let now = Timestamp(seconds: 1_764_000_000)

    @Test func `a change becomes a branch, and what is checked out stays as it is`() async throws {
        guard let repository = try await GitCheckoutTests.Repository() else { return }
        try repository.write("README", "being edited\n")
        let head = try await repository.git("rev-parse", "HEAD")
        try await GitBranches(repository.toolbox).write(
            Array("new lock\n".utf8), to: "images/a.yaml", of: repository.path + "/catalog", on: "ashlar/a-1/12",
            message: "Take it\n\nwhy\n",
            at: now)
        #expect(try await repository.git("show", "ashlar/a-1/12:catalog/images/a.yaml") == "new lock\n")
        #expect(try await repository.git("show", "ashlar/a-1/12:README") == "r\n")
        #expect(try await repository.git("log", "-1", "--format=%s %an %at", "ashlar/a-1/12") == "Take it ashlar watch 1764000000\n")
        #expect(try await repository.git("rev-parse", "ashlar/a-1/12^") == head)
        #expect(try await repository.git("rev-parse", "HEAD") == head)
        #expect(try await repository.git("status", "--porcelain") == " M README\n")
    }

    @Test func `a branch that is there is left alone`() async throws {
        guard let repository = try await GitCheckoutTests.Repository() else { return }
        let branches = GitBranches(repository.toolbox)
        for text in ["one\n", "two\n"] {
            try await branches.write(
                Array(text.utf8), to: "images/a.yaml", of: repository.path + "/catalog", on: "b", message: "m", at: now)
        }
        #expect(try await repository.git("show", "b:catalog/images/a.yaml") == "one\n")
    }

    @Test func `hooks of the repository do not run`() async throws {
        guard let repository = try await GitCheckoutTests.Repository() else { return }
        try repository.write(".git/hooks/reference-transaction", "#!/bin/sh\ntouch \(repository.path)/ran\nexit 1\n")
        chmod(repository.path + "/.git/hooks/reference-transaction", 0o755)
        try await GitBranches(repository.toolbox).write(
            Array("x\n".utf8), to: "images/a.yaml", of: repository.path + "/catalog", on: "b", message: "m", at: now)
        #expect(!FileManager.default.fileExists(atPath: repository.path + "/ran"))
        #expect(try await repository.git("show", "b:catalog/images/a.yaml") == "x\n")
    }
}
