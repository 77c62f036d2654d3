// SPDX-License-Identifier: Apache-2.0
import Foundation
import HTTPTypes
import HummingbirdTesting
import TestKit
import Testing
import Transparency

@testable import Web

@Suite struct LogTests {
    let store: SyntheticStore
    private var folder: String { store.scratch.path + "/log" }

    init() throws {
        store = try SyntheticStore()
        // A checkpoint of 260 entries, signed by nobody: the server does not judge, its readers do.
        let text = Checkpoint(origin: "log.example.org", size: 260, root: MerkleTree.leafHash([1])).text
        let note = SignedNote(text: text, signatures: [NoteSignature(name: "log.example.org", keyHash: [1, 2, 3, 4], signature: [5])])
        for (name, bytes) in [
            ("checkpoint", note.bytes), ("tile/0/000", [UInt8](repeating: 1, count: 8192)), ("tile/0/001.p/4", [2]),
            ("tile/0/001.p/9", [9]),
            ("tile/0/001", [9]), ("tile/1/000.p/1", [3]), ("tile/entries/000", [4]), ("tile/entries/001.p/4", [5]), ("pending", [6]),
            ("lock", [7]), ("tile/0/secret", [8]),
        ] as [(String, [UInt8])] {
            let file = URL(filePath: store.scratch.path + "/log/" + name)
            try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(bytes).write(to: file)
        }
    }

    @Test func `the checkpoint is text that nobody keeps`() async throws {
        let response = try await store.ask("/log/checkpoint")
        #expect(response.status == .ok && response.headers[.contentType] == "text/plain; charset=utf-8")
        #expect(response.headers[.cacheControl] == "no-store")
        #expect(String(decoding: response.bytes, as: UTF8.self).hasPrefix("log.example.org\n260\n"))
    }

    @Test(arguments: [
        ("tile/0/000", 8192), ("tile/0/001.p/4", 1), ("tile/1/000.p/1", 1), ("tile/entries/000", 1), ("tile/entries/001.p/4", 1),
    ]) func `tiles and entries are bytes that never change`(name: String, count: Int) async throws {
        for method in [HTTPRequest.Method.get, .head] {
            let response = try await store.ask(method, "/log/\(name)", [:])
            #expect(response.status == .ok && response.bytes.count == (method == .head ? 0 : count))
            #expect(response.headers[.contentType] == "application/octet-stream")
            #expect(response.headers[.contentLength] == String(count))
            #expect(response.headers[.cacheControl]?.contains("immutable") == true)
        }
    }

    @Test(arguments: [
        "", "pending", "lock", "tile", "tile/", "tile/0/secret", "tile/0/../../lock", "tile/0/%2e%2e/%2e%2e/lock", "tile/0/x000/000",
        "tile/0/0",
        "tile/2/000", "tile/0/002", "tile/0/001.p/3", "tile/0/001.p/9", "tile/0/001", "tile/entries/001", "checkpoint/", "checkpoint.new",
        "/checkpoint",
        "tile/0/000%00", "tile/0/x999/x999/x999/x999/x999/999",
    ]) func `nothing else reaches the disk`(name: String) async throws {
        let response = try await store.ask("/log/" + name)
        #expect([.notFound, .badRequest].contains(response.status), "\(response.status)")
    }

    @Test func `only reading is answered`() async throws {
        #expect(try await store.ask(.put, "/log/checkpoint", [:]).status == .methodNotAllowed)
    }

    @Test func `a store without a log has nothing there`() async throws {
        try FileManager.default.removeItem(atPath: folder)
        #expect(try await store.ask("/log/checkpoint").status == .notFound)
        #expect(try await store.ask("/log/tile/0/000").status == .notFound)
    }
}
