// SPDX-License-Identifier: Apache-2.0
import Base
import Foundation
import Testing

@testable import Journal

@Suite struct FileJournalTests {
    private let folder = NSTemporaryDirectory() + "/ashlar-test-" + UUID().uuidString
    private func lines(_ path: String) -> [String] {
        ((try? String(contentsOfFile: path, encoding: .utf8)) ?? "").split(separator: "\n").map(String.init)
    }
    private func time(_ seconds: Int) -> Timestamp { Timestamp(seconds: 1_764_000_000 + seconds) }

    @Test func `lines are appended, also after opening again`() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        do {
            let journal = try FileJournal(folder: folder, name: "writes")
            try journal.append(["a": 1], at: time(0))
            try journal.append(["b": "two\nlines"], at: time(1))
            try journal.sync()
        }
        let journal = try FileJournal(folder: folder, name: "writes")
        try journal.append(["c": 3], at: time(2))
        #expect(lines(journal.path) == [#"{"a":1}"#, #"{"b":"two\nlines"}"#, #"{"c":3}"#])
    }

    @Test func `only their owner reads them`() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let journal = try FileJournal(folder: folder, name: "writes")
        func mode(_ path: String) throws -> Int? { try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int }
        #expect(try mode(journal.path) == 0o600)
        #expect(try mode(folder) == 0o700)
    }

    @Test func `a full file is put aside whole, and the oldest go`() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let journal = try FileJournal(folder: folder, name: "writes", limits: .init(size: 4096, files: 3))
        let text = JSON(String(repeating: "x", count: 1000))
        for number in 0..<40 { try journal.append(["n": JSON(number), "text": text], at: time(number / 10)) }
        let old = journal.rotated()
        #expect(old.count == 3)
        let kept = (old + [journal.path]).flatMap(lines).compactMap { (try? JSON.parse($0))?["n"]?.int }
        // Nothing between the first that is kept and the last is missing.
        #expect(kept == Array((kept.first ?? 0)..<40))
        #expect(old.allSatisfy { (try? FileManager.default.attributesOfItem(atPath: $0)[.size] as? Int).flatMap { $0 } ?? 0 <= 4096 })
    }

    @Test func `journals of one folder do not mix`() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let writes = try FileJournal(folder: folder, name: "writes", limits: .init(size: 4096, files: 1))
        let refusals = try FileJournal(folder: folder, name: "refusals", limits: .init(size: 4096, files: 1))
        try writes.append(["w": 1], at: time(0))
        for number in 0..<200 { try refusals.append(["n": JSON(String(repeating: "y", count: 200) + "\(number)")], at: time(0)) }
        #expect(lines(writes.path) == [#"{"w":1}"#])
        #expect(refusals.rotated().count == 1)
        #expect(writes.rotated().isEmpty)
    }

    @Test func `what cannot be a line is refused`() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let journal = try FileJournal(folder: folder, name: "writes")
        #expect(throws: JournalError.self) { try journal.append(JSON(String(repeating: "x", count: 70_000)), at: time(0)) }
        #expect(lines(journal.path).isEmpty)
    }

    @Test func `a link in the place of the file is not followed`() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(atPath: folder + "/writes.jsonl", withDestinationPath: folder + "/elsewhere")
        #expect(throws: JournalError.self) { try FileJournal(folder: folder, name: "writes") }
        #expect(!FileManager.default.fileExists(atPath: folder + "/elsewhere"))
    }

    @Test func `many at once lose no line`() async throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let journal = try FileJournal(folder: folder, name: "writes", limits: .init(size: 8192, files: 100))
        try await withThrowingTaskGroup(of: Void.self) { group in
            for task in 0..<8 {
                group.addTask { for number in 0..<100 { try journal.append(["n": JSON(task * 100 + number)], at: Timestamp(seconds: 0)) } }
            }
            try await group.waitForAll()
        }
        let all = (journal.rotated() + [journal.path]).flatMap(lines).compactMap { (try? JSON.parse($0))?["n"]?.int }
        #expect(all.sorted() == Array(0..<800))
    }
}
