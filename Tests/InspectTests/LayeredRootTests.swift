// SPDX-License-Identifier: Apache-2.0
import Archive
import Artifacts
import Inspect
import Testing

@Suite struct LayeredRootTests {
    private func root(_ layers: [[TarMaker.Entry]]) throws -> LayeredRoot {
        let inspector = Inspector()
        let scanned = try layers.map { entries in
            try TarMaker.tar(entries).withUnsafeBytes { try inspector.scan($0, number: 0, sharing: InspectionAllowance(inspector.limits)) }
        }
        return try inspector.root(of: scanned)
    }

    @Test func `each path has the layer that brought it, whatever number the layer was read under`() throws {
        let found = try root([[.file("a", "1"), .file("b", "1")], [.file("b", "2"), .file("c")], [.file(".wh.a", "")]])
        #expect(found.layers == ["b": 1, "c": 1])
        #expect(found.tree.entries.map(\.path) == ["b", "c"])
    }

    @Test func `paths of a layer land where links of the base lead`() throws {
        let found = try root([[.folder("usr/lib"), .link("lib", "usr/lib")], [.file("lib/x")]])
        #expect(found.layers["usr/lib/x"] == 1 && found.layers["lib/x"] == nil)
    }

    @Test(arguments: [
        ("#!/usr/bin/python3 -I\n", "/usr/bin/python3"), ("#! /bin/sh\n", "/bin/sh"), ("#!/usr/bin/env python3\n", "python3"),
        ("#!/usr/bin/env -S python3 -u\n", "python3"), ("#!/usr/bin/env A=1 node\r\n", "node"),
    ]) func `scripts name their interpreter`(text: String, name: String) throws {
        #expect(try root([[.file("x", text, mode: 0o755)]]).tree.entries[0].facts?.interpreter == name)
    }

    @Test func `what could not be placed is told with the layer it is in`() throws {
        let found = try root([[.file("a")], [.file("../up"), .hardlink("h", "nowhere")]])
        #expect(found.unread.count == 2 && found.unread.allSatisfy { $0.layer == 1 })
    }
}
