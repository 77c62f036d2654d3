// SPDX-License-Identifier: Apache-2.0
import Base
import NIOPosix
import Tokens

/// Checks passwords, a few at a time and outside of the threads that serve: each takes a fraction of a second.
///
/// A password that was right is remembered for minutes under a digest with a key of this process, so that a client that sends
/// it with every request costs once.
actor PasswordDesk {
    enum Answer: Sendable { case right, wrong, busy }

    private let key: [UInt8]
    private var right: [Digest: ContinuousClock.Instant] = [:]
    private var running = 0
    private var waiting: [CheckedContinuation<Void, Never>] = []

    private static let parallel = 2
    private static let queue = 32
    private static let memory = Duration.seconds(300)
    private static let memoryLimit = 4096

    init() {
        var generator = SystemRandomNumberGenerator()
        key = TokenSeal.generate(using: &generator)
    }

    /// Whether this password was found right a short time ago.
    func remembers(_ password: String, for hash: PasswordHash) -> Bool {
        right[name(password, hash)].map { ContinuousClock.now < $0 } ?? false
    }

    func check(_ password: String, against hash: PasswordHash) async -> Answer {
        if remembers(password, for: hash) { return .right }
        guard running < Self.parallel || waiting.count < Self.queue else { return .busy }
        if running >= Self.parallel {
            // Whoever leaves hands over the place.
            await withCheckedContinuation { waiting.append($0) }
        } else {
            running += 1
        }
        defer {
            if waiting.isEmpty { running -= 1 } else { waiting.removeFirst().resume() }
        }
        if remembers(password, for: hash) { return .right }
        let isRight = (try? await NIOThreadPool.singleton.runIfActive { hash.matches(password) }) ?? false
        guard isRight else { return .wrong }
        if right.count >= Self.memoryLimit { right.removeAll() }
        right[name(password, hash)] = ContinuousClock.now + Self.memory
        return .right
    }

    private func name(_ password: String, _ hash: PasswordHash) -> Digest {
        .sha256(of: key + Array(hash.description.utf8) + [0] + Array(password.utf8))
    }
}
