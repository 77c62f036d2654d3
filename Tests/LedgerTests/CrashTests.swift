// SPDX-License-Identifier: Apache-2.0
import Base
import Foundation
import Synchronization
import Testing
import Transparency

@testable import Ledger

/// A process that ends before the nth change of the disk, and a machine that then loses what was not synced.
private final class Crash: Sendable {
    struct Died: Error {}
    private struct State {
        var left: Int
        var unsynced: Set<String> = []
        var steps = 0
    }
    private let state: Mutex<State>

    init(after steps: Int) { state = Mutex(State(left: steps)) }

    func step(_ step: DiskStep) throws -> Int? {
        try state.withLock { state in
            guard state.left > 0 else { throw Died() }
            state.left -= 1
            state.steps += 1
            switch step {
            case .write(let name): state.unsynced.insert(name)
            case .sync(let name): state.unsynced.remove(name)
            default: break
            }
            return nil
        }
    }

    var steps: Int { state.withLock { $0.steps } }
    var isOver: Bool { state.withLock { $0.left > 0 } }

    /// Of every file that was not synced a part, nothing, or no name is left.
    func loseUnsynced(in folder: String, _ generator: inout FixedGenerator) throws {
        for name in state.withLock({ $0.unsynced }).sorted() {
            let path = folder + "/" + name
            guard FileManager.default.fileExists(atPath: path) else { continue }
            switch Int.random(in: 0..<4, using: &generator) {
            case 0: try FileManager.default.removeItem(atPath: path)
            case 1: try Data().write(to: URL(filePath: path))
            case 2:
                let bytes = try Data(contentsOf: URL(filePath: path))
                try bytes.prefix(Int.random(in: 0...bytes.count, using: &generator)).write(to: URL(filePath: path))
            default: break
            }
        }
    }
}

@Suite struct CrashTests {
    /// Batches that begin and end tiles of both levels.
    @Test(arguments: [(0, 3), (2, 5), (250, 12), (255, 1), (510, 5)])
    func `a crash at any step leaves a log that verifies and goes on`(before: Int, count: Int) async throws {
        var generator = FixedGenerator(state: UInt64(before * 1000 + count))
        var step = 0
        while true {
            let test = try TestLog()
            if before > 0 { _ = try await test.open().append(TestLog.entries(0..<before)) }
            let covered = try test.files()
            let crash = Crash(after: step)
            let batch = TestLog.entries(before..<before + count)
            let died = await isDead { _ = try await test.open { try crash.step($0) }.append(batch) }
            try crash.loseUnsynced(in: test.path, &generator)

            // Whoever reads now sees the old log or the new one, whole.
            let seen = try await test.entries()
            #expect(seen.count == before || seen.count == before + count, "after step \(step)")
            if !died { #expect(seen.count == before + count) }
            // What was covered is as it was.
            let files = try test.files()
            for (name, bytes) in covered where name != "checkpoint" { #expect(files[name] == bytes, "\(name) after step \(step)") }

            // The next process goes on; the batch is in the log once or not at all.
            let more = TestLog.entries(5000..<5003)
            let inclusions = try await test.open().append(more)
            let after = try await test.entries()
            #expect(after.suffix(3) == more[...] && inclusions.count == 3, "after step \(step)")
            #expect([before, before + count].contains(after.count - 3), "after step \(step): \(after.count)")
            #expect(after.prefix(seen.count) == seen[...])
            for (name, bytes) in covered where name != "checkpoint" { #expect(try test.files()[name] == bytes) }
            #expect(!FileManager.default.fileExists(atPath: test.path + "/pending"))
            guard died else { break }
            step += 1
        }
        #expect(step > 10)
    }

    @Test func `a signer that ends after signing has signed nothing else`() async throws {
        struct Lost: Error {}
        let isLost = Mutex(true)
        let signer = try StrictSigner { if isLost.withLock({ $0 }) { throw Lost() } }
        let test = try TestLog(signer: signer)
        await #expect(throws: Lost.self) { try await test.open().append(TestLog.entries(0..<300)) }
        #expect(try await test.reader.checkpoint() == nil)
        isLost.withLock { $0 = false }
        // It signed 300 entries, and the same 300 are published before others.
        let inclusions = try await test.open().append([[1]])
        #expect(inclusions.map(\.index) == [300])
        #expect(try await test.entries() == TestLog.entries(0..<300) + [[1]])
    }

    @Test func `recovering publishes the same size and root`() async throws {
        struct Lost: Error {}
        let isLost = Mutex(true)
        let test = try TestLog(signer: StrictSigner { if isLost.withLock({ $0 }) { throw Lost() } })
        await #expect(throws: Lost.self) { try await test.open().append(TestLog.entries(0..<10)) }
        let pending = try Checkpoint(reading: Array(Data(contentsOf: URL(filePath: test.path + "/pending"))))
        isLost.withLock { $0 = false }
        try await test.open().recover()
        #expect(try await test.reader.checkpoint()?.checkpoint == pending)
    }

    @Test func `a pending checkpoint that was signed and is no longer whole stops everything`() async throws {
        struct Lost: Error {}
        let test = try TestLog(signer: StrictSigner { throw Lost() })
        await #expect(throws: Lost.self) { try await test.open().append(TestLog.entries(0..<10)) }
        try FileManager.default.removeItem(atPath: test.path + "/tile/entries/000.p/10")
        await #expect(throws: LedgerError.self) { try await test.open().append([[1]]) }
        #expect(FileManager.default.fileExists(atPath: test.path + "/pending"))
    }

    @Test(arguments: ["pending.new", "tile/0/001.p/50", "tile/entries/001.p/50", "checkpoint.new"], [0, 1, 20])
    func `a full disk is said, and the log is as it was`(name: String, room: Int) async throws {
        let test = try TestLog()
        _ = try await test.open().append(TestLog.entries(0..<300))
        let before = try test.files()
        let log = try test.open { step in step == .write(name) ? room : nil }
        await #expect(throws: LedgerError.full(path: test.path + "/" + name)) { try await log.append(TestLog.entries(300..<306)) }
        #expect(try await test.entries() == TestLog.entries(0..<300))
        if name == "checkpoint.new" {
            // It was signed: it is published when there is room again.
            try await test.open().recover()
            #expect(try await test.entries() == TestLog.entries(0..<306))
        } else {
            #expect(try test.files() == before)
        }
        #expect(try await test.open().append([[1]]).count == 1)
    }

    private func isDead(_ body: () async throws -> Void) async -> Bool {
        do {
            try await body()
            return false
        } catch { return true }
    }
}
