// SPDX-License-Identifier: Apache-2.0
import Foundation
import Synchronization
import Testing

@testable import Commands

@Suite struct StandardStreamsTests {
    private func withPipe(_ body: (_ reading: Int32, _ writing: Int32) throws -> Void) throws {
        var ends: [Int32] = [-1, -1]
        try #require(pipe(&ends) == 0)
        defer { close(ends[1]) }
        try body(ends[0], ends[1])
    }

    @Test func `what is written arrives whole`() throws {
        try withPipe { reading, writing in
            defer { close(reading) }
            #expect(StandardStreams.write(Array("two\nlines\n".utf8), to: writing) == .written)
            #expect(StandardStreams.write([], to: writing) == .written)
            var bytes = [UInt8](repeating: 0, count: 64)
            let count = read(reading, &bytes, bytes.count)
            #expect(String(decoding: bytes.prefix(count), as: UTF8.self) == "two\nlines\n")
        }
    }

    // The signal for it would end these tests.
    @Test func `a pipe without a reader is told, and is no crash`() throws {
        try withPipe { reading, writing in
            #expect(!StandardStreams.isUnread(writing))
            close(reading)
            #expect(StandardStreams.isUnread(writing))
            #expect(StandardStreams.write(Array("text".utf8), to: writing) == .nobodyReads)
        }
    }

    @Test func `a full pipe that does not wait is waited for`() throws {
        var ends: [Int32] = [-1, -1]
        try #require(pipe(&ends) == 0)
        let (reading, writing) = (ends[0], ends[1])
        defer { close(reading) }
        try #require(fcntl(writing, F_SETFL, O_NONBLOCK) == 0)
        let outcome = Mutex<StandardStreams.Outcome?>(nil)
        Thread {
            let result = StandardStreams.write([UInt8](repeating: 0x78, count: 1 << 18), to: writing)
            outcome.withLock { $0 = result }
            close(writing)
        }.start()
        var (piece, total) = ([UInt8](repeating: 0, count: 1 << 16), 0)
        while case let count = read(reading, &piece, piece.count), count > 0 { total += count }
        #expect(total == 1 << 18 && outcome.withLock { $0 } == .written)
    }

    @Test func `a disk without room is told`() throws {
        let full = open("/dev/full", O_WRONLY | O_CLOEXEC)
        try #require(full >= 0)
        defer { close(full) }
        guard case .failed(let reason) = StandardStreams.write([0x78], to: full) else {
            Issue.record("nothing was told")
            return
        }
        #expect(!reason.isEmpty)
    }
}
