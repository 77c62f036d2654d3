// SPDX-License-Identifier: Apache-2.0
import Base
import Foundation
import TestKit
import Testing
import Transparency

@testable import Ledger

@Suite struct ReaderTests {
    @Test func `any changed byte of any file is found`() async throws {
        let test = try TestLog()
        let log = try test.open()
        _ = try await log.append(TestLog.entries(0..<250))
        _ = try await log.append(TestLog.entries(250..<270))
        var generator = FixedGenerator(state: 42)
        // The partial files of an earlier size are served too: they may go, and must be what they were while they are there.
        for (name, bytes) in try test.files() {
            let file = URL(filePath: test.path + "/" + name)
            for _ in 0..<12 {
                var changed = bytes
                changed[Int.random(in: 0..<bytes.count, using: &generator)] ^= UInt8(1) << Int.random(in: 0..<8, using: &generator)
                try changed.write(to: file)
                #expect(await isFaulty(test.reader), "\(name)")
            }
            for shorter in [Data(), bytes.dropLast(), bytes + [0]] {
                try shorter.write(to: file)
                #expect(await isFaulty(test.reader), "\(name) with \(shorter.count) bytes")
            }
            try FileManager.default.removeItem(at: file)
            if name != "checkpoint", !name.hasSuffix(".p/250") { #expect(await isFaulty(test.reader), "without \(name)") }
            try bytes.write(to: file)
        }
        #expect(await !isFaulty(test.reader))
    }

    private func isFaulty(_ reader: LogReader) async -> Bool {
        do {
            guard let seen = try await reader.checkpoint() else { return true }
            return try await !reader.audit(seen).isGood
        } catch { return true }
    }

    @Test func `a visitor's complaint is a fault of that entry`() async throws {
        let test = try TestLog()
        _ = try await test.open().append(TestLog.entries(0..<3))
        let seen = try #require(try await test.reader.checkpoint())
        let audit = try await test.reader.audit(seen) { index, _ in index == 1 ? "it smells" : nil }
        #expect(audit.faults == ["entry 1: it smells"] && audit.entries == 3)
    }

    @Test func `an entry is given with its proof`() async throws {
        let test = try TestLog()
        _ = try await test.open().append(TestLog.entries(0..<700))
        let seen = try #require(try await test.reader.checkpoint())
        for index in [0, 255, 256, 511, 699] {
            let (entry, inclusion) = try await test.reader.inclusion(of: index, in: seen)
            #expect(entry == Array("entry \(index)".utf8))
            guard case .good = InclusionVerifier.verify(entry, inclusion, by: test.key) else {
                Issue.record("\(index) is not proved")
                continue
            }
        }
        await #expect(throws: TransparencyError.notInTree(index: 700, size: 700)) { try await test.reader.inclusion(of: 700, in: seen) }
    }

    @Test func `a log at an address is read as one in a folder`() async throws {
        let test = try TestLog()
        let log = try test.open()
        _ = try await log.append(TestLog.entries(0..<300))
        var answers: [String: ScriptedTransport.Answer] = [:]
        for (name, bytes) in try test.files() { answers["https://log.example.org/log/" + name] = .init(body: Array(bytes)) }
        let transport = ScriptedTransport(answers, into: MemoryBlobStore())
        let reader = LogReader(RemoteLog("https://log.example.org/log/", transport: transport), key: test.key)
        let seen = try #require(try await reader.checkpoint())
        let audit = try await reader.audit(seen)
        #expect(audit.isGood && audit.entries == 300 && audit.tiles == 3)
        #expect(try await reader.inclusion(of: 299, in: seen).entry == Array("entry 299".utf8))
        // Another log's key.
        let other = try NoteKey(name: "log.example.org", algorithm: .ed25519, publicKey: Array(repeating: 9, count: 32))
        await #expect(throws: LedgerError.self) {
            try await LogReader(RemoteLog("https://log.example.org/log", transport: transport), key: other).checkpoint()
        }
    }

    @Test func `what came since is shown once it is known to continue the log`() async throws {
        let test = try TestLog()
        let log = try test.open()
        var old: Checkpoint?
        var shown: [[UInt8]] = []
        for range in [0..<3, 3..<260, 260..<260, 260..<600] {
            _ = try await log.append(TestLog.entries(range))
            let seen = try #require(try await test.reader.checkpoint())
            try await test.reader.advance(from: old, to: seen) { index, entry in
                #expect(index == shown.count)
                shown.append(entry)
            }
            old = seen.checkpoint
        }
        #expect(shown == TestLog.entries(0..<600))
    }

    @Test func `a second history is told apart at any size`() async throws {
        let (test, other) = (try TestLog(), try TestLog())
        _ = try await test.open().append(TestLog.entries(0..<300))
        let old = try #require(try await test.reader.checkpoint()).checkpoint
        let fork = try other.open()
        _ = try await fork.append(TestLog.entries(0..<299) + [[9]])
        for _ in 0..<3 {
            let seen = try #require(try await other.reader.checkpoint())
            await #expect(throws: LedgerError.self) {
                try await other.reader.advance(from: old, to: seen) { _, _ in Issue.record("an entry was shown") }
            }
            _ = try await fork.append(TestLog.entries(0..<250))
        }
        await #expect {
            try await other.reader.advance(from: old, to: #require(try await other.reader.checkpoint())) { _, _ in }
        } throws: { if case LedgerError.untrusted = $0 { true } else { false } }
        let small = try TestLog()
        _ = try await small.open().append(TestLog.entries(0..<5))
        let seen = try #require(try await small.reader.checkpoint())
        await #expect(throws: LedgerError.self) { try await small.reader.advance(from: old, to: seen) { _, _ in } }
    }
}
