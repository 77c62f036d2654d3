// SPDX-License-Identifier: Apache-2.0
import Base
import Foundation
import TestKit
import Testing

@testable import Blobs

@Suite struct StoreLockTests {
    let scratch: TestFolder
    init() throws { scratch = try TestFolder() }

    @Test func `a second holder is refused with the process id of the first`() async throws {
        let path = scratch.path
        try await StoreLock.whileHeld(store: path) {
            await #expect(throws: BlobsError.locked(path: path + "/lock", holder: ProcessInfo.processInfo.processIdentifier)) {
                try await StoreLock.whileHeld(store: path, timeout: .zero) {}
            }
        }
        try await StoreLock.whileHeld(store: path, timeout: .zero) {}
    }

    @Test func `a waiting holder is told once and goes on when the first has finished`() async throws {
        let path = scratch.path
        let (waiting, announce) = AsyncStream.makeStream(of: Int32?.self)
        try await withThrowingTaskGroup(of: Void.self) { group in
            try await StoreLock.whileHeld(store: path) {
                group.addTask {
                    try await StoreLock.whileHeld(store: path, onWait: { announce.yield($0) }) {}
                    announce.finish()
                }
                var first = waiting.makeAsyncIterator()
                #expect(await first.next() == .some(ProcessInfo.processInfo.processIdentifier))
            }
            try await group.waitForAll()
        }
        var rest = 0
        for await _ in waiting { rest += 1 }
        #expect(rest == 0)
    }

    @Test func `the lock is given back when the body fails`() async throws {
        struct Failure: Error {}
        await #expect(throws: Failure.self) { try await StoreLock.whileHeld(store: scratch.path) { throw Failure() } }
        try await StoreLock.whileHeld(store: scratch.path, timeout: .zero) {}
    }
}
