// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Check
import Testing

@Suite struct TreeIndexTests {
    let tree = TreeIndex(
        FileTree(entries: [
            .link("bin", "usr/bin"), .file("usr/bin/a", mode: 0o755), .link("usr/bin/b", "./a"), .link("usr/bin/c", "/bin/b"),
            .link("usr/bin/up", "../../../../bin/a"), .link("loop", "usr/pool"), .link("usr/pool", "../loop"), .link("usr/root", "/"),
            .link("usr/bin/gone", "../lib/gone"),
            FileEntry(path: "usr/bin/hard", kind: .hardlink, mode: 0o755, target: "usr/bin/a", owner: "x"),
            .link("usr/bin/empty", ""),
        ]))

    @Test(arguments: [
        "usr/bin/a", "bin/a", "/bin/a", "/bin/b", "bin/c", "usr/bin/up", "bin//./a", "usr/../bin/a", "usr/root/bin/c", "bin/hard",
    ])
    func `links are followed as a kernel does`(path: String) {
        #expect(tree.file(path)?.path == "usr/bin/a")
    }

    @Test func `missing places and loops are told`() {
        #expect(tree.resolve("bin/gone") == .missing("usr/lib"))
        #expect(tree.resolve("loop") == .loop)
        #expect(tree.resolve("usr/bin/a/b") == .missing("usr/bin/a/b"))
        #expect(tree.resolve("usr/bin/empty") == .missing("usr/bin/empty"))
        #expect(tree.resolve("a", from: "usr/bin") == tree.resolve("/usr/bin/a"))
        #expect(tree.file("bin") == nil)
    }

    @Test func `directories that are only implied exist`() {
        #expect(tree.resolve("/") == .unlistedDirectory(""))
        #expect(tree.directory("bin") == "usr/bin")
        #expect(tree.directory("usr/root/usr") == "usr")
        #expect(tree.directory("usr/bin/a") == nil)
    }

    @Test func `forty links are followed and no more`() {
        func chain(_ count: Int) -> TreeIndex {
            TreeIndex(FileTree(entries: [.file("l0")] + (1...count).map { .link("l\($0)", "l\($0 - 1)") }))
        }
        #expect(chain(40).file("l40")?.path == "l0")
        #expect(chain(41).resolve("l41") == .loop)
    }

    @Test func `links that multiply their target end`() {
        // Each link leads through the one before it twice: 2^40 steps for a reader without a bound.
        let entries: [FileEntry] = [.directory("d")] + (1...40).map { .link("l\($0)", $0 == 1 ? "d" : "l\($0 - 1)/../l\($0 - 1)") }
        #expect(TreeIndex(FileTree(entries: entries)).resolve("l40") == .loop)
    }
}
