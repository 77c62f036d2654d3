// SPDX-License-Identifier: Apache-2.0
import Glibc

/// One end of a connected Unix socket that carries frames. Blocks its thread; every wait has an end.
package final class FrameChannel: Sendable {
    let descriptor: Int32

    /// Takes the descriptor over: it is closed with the value.
    package init(owning descriptor: Int32) {
        self.descriptor = descriptor
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    }
    deinit { close(descriptor) }

    /// Who is at the other end: the process that connected, or that began to listen, or that made the pair.
    var peer: Peer? { Peer(of: descriptor) }

    /// Waits until there is something to read; false when the other side has hung up.
    func waitForRequest(until deadline: ContinuousClock.Instant?) throws(SigningError) -> Bool {
        try wait(for: POLLIN, until: deadline)
        var byte: UInt8 = 0
        while true {
            let count = recv(descriptor, &byte, 1, Int32(MSG_PEEK) | Int32(MSG_DONTWAIT))
            if count > 0 { return true }
            if count == 0 || errno == ECONNRESET { return false }
            guard errno == EINTR || errno == EAGAIN else { throw .lost(reason: reason(errno)) }
            if errno == EAGAIN { try wait(for: POLLIN, until: deadline) }
        }
    }

    /// Reads one frame. Memory is taken as bytes arrive, never for a length that was only announced.
    ///
    /// - Parameter admit: is asked about the announced length before anything of the frame is read.
    func readFrame(
        limit: Int, until deadline: ContinuousClock.Instant, admit: (Int) throws(SigningError) -> Void = { _ in }
    ) throws(SigningError) -> [UInt8] {
        let head = try read(4, until: deadline)
        let length = head.reduce(0) { $0 << 8 | Int($1) }
        guard length <= limit else { throw .brokenProtocol(reason: "a frame of \(length) bytes, where at most \(limit) are taken") }
        try admit(length)
        return try read(length, until: deadline)
    }

    func writeFrame(_ bytes: [UInt8], until deadline: ContinuousClock.Instant) throws(SigningError) {
        let length = UInt32(bytes.count)
        try write([UInt8(length >> 24), UInt8(length >> 16 & 255), UInt8(length >> 8 & 255), UInt8(length & 255)], until: deadline)
        try write(bytes, until: deadline)
    }

    /// Makes waiting readers, here and at the other end, see the end of the conversation.
    func hangUp() { shutdown(descriptor, Int32(SHUT_RDWR)) }
    /// Lets nothing more in; an answer still goes out.
    func closeForReading() { shutdown(descriptor, Int32(SHUT_RD)) }

    private func read(_ count: Int, until deadline: ContinuousClock.Instant) throws(SigningError) -> [UInt8] {
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: min(count, 256 << 10))
        while bytes.count < count {
            let got = recv(descriptor, &piece, min(piece.count, count - bytes.count), Int32(MSG_DONTWAIT))
            if got > 0 {
                bytes += piece[..<got]
            } else if got == 0 {
                throw .lost(reason: "the other side hung up in the middle of a message")
            } else if errno == EAGAIN {
                try wait(for: POLLIN, until: deadline)
            } else if errno != EINTR {
                throw .lost(reason: reason(errno))
            }
        }
        return bytes
    }

    private func write(_ bytes: [UInt8], until deadline: ContinuousClock.Instant) throws(SigningError) {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                send(
                    descriptor, buffer.baseAddress.map { $0 + sent }, buffer.count - sent,
                    Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL))
            }
            if count >= 0 {
                sent += count
            } else if errno == EAGAIN {
                try wait(for: POLLOUT, until: deadline)
            } else if errno != EINTR {
                throw .lost(reason: reason(errno))
            }
        }
    }

    private func wait(for event: Int32, until deadline: ContinuousClock.Instant?) throws(SigningError) {
        while true {
            var entry = pollfd(fd: descriptor, events: Int16(event), revents: 0)
            let ready = poll(&entry, 1, try Deadline.milliseconds(until: deadline))
            if ready > 0 { return }
            guard ready == 0 || errno == EINTR else { throw .lost(reason: reason(errno)) }
        }
    }
}

enum Deadline {
    /// For poll: -1 waits for ever; a deadline that has passed is an error.
    static func milliseconds(until deadline: ContinuousClock.Instant?) throws(SigningError) -> Int32 {
        guard let deadline else { return -1 }
        let left = ContinuousClock.now.duration(to: deadline)
        guard left > .zero else { throw .lost(reason: "nothing came within the time") }
        return Int32(clamping: left.components.seconds * 1000 + left.components.attoseconds / 1_000_000_000_000_000 + 1)
    }
}

/// The process at the other end of a Unix socket, as the kernel names it.
package struct Peer: Hashable, Sendable {
    package var pid: Int32
    package var uid: UInt32
    package init(pid: Int32, uid: UInt32) {
        self.pid = pid
        self.uid = uid
    }

    init?(of descriptor: Int32) {
        // struct ucred of socket(7): pid, uid, gid; SO_PEERCRED is 17 everywhere but on PA-RISC, SPARC, PowerPC and Alpha.
        var credentials: (pid: Int32, uid: UInt32, gid: UInt32) = (0, 0, 0)
        var size = socklen_t(MemoryLayout.size(ofValue: credentials))
        let result = withUnsafeMutablePointer(to: &credentials) { getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, $0, &size) }
        guard result == 0, Int(size) == 12 else { return nil }
        self.init(pid: credentials.pid, uid: credentials.uid)
    }
}

func reason(_ code: Int32) -> String { "\(String(cString: strerror(code))) (\(code))" }
