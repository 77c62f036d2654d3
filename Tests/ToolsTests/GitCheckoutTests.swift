// SPDX-License-Identifier: Apache-2.0
import Base
import Foundation
import Testing

@testable import Tools

@Suite struct GitRemoteTests {
    @Test(arguments: [
        ("https://example.org/team/catalog.git", "git+https://example.org/team/catalog.git"),
        ("https://user:token@Example.org/catalog", "git+https://example.org/catalog"),
        ("https://x-access-token:ghp_secret@example.org:8443/catalog?private_token=1#x", "git+https://example.org:8443/catalog"),
        ("ssh://git@example.org:2222/catalog", "git+ssh://example.org:2222/catalog"),
        ("git@example.org:team/catalog.git", "git+ssh://example.org/team/catalog.git"),
        ("git://example.org/catalog", "git+git://example.org/catalog"),
        ("http://a@b@example.org/catalog", "git+http://example.org/catalog"),
    ])
    func `an address is named without what may be secret`(_ address: String, _ uri: String) { #expect(GitRemote.uri(of: address) == uri) }

    @Test(arguments: [
        "/srv/git/catalog", "../catalog", "file:///srv/git/catalog", "https://", "https://host", "ext::sh -c id", "", "a b:c",
        "https://user:pass@/x", "./a:b", "\u{1B}[31m",
    ])
    func `what only this machine understands is no address`(_ address: String) { #expect(GitRemote.uri(of: address) == nil) }
}

@Suite struct GitCheckoutTests {
    /// A repository with a folder `catalog`, gone after the test; nil without git.
    final class Repository {
        let path = FileManager.default.temporaryDirectory.path + "/ashlar-git-\(UInt64.random(in: 0 ... .max))"
        let toolbox = Toolbox()

        init?(_ test: String = #function) async throws {
            guard toolbox.find("git") != nil else {
                print("SKIPPED: \(test) needs git")
                return nil
            }
            try FileManager.default.createDirectory(atPath: path + "/catalog/images", withIntermediateDirectories: true)
            try write("catalog/images/a.yaml", "a\n")
            try write("catalog/.hidden", "h\n")
            try write("README", "r\n")
            try await git("init", "-q")
            try await commit()
        }
        deinit { try? FileManager.default.removeItem(atPath: path) }

        func write(_ file: String, _ text: String) throws { try Data(text.utf8).write(to: URL(filePath: path + "/" + file)) }
        func commit() async throws {
            try await git("add", "-A")
            try await git("-c", "user.name=t", "-c", "user.email=t@example.org", "commit", "-q", "--allow-empty", "-m", "t")
        }
        @discardableResult func git(_ arguments: String...) async throws -> String {
            let git = try toolbox.require("git", from: "git")
            var environment = Program.cleanEnvironment
            environment["GIT_CONFIG_GLOBAL"] = "/dev/null"
            return try await toolbox.demand(Program(git, ["-C", path] + arguments, environment: environment)).stdoutText
        }
        func checkout(_ folder: String = "/catalog") async throws -> GitCheckout? {
            try await GitReader(toolbox).checkout(of: path + folder)
        }
    }

    @Test func `a commit holds the files it was made of, byte for byte`() async throws {
        guard let repository = try await Repository() else { return }
        let found = try #require(try await repository.checkout())
        #expect(found.prefix == "catalog/" && found.remote == nil)
        let head = try await repository.git("rev-parse", "HEAD")
        #expect(found.commit + "\n" == head)
        #expect(found.paths == [".hidden", "images/a.yaml"])
        #expect(found.holds("images/a.yaml", Array("a\n".utf8)))
        #expect(!found.holds("images/a.yaml", Array("b\n".utf8)) && !found.holds("images/b.yaml", Array("a\n".utf8)))
        #expect(try await repository.checkout("")?.prefix == "")
    }

    @Test func `only what was read decides, not what git remembers of the disk`() async throws {
        guard let repository = try await Repository() else { return }
        // Git is told not to look: its own status would call the folder clean.
        try await repository.git("update-index", "--assume-unchanged", "catalog/images/a.yaml")
        try repository.write("catalog/images/a.yaml", "changed\n")
        let found = try #require(try await repository.checkout())
        #expect(!found.holds("images/a.yaml", Array("changed\n".utf8)))
    }

    @Test func `the remote is named without credentials`() async throws {
        guard let repository = try await Repository() else { return }
        try await repository.git("remote", "add", "backup", "https://backup.example.org/c")
        #expect(try await repository.checkout()?.remote == "git+https://backup.example.org/c")
        try await repository.git("remote", "add", "origin", "https://me:hush@example.org/c.git")
        #expect(try await repository.checkout()?.remote == "git+https://example.org/c.git")
    }

    @Test func `no repository, no commit and no git are no errors`() async throws {
        guard let repository = try await Repository() else { return }
        let outside = repository.path + "-outside"
        try FileManager.default.createDirectory(atPath: outside, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: outside) }
        let reader = GitReader(repository.toolbox)
        #expect(try await reader.checkout(of: outside) == nil)
        #expect(try await reader.checkout(of: outside + "/none") == nil)
        try await repository.toolbox.demand(Program(try repository.toolbox.require("git", from: "git"), ["init", "-q", outside]))
        #expect(try await reader.checkout(of: outside) == nil)
        #expect(try await GitReader(Toolbox(searchPath: [])).checkout(of: repository.path) == nil)
        // A folder of a repository of which nothing was ever committed.
        try FileManager.default.createDirectory(atPath: repository.path + "/new", withIntermediateDirectories: true)
        #expect(try await repository.checkout("/new") == nil)
    }

    @Test func `nothing that a repository configures is run`() async throws {
        guard let repository = try await Repository() else { return }
        let mark = repository.path + "/ran"
        for (key, value) in [
            ("core.fsmonitor", "touch \(mark)"), ("core.hooksPath", repository.path), ("core.pager", "touch \(mark)"),
            ("filter.x.clean", "touch \(mark)"), ("core.sshCommand", "touch \(mark)"), ("alias.ls-tree", "!touch \(mark)"),
            ("credential.helper", "!touch \(mark)"),
        ] { try await repository.git("config", key, value) }
        try repository.write("catalog/.gitattributes", "* filter=x\n")
        #expect(try await repository.checkout() != nil)
        #expect(!FileManager.default.fileExists(atPath: mark))
    }

    @Test func `a replaced commit is not believed`() async throws {
        guard let repository = try await Repository() else { return }
        let first = try await repository.git("rev-parse", "HEAD").prefix { $0 != "\n" }
        try repository.write("catalog/images/a.yaml", "other\n")
        try await repository.commit()
        try await repository.git("replace", "HEAD", String(first))
        let found = try #require(try await repository.checkout())
        #expect(found.holds("images/a.yaml", Array("other\n".utf8)))
    }
}
