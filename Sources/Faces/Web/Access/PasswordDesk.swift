// SPDX-License-Identifier: Apache-2.0
import Base
import NIOPosix
import Tokens

/// Checks passwords, a few at a time and outside of the threads that serve: each takes a fraction of a second.
///
/// A password that was right is remembered for minutes under a digest with a key of this process, so that a client that sends
/// it with every request costs once.
actor PasswordDesk {
    enum Answer: Sendable, Equatable {
        case right, wrong, busy
        /// Too many wrong ones came from there; in so many seconds one more is checked.
        case tooOften(Int)
    }

    private let key: [UInt8]
    private var right: [Digest: ContinuousClock.Instant] = [:]
    private var running = 0
    private var waiting: [CheckedContinuation<Void, Never>] = []
    /// Who asked for a password that is being checked already: one check answers all.
    private var asking: [Digest: [CheckedContinuation<Answer, Never>]] = [:]
    /// Checks begun for an address and not ended.
    private var places: [String: Int] = [:]

    private static let parallel = 2
    private static let queue = 32
    private static let placesPerAddress = 8
    private static let memory = Duration.seconds(300)
    private static let memoryLimit = 4096

    init() {
        var generator = SystemRandomNumberGenerator()
        key = TokenSeal.generate(using: &generator)
    }

    /// Checks a password, unless it was right a short time ago. Each check is taken from what the address may try before it begins,
    /// and given back when the password is right: so what is tried at the same time counts too.
    func check(_ password: String, against hash: PasswordHash, from address: String?, _ failures: RateLimiter) async -> Answer {
        let name = name(password, hash)
        if let end = right[name], ContinuousClock.now < end { return .right }
        if asking[name] != nil { return await withCheckedContinuation { asking[name]?.append($0) } }
        guard running < Self.parallel || waiting.count < Self.queue,
            address.map({ places[$0, default: 0] < Self.placesPerAddress }) != false
        else { return .busy }
        if let address {
            if let wait = failures.take(for: address) { return .tooOften(wait) }
            places[address, default: 0] += 1
        }
        asking[name] = []
        let answer = await check(password, against: hash)
        if let address {
            if answer == .right { failures.giveBack(to: address) }
            places[address] = places[address].flatMap { $0 > 1 ? $0 - 1 : nil }
        }
        if answer == .right {
            if right.count >= Self.memoryLimit { right.removeAll() }
            right[name] = ContinuousClock.now + Self.memory
        }
        for one in asking.removeValue(forKey: name) ?? [] { one.resume(returning: answer) }
        return answer
    }

    private func check(_ password: String, against hash: PasswordHash) async -> Answer {
        if running >= Self.parallel {
            // Whoever leaves hands over the place.
            await withCheckedContinuation { waiting.append($0) }
        } else {
            running += 1
        }
        defer {
            if waiting.isEmpty { running -= 1 } else { waiting.removeFirst().resume() }
        }
        let isRight = (try? await NIOThreadPool.singleton.runIfActive { hash.matches(password) }) ?? false
        return isRight ? .right : .wrong
    }

    private func name(_ password: String, _ hash: PasswordHash) -> Digest {
        .sha256(of: key + Array(hash.description.utf8) + [0] + Array(password.utf8))
    }
}
