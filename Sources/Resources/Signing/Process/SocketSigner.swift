// SPDX-License-Identifier: Apache-2.0
package import Base
import Foundation
import Glibc
import Synchronization

/// The way from a builder to a signer process: nothing of a key is on this side.
package final class SocketSigner: Signer {
    package let publicKeyDER: [UInt8]
    package let logPublicKey: [UInt8]?
    private let line: SignerLine

    /// Whether the signer is another user's process, so that this one cannot reach its memory or files.
    package var isApart: Bool { Self.isApart(server: line.server, from: geteuid()) }

    static func isApart(server: UInt32?, from user: UInt32) -> Bool { server.map { $0 != user } ?? false }

    /// Asks the signer behind a socket who it is.
    ///
    /// - Parameters:
    ///   - servers: users whose process may be the signer; anybody else's is refused, whatever it says.
    ///   - expected: the public key it must have; nil takes the one it has.
    package static func connect(
        to path: String, servers: Set<UInt32>, expecting expected: [UInt8]?
    ) async throws -> SocketSigner {
        try await SocketSigner(SignerLine(path: path, servers: servers), expecting: expected)
    }

    /// Speaks with the signer at the other end of a connection that is there already.
    package static func over(_ channel: FrameChannel, expecting expected: [UInt8]?) async throws -> SocketSigner {
        try await SocketSigner(SignerLine(channel: channel), expecting: expected)
    }

    private init(_ line: SignerLine, expecting expected: [UInt8]?) async throws {
        self.line = line
        guard case .identity(let key, let logKey) = try await line.exchange(.hello, []) else {
            throw SigningError.brokenProtocol(reason: "the signer did not say who it is")
        }
        if let expected, expected != key {
            throw SigningError.foreignSigner(
                place: line.place, reason: "its key is \(Digest.sha256(of: key).short)…, expected \(Digest.sha256(of: expected).short)…")
        }
        publicKeyDER = key
        logPublicKey = logKey
    }

    package func sign(_ messages: [SignableMessage]) async throws -> [[UInt8]] {
        var signatures: [[UInt8]] = []
        for batch in Self.batches(of: messages) {
            let request = SignerRequest.sign(batch.map(SignerRequest.MessageKind.init(of:)))
            guard case .signatures(let part) = try await line.exchange(request, batch.map(\.signedBytes)), part.count == batch.count else {
                throw SigningError.brokenProtocol(reason: "expected \(batch.count) signatures")
            }
            signatures += part
        }
        return signatures
    }

    package func lastCheckpoint() async throws -> (size: Int, root: Digest)? {
        switch try await line.exchange(.lastCheckpoint, []) {
        case .lastCheckpoint(let size, let root): (size, root)
        case .noCheckpoint: nil
        default: throw SigningError.brokenProtocol(reason: "expected the last checkpoint")
        }
    }

    // What one request may hold; nearly always there is one.
    private static func batches(of messages: [SignableMessage]) -> [[SignableMessage]] {
        var batches: [[SignableMessage]] = []
        var size = 0
        for message in messages {
            let count = message.signedBytes.count
            if let last = batches.last, last.count < SignerProtocol.batchLimit, size + count <= SignerProtocol.requestLimit {
                batches[batches.count - 1].append(message)
                size += count
            } else {
                batches.append([message])
                size = count
            }
        }
        return batches
    }
}

extension SignableMessage {
    fileprivate var signedBytes: [UInt8] {
        switch self {
        case .statement(let bytes), .simpleSigning(let bytes), .notation(let bytes), .checkpoint(let bytes, _): bytes
        }
    }
}

/// Carries requests, each on a thread of its own, because sockets block.
private final class SignerLine: Sendable {
    let place: String
    private let servers: Set<UInt32>
    /// The only connection; without it each request makes one.
    private let held: HeldChannel?
    /// Whose process answered first; it is the same one's ever after.
    private let first = Mutex<UInt32?>(nil)
    var server: UInt32? { first.withLock { $0 } }
    /// For an answer: a token may be slow, and large requests wait for their turn.
    private static let patience: Duration = .seconds(120)

    init(path: String, servers: Set<UInt32>) {
        place = path
        self.servers = servers
        held = nil
    }

    init(channel: FrameChannel) {
        place = "the signer of this build"
        servers = []
        held = HeldChannel(channel)
    }

    func exchange(_ request: SignerRequest, _ messages: [[UInt8]]) async throws -> SignerAnswer {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread { [self] in
                continuation.resume(with: Result { try exchangeHere(request, messages) })
            }
        }
    }

    private func exchangeHere(_ request: SignerRequest, _ messages: [[UInt8]]) throws -> SignerAnswer {
        let answer: SignerAnswer
        if let held {
            answer = try held.channel.withLock { try Self.exchange(request, messages, over: $0) }
        } else {
            try LocalSocket.check(folderOf: place, uids: servers)
            let channel = try LocalSocket.connect(to: place)
            guard let peer = channel.peer, servers.contains(peer.uid) else {
                throw SigningError.foreignSigner(
                    place: place, reason: "it belongs to \(channel.peer.map { "user \($0.uid)" } ?? "an unknown user")")
            }
            let expected = first.withLock { first in
                let user = first ?? peer.uid
                first = user
                return user
            }
            guard peer.uid == expected else {
                throw SigningError.foreignSigner(place: place, reason: "it belonged to user \(expected), now to user \(peer.uid)")
            }
            answer = try Self.exchange(request, messages, over: channel)
        }
        guard case .refusal(let code, let reason) = answer else { return answer }
        throw Self.error(code, reason)
    }

    private static func exchange(
        _ request: SignerRequest, _ messages: [[UInt8]], over channel: FrameChannel
    ) throws(SigningError) -> SignerAnswer {
        let deadline = ContinuousClock.now + patience
        var failure: SigningError?
        do throws(SigningError) {
            for frame in [request.bytes] + messages { try channel.writeFrame(frame, until: deadline) }
        } catch { failure = error }
        // A signer that refuses does not read to the end: what it said is more than that it hung up.
        do throws(SigningError) {
            return try SignerAnswer(reading: channel.readFrame(limit: SignerProtocol.headerLimit, until: deadline))
        } catch { throw failure ?? error }
    }

    private static func error(_ code: String, _ reason: String) -> SigningError {
        switch code {
        case "signing.refused": .refused(reason: reason)
        case "signing.protocol": .brokenProtocol(reason: reason)
        case "signing.journal": .journal(path: "of the signer", reason: reason)
        default: .lost(reason: reason)
        }
    }
}

private final class HeldChannel: Sendable {
    let channel: Mutex<FrameChannel>
    init(_ channel: FrameChannel) { self.channel = Mutex(channel) }
}
