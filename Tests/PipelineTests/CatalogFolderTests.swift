// SPDX-License-Identifier: Apache-2.0
import Base
import Foundation
import TestKit
import Testing

@testable import Pipeline

@Suite struct CatalogFolderTests {
    @Test func `no name of a file passes for the contents of another`() {
        let one = CatalogFolder.digest(of: ["a": [], "b": Array("X".utf8)]) { _ in true }
        let other = CatalogFolder.digest(of: ["a\n0\nb": Array("X".utf8)]) { _ in true }
        #expect(one != other)
        #expect(one == CatalogFolder.digest(of: ["b": Array("X".utf8), "a": [], "c": [1]]) { $0 != "c" })
    }

    @Test func `links, devices and large files are not read`() throws {
        let scratch = try TestFolder()
        let path = scratch.path
        try scratch.file("file", Array("text".utf8))
        symlink(path + "/file", path + "/link")
        mkfifo(path + "/pipe", 0o600)
        try Data(count: (4 << 20) + 1).write(to: URL(filePath: path + "/large"))
        let folder = CatalogFolder(path: path)
        #expect(try folder.readFile("file") == Array("text".utf8))
        for name in ["link", "pipe", "large", "absent"] { #expect(throws: CatalogError.self) { try folder.readFile(name) } }
    }

    @Test func `a catalog that is not there is told from one that cannot be read`() throws {
        let scratch = try TestFolder()
        let absent = CatalogFolder(path: scratch.path + "/catalog")
        #expect(throws: CatalogError.missing(folder: absent.path)) { try absent.read() }
        try scratch.file("catalog", Array("a file".utf8))
        let error = #expect(throws: CatalogError.self) { try absent.read() }
        #expect(error?.diagnosis.code == "pipeline.cannot-read")
        #expect(CatalogError.missing(folder: "catalog").diagnosis.remedy.contains("--catalog <folder>"))
    }
}
