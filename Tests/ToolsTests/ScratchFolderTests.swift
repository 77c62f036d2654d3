// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestKit
import Testing

@testable import Tools

@Suite struct ScratchFolderTests {
    private let parent: TestFolder
    init() throws { parent = try TestFolder() }

    /// A folder whose process was killed: nobody holds it any more.
    private func leftover(_ prefix: String = "ashlar-root") throws -> String {
        let folder = try ScratchFolder(in: parent.path, named: prefix)
        try folder.write([1], to: "file")
        return String(folder.path.dropFirst(parent.path.count + 1))
    }

    @Test func `what killed processes left is swept when it is old`() throws {
        let (old, young) = (try leftover(), try leftover())
        try parent.folder(old + "/deep/deeper")
        chmod("\(parent.path)/\(old)/deep", 0o500)
        let held = try ScratchFolder(in: parent.path, named: "ashlar-room")
        let inUse = String(held.path.dropFirst(parent.path.count + 1))
        let foreign = ["ashlar-backup-202611", "other-scratch-abcdef", "ashlar-notes"]
        for name in foreign { try parent.folder(name) }
        for name in [old, inUse] + foreign { try parent.age(name, seconds: 7200) }
        symlink(parent.path + "/ashlar-notes", parent.path + "/ashlar-x-scratch-link00")
        try parent.file("ashlar-x-scratch-file00")
        ScratchFolder.sweep(parent.path)
        let expected = ([young, inUse, "ashlar-x-scratch-link00", "ashlar-x-scratch-file00"] + foreign).sorted()
        withExtendedLifetime(held) { #expect(parent.names() == expected) }
    }

    @Test func `a folder is removed with directories that may not be written to`() throws {
        let folder = try ScratchFolder(in: parent.path, named: "ashlar-root")
        try FileManager.default.createDirectory(atPath: folder.path + "/a/b", withIntermediateDirectories: true)
        for name in ["/a/b", "/a"] { chmod(folder.path + name, 0o500) }
        folder.remove()
        #expect(parent.names().isEmpty)
    }
}
