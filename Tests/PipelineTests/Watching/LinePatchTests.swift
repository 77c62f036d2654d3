// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestKit
import Testing
import Tools

@testable import Pipeline

@Suite struct LinePatchTests {
    @Test(arguments: [
        ("a\nb\nc\nd\ne\nf\ng\nh\n", "a\nb\nc\nd\nE\nf\ng\nh\n"), ("", "a\nb\n"), ("a\n", "a\nb\n"), ("a\nb\n", "b\n"),
        ("a\nb\nc\n", "x\ny\n"),
        ("a\na\na\n", "a\na\na\na\n"),
    ])
    func `git takes it, and gives the new file`(_ old: String, _ new: String) async throws {
        let toolbox = Toolbox()
        guard let git = toolbox.find("git") else { return print("SKIPPED: \(#function) needs git") }
        let folder = try TestFolder()
        let file = folder.path + "/images/a.lock.json"
        try FileManager.default.createDirectory(atPath: folder.path + "/images", withIntermediateDirectories: true)
        if !old.isEmpty { try Data(old.utf8).write(to: URL(filePath: file)) }
        let patch =
            "A message\n\nwith -- words\n\n---\n" + LinePatch.text(path: "images/a.lock.json", from: Array(old.utf8), to: Array(new.utf8))
        var environment = Program.cleanEnvironment
        environment["GIT_CEILING_DIRECTORIES"] = "/"
        let result = try await toolbox.run(
            Program(git, ["-C", folder.path, "apply", "-"], environment: environment, input: .bytes(Array(patch.utf8))))
        #expect(result.succeeded, "\(String(decoding: result.stderr, as: UTF8.self))\n\(patch)")
        #expect(try String(contentsOfFile: file, encoding: .utf8) == new)
    }

    @Test func `equal files have no difference`() {
        #expect(LinePatch.text(path: "a", from: Array("x\n".utf8), to: Array("x\n".utf8)).isEmpty)
    }
}
