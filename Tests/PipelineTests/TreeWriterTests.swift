// SPDX-License-Identifier: Apache-2.0
import Archive
import Foundation
import TestKit
import Testing

@testable import Pipeline

@Suite struct TreeWriterTests {
    private static func layer(_ entries: [(TarHeader, String)]) throws -> [UInt8] {
        var writer = TarWriter()
        for (header, body) in entries { try writer.append(header, body: Array(body.utf8)) }
        writer.writeEnd()
        return writer.bytes
    }

    private static func unpack(_ layers: [[UInt8]], at path: String) throws {
        let writer = try TreeWriter(at: path)
        for layer in layers {
            try layer.withUnsafeBytes { bytes in
                var reader = TarReader(bytes)
                while let entry = try reader.next() { try writer.write(entry, bytes) }
            }
        }
        try writer.finish()
    }

    private static func directory(_ path: String, _ mode: Int = 0o755) -> (TarHeader, String) {
        (TarHeader(path: path, kind: .directory, mode: mode, uid: Int(getuid()), gid: Int(getgid())), "")
    }
    private static func file(_ path: String, _ text: String = "x", mode: Int = 0o644) -> (TarHeader, String) {
        (TarHeader(path: path, kind: .file, mode: mode, uid: Int(getuid()), gid: Int(getgid())), text)
    }
    private static func link(_ path: String, _ target: String, _ kind: TarEntry.Kind = .symlink) -> (TarHeader, String) {
        (TarHeader(path: path, kind: kind, mode: 0o777, uid: Int(getuid()), gid: Int(getgid()), target: target), "")
    }
    private static func mode(_ path: String) -> mode_t {
        var status = stat()
        return lstat(path, &status) == 0 ? status.st_mode & 0o7777 : 0
    }

    @Test func `later layers replace what earlier ones left`() throws {
        let scratch = try TestFolder()
        let root = scratch.path + "/root"
        try Self.unpack(
            [
                try Self.layer([Self.directory("etc", 0o700), Self.file("etc/a", "old"), Self.link("etc/b", "/nowhere")]),
                try Self.layer([
                    Self.directory("etc", 0o555), Self.file("etc/a", "new", mode: 0o600), Self.file("etc/b", "a file now"),
                    Self.link("etc/c", "etc/a", .hardlink),
                ]),
            ], at: root)
        #expect(FileManager.default.contents(atPath: root + "/etc/a") == Data("new".utf8))
        #expect(FileManager.default.contents(atPath: root + "/etc/b") == Data("a file now".utf8))
        #expect(FileManager.default.contents(atPath: root + "/etc/c") == Data("new".utf8))
        #expect(Self.mode(root + "/etc/a") == 0o600)
        // As in a runtime, the last layer says what a directory is.
        #expect(Self.mode(root + "/etc") == 0o555)
        chmod(root + "/etc", 0o755)
    }

    @Test(arguments: [
        ("usr/x/passwd", TarEntry.Kind.file), ("usr/x/made", .directory), ("usr/x/made", .symlink), ("usr/x/deep/er", .file),
    ]) func `nothing is written through a link of an earlier layer`(_ path: String, _ kind: TarEntry.Kind) throws {
        let scratch = try TestFolder()
        let outside = scratch.path + "/outside"
        try FileManager.default.createDirectory(atPath: outside + "/deep", withIntermediateDirectories: true)
        try Data("precious".utf8).write(to: URL(filePath: outside + "/passwd"))
        let layers = [
            try Self.layer([Self.directory("usr"), Self.link("usr/x", outside)]),
            try Self.layer([
                kind == .file ? Self.file(path, "evil") : kind == .symlink ? Self.link(path, "evil") : Self.directory(path)
            ]),
        ]
        #expect(throws: PipelineError.self) { try Self.unpack(layers, at: scratch.path + "/root") }
        #expect(FileManager.default.contents(atPath: outside + "/passwd") == Data("precious".utf8))
        #expect(!FileManager.default.fileExists(atPath: outside + "/made"))
    }

    @Test func `no hard link reaches through a link`() throws {
        let scratch = try TestFolder()
        try Data("precious".utf8).write(to: URL(filePath: scratch.path + "/passwd"))
        let layer = try Self.layer([Self.link("x", scratch.path), Self.link("copy", "x/passwd", .hardlink)])
        #expect(throws: PipelineError.self) { try Self.unpack([layer], at: scratch.path + "/root") }
    }

    @Test func `no mode or owner is set through a link`() throws {
        let scratch = try TestFolder()
        let outside = scratch.path + "/outside"
        mkdir(outside, 0o755)
        // Whatever the umask took from it.
        chmod(outside, 0o755)
        let layers = [try Self.layer([Self.directory("x", 0o777)]), try Self.layer([Self.link("x", outside)])]
        #expect(throws: PipelineError.self) { try Self.unpack(layers, at: scratch.path + "/root") }
        #expect(Self.mode(outside) == 0o755)
    }

    @Test func `an owner beyond 32 bits is refused`() throws {
        let scratch = try TestFolder()
        let layer = try Self.layer([(TarHeader(path: "a", kind: .file, mode: 0o644, uid: 1 << 40), "x")])
        #expect(throws: PipelineError.self) { try Self.unpack([layer], at: scratch.path + "/root") }
    }

    @Test func `a folder that exists is not written to`() throws {
        let scratch = try TestFolder()
        #expect(throws: PipelineError.self) { _ = try TreeWriter(at: scratch.path) }
    }
}
