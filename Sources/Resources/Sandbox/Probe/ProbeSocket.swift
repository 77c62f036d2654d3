// SPDX-License-Identifier: Apache-2.0
import Glibc

/// A connection to a port of 127.0.0.1 on which every wait ends.
final class ProbeSocket {
    /// The most that is read of any answer.
    static let limit = 4 << 20
    private let descriptor: Int32
    private let deadline: ContinuousClock.Instant
    private let port: Int

    convenience init(stream port: Int, milliseconds: Int) throws(ProbeFailure) {
        try self.init(Int32(SOCK_STREAM.rawValue), port, milliseconds)
    }
    convenience init(datagram port: Int, milliseconds: Int) throws(ProbeFailure) {
        try self.init(Int32(SOCK_DGRAM.rawValue), port, milliseconds)
    }

    private init(_ type: Int32, _ port: Int, _ milliseconds: Int) throws(ProbeFailure) {
        guard let number = UInt16(exactly: port), number > 0 else { throw ProbeFailure("expected a port, found \(port)") }
        self.port = port
        deadline = .now + .milliseconds(milliseconds)
        descriptor = socket(AF_INET, type | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw ProbeFailure("expected a socket, found: \(Self.reason)") }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = number.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        try limitWaits()
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
        }
        guard result == 0 else { throw ProbeFailure("expected port \(port) to accept a connection, found: \(Self.reason)") }
    }

    func send(_ bytes: [UInt8]) throws(ProbeFailure) {
        var rest = bytes[...]
        while !rest.isEmpty {
            try limitWaits()
            let count = rest.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { throw ProbeFailure("expected port \(port) to read, found: \(Self.reason)") }
            rest = rest.dropFirst(count)
        }
    }

    /// Reads until `isEnough`, the end, silence or the limit; gives what came.
    func receive(until isEnough: ([UInt8]) -> Bool) throws(ProbeFailure) -> [UInt8] {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while !isEnough(bytes), bytes.count < Self.limit, ContinuousClock.now < deadline {
            try limitWaits()
            let count = recv(descriptor, &buffer, buffer.count, 0)
            if count <= 0 { break }
            bytes += buffer[0..<count]
        }
        return bytes
    }

    /// One datagram.
    func receiveOnce() throws(ProbeFailure) -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: 65536)
        try limitWaits()
        let count = recv(descriptor, &buffer, buffer.count, 0)
        guard count >= 0 else { throw ProbeFailure("expected an answer from port \(port), found: \(Self.reason)") }
        return Array(buffer[0..<count])
    }

    private func limitWaits() throws(ProbeFailure) {
        let left = deadline - .now
        guard left > .zero else { throw ProbeFailure("expected an answer from port \(port), found silence") }
        var time = timeval(tv_sec: Int(left.components.seconds), tv_usec: Int(left.components.attoseconds / 1_000_000_000_000) + 1)
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            setsockopt(descriptor, SOL_SOCKET, option, &time, socklen_t(MemoryLayout<timeval>.size))
        }
    }

    private static var reason: String { errno == EAGAIN || errno == EINPROGRESS ? "silence" : String(cString: strerror(errno)) }
    deinit { close(descriptor) }
}
