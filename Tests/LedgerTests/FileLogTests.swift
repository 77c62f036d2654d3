// SPDX-License-Identifier: Apache-2.0
import Base
import Foundation
import Testing
import Transparency

@testable import Ledger

@Suite struct FileLogTests {
    @Test func `entries come back in order with proofs that verify`() async throws {
        let test = try TestLog()
        let log = try test.open()
        var all: [[UInt8]] = []
        for count in [1, 3, 255, 1, 600, 2] {
            let batch = TestLog.entries(all.count..<all.count + count)
            let inclusions = try await log.append(batch)
            #expect(inclusions.map(\.index) == Array(all.count..<all.count + count))
            all += batch
            for (entry, inclusion) in zip(batch, inclusions) {
                #expect(inclusion.treeSize == all.count)
                guard case .good = InclusionVerifier.verify(entry, inclusion, by: test.key) else {
                    Issue.record("entry \(inclusion.index) is not proved")
                    continue
                }
            }
            #expect(try await test.entries() == all)
        }
        #expect(!FileManager.default.fileExists(atPath: test.path + "/pending"))
    }

    @Test func `the files are those of tlog-tiles`() async throws {
        let test = try TestLog()
        _ = try await test.open().append(TestLog.entries(0..<260))
        #expect(
            Set(try test.files().keys) == [
                "checkpoint", "tile/0/000", "tile/0/001.p/4", "tile/1/000.p/1", "tile/entries/000", "tile/entries/001.p/4",
            ])
        #expect(try test.files()["tile/0/000"]?.count == 8192)
        let checkpoint = String(decoding: try #require(try test.files()["checkpoint"]), as: UTF8.self)
        #expect(checkpoint.hasPrefix("log.example.org\n260\n") && checkpoint.contains("\n\n\u{2014} log.example.org "))
    }

    @Test func `no file is written twice`() async throws {
        let test = try TestLog()
        var known: [String: Data] = [:]
        for step in 0..<40 {
            // Opened anew as often as not.
            let log = try test.open()
            _ = try await log.append(TestLog.entries(step * 17..<step * 17 + 8))
            _ = try await log.append(TestLog.entries(step * 17 + 8..<step * 17 + 17))
            var files = try test.files()
            files["checkpoint"] = nil
            for (name, bytes) in known { #expect(files[name] == bytes, "\(name) has changed") }
            known = files
        }
        #expect(try await test.entries().count == 680)
    }

    @Test func `an entry that does not fit is refused before anything is written`() async throws {
        let test = try TestLog()
        let log = try test.open()
        await #expect(throws: TransparencyError.entryTooLarge(found: 65536)) {
            try await log.append([[1], [UInt8](repeating: 0, count: 65536)])
        }
        #expect(try test.files().isEmpty)
        _ = try await log.append([[UInt8](repeating: 0, count: 65535)])
        #expect(try await test.entries().map(\.count) == [65535])
    }

    @Test func `tasks that append at the same time take turns`() async throws {
        let test = try TestLog()
        let log = try test.open()
        let indexes = try await Array(0..<20).concurrentMap(limit: 20) { number in
            try await log.append(TestLog.entries(number * 3..<number * 3 + 3)).map(\.index)
        }
        #expect(indexes.flatMap { $0 }.sorted() == Array(0..<60))
        #expect(Set(try await test.entries()) == Set(TestLog.entries(0..<60)))
    }

    @Test func `two writers exclude each other`() async throws {
        let test = try TestLog()
        let first = try test.open()
        _ = try await first.append([[1]])
        let lock = try #require(try LogFolder(test.path).tryLock())
        await #expect(throws: LedgerError.locked(path: test.path + "/lock")) { try await first.append([[2]]) }
        withExtendedLifetime(lock) {}
        #expect(try await test.entries() == [[1]])
    }

    @Test func `a writer sees what another has appended meanwhile`() async throws {
        let test = try TestLog()
        let (first, second) = (try test.open(), try test.open())
        for number in 0..<6 { _ = try await (number.isMultiple(of: 2) ? first : second).append([[UInt8(number)]]) }
        #expect(try await test.entries() == (0..<6).map { [UInt8($0)] })
    }

    @Test(arguments: ["tile/0/000.p/5", "tile/entries/000.p/5", "checkpoint"])
    func `nothing is appended to a log whose end was changed`(name: String) async throws {
        let test = try TestLog()
        _ = try await test.open().append(TestLog.entries(0..<5))
        let file = URL(filePath: test.path + "/" + name)
        var bytes = try Data(contentsOf: file)
        bytes[bytes.count / 2] ^= 1
        try bytes.write(to: file)
        let before = try test.files()
        await #expect(throws: (any Error).self) { try await test.open().append([[1]]) }
        #expect(try test.files() == before)
        try FileManager.default.removeItem(at: file)
        await #expect(throws: (any Error).self) { try await test.open().append([[1]]) }
    }

    @Test func `a log that was set back is not continued`() async throws {
        let test = try TestLog()
        let log = try test.open()
        _ = try await log.append(TestLog.entries(0..<5))
        let old = try Data(contentsOf: URL(filePath: test.path + "/checkpoint"))
        _ = try await log.append(TestLog.entries(5..<9))
        try old.write(to: URL(filePath: test.path + "/checkpoint"))
        // The signer remembers.
        await #expect(throws: LedgerError.rolledBack(signed: 9, found: 5)) { try await test.open().append([[1]]) }
        // One that does not is stopped by the files that are there already.
        test.signer.forget()
        await #expect(throws: LedgerError.self) { try await test.open().append(TestLog.entries(100..<104)) }
        #expect(FileManager.default.fileExists(atPath: test.path + "/tile/0/000.p/9"))
        // The whole folder gone.
        try FileManager.default.removeItem(atPath: test.path)
        test.signer.forget()
        _ = try await test.open().append([[1]])
    }

    @Test func `a signer with another key, and none, is refused`() throws {
        let test = try TestLog()
        let other = try NoteKey(name: "log.example.org", algorithm: .ed25519, publicKey: Array(repeating: 9, count: 32))
        #expect(throws: LedgerError.self) { try FileLog(folder: LogFolder(test.path), key: other, signer: test.signer) }
        let witness = try NoteKey(name: "log.example.org", algorithm: .cosignature, publicKey: test.key.publicKey)
        #expect(throws: LedgerError.self) { try FileLog(folder: LogFolder(test.path), key: witness, signer: test.signer) }
    }

    @Test func `an empty batch changes nothing`() async throws {
        let test = try TestLog()
        #expect(try await test.open().append([]).isEmpty)
        #expect(try test.files().isEmpty)
    }
}
