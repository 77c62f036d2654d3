// SPDX-License-Identifier: Apache-2.0
import Dispatch
import Glibc

/// A client that reads when it is told to. Blocking calls run outside of the tasks' threads.
final class SocketClient: Sendable {
    struct Failure: Error { let code: Int32 }
    private let descriptor: Int32

    init(port: Int) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        // Small, so that the server cannot hand everything to the kernel.
        var size: Int32 = 4096
        setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let connected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
        }
        guard connected == 0 else { throw Failure(code: errno) }
    }

    deinit { close(descriptor) }

    func send(_ text: String) throws {
        try send(Array(text.utf8))
    }

    /// Without a signal when the other end has gone.
    func send(_ bytes: [UInt8]) throws {
        guard Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count else { throw Failure(code: errno) }
    }

    /// Reads until there are that many bytes or the connection ends, a few bytes at a time: slower than a server sends.
    func read(atLeast count: Int) async throws -> [UInt8] {
        let descriptor = descriptor
        return try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global().async {
                var all: [UInt8] = []
                var buffer = [UInt8](repeating: 0, count: 32)
                while all.count < count {
                    let got = Glibc.read(descriptor, &buffer, buffer.count)
                    guard got >= 0 else { return continuation.resume(throwing: Failure(code: errno)) }
                    guard got > 0 else { break }
                    all += buffer[..<got]
                }
                continuation.resume(returning: all)
            }
        }
    }
}
