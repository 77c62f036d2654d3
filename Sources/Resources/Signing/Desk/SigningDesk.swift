// SPDX-License-Identifier: Apache-2.0
package import Base
import Sigstore
import Synchronization
import Transparency

/// Where messages are checked, signed and written down, in this order; nothing leaves before it is in the journal, on disk.
package final class SigningDesk: Sendable {
    /// The name of the log whose checkpoints are signed, and where the last one is kept.
    package struct LogDuty: Sendable {
        let origin: String
        let memory: CheckpointMemory
        /// - Parameter memory: of this log's key.
        package init(origin: String, memory: CheckpointMemory) {
            self.origin = origin
            self.memory = memory
        }
    }

    package let keys: any KeyHolder
    private let record: @Sendable () throws -> any SubjectRecord
    private let log: LogDuty?
    private let journal: SigningJournal
    private let clock: @Sendable () -> Timestamp
    private let imageKey: Digest
    private let logKey: Digest?
    // One batch at a time signs and writes: the checkpoint after this one is judged by this one.
    private let turn = Mutex(())

    /// - Parameter record: opens the build record; asked once a batch.
    package init(
        keys: any KeyHolder, record: @escaping @Sendable () throws -> any SubjectRecord, log: LogDuty?, journal: SigningJournal,
        clock: @escaping @Sendable () -> Timestamp
    ) {
        self.keys = keys
        self.record = record
        self.log = log
        self.journal = journal
        self.clock = clock
        imageKey = Digest.sha256(of: keys.publicKeyDER)
        logKey = keys.logPublicKey.map { (try? CatalogKey(ed25519: $0))?.fingerprint ?? Digest.sha256(of: $0) }
    }

    package func lastCheckpoint() throws -> (size: Int, root: Digest)? { try log?.memory.read() }

    /// Signs all messages or none.
    package func sign(_ messages: [SignableMessage], for peer: Peer) throws -> [[UInt8]] {
        // Reading takes most of the time and needs no turn.
        var approvals: [Approval?] = []
        var opened: SigningPolicy?
        for (position, message) in messages.enumerated() {
            do {
                if case .checkpoint = message {
                    approvals.append(nil)
                } else {
                    let policy = try opened ?? SigningPolicy(record: record())
                    opened = policy
                    approvals.append(try policy.approve(message))
                }
            } catch { throw refuse(message, position, error, peer) }
        }
        return try turn.withLock { _ in try finish(messages, approvals, peer) }
    }

    private func finish(_ messages: [SignableMessage], _ approvals: [Approval?], _ peer: Peer) throws -> [[UInt8]] {
        let before = try lastCheckpoint()
        var last = before
        var lines: [JSON] = []
        var signatures: [[UInt8]] = []
        let now = clock()
        for (position, message) in messages.enumerated() {
            var approval = approvals[position]
            var checkpoint: Checkpoint?
            if case .checkpoint(let bytes, let consistency) = message {
                do {
                    let (approved, text) = try SigningPolicy.approve(
                        checkpoint: bytes, consistency: consistency, origin: log?.origin, last: last)
                    (approval, checkpoint, last) = (approved, text, (text.size, text.root))
                } catch { throw refuse(message, position, error, peer) }
            }
            guard let approval else { throw SigningError.refused(reason: "the message was not checked") }
            signatures.append(try keys.signature(of: message))
            lines.append(line(for: message, approval, checkpoint, now, peer))
        }
        try journal.append(lines)
        if let last, before.map({ $0 != last }) ?? true { try log?.memory.write(last) }
        return signatures
    }

    private func line(
        for message: SignableMessage, _ approval: Approval, _ checkpoint: Checkpoint?, _ now: Timestamp, _ peer: Peer
    ) -> JSON {
        var members = head(message, now, peer)
        members["decision"] = "signed"
        members["key"] = .string((approval.kind == .checkpoint ? logKey ?? imageKey : imageKey).description)
        members["place"] = .string(approval.place)
        if let type = approval.type { members["type"] = .string(type) }
        if let checkpoint {
            members["size"] = JSON(checkpoint.size)
            members["root"] = .string(checkpoint.root.description)
        } else {
            members["subject"] = JSON(approval.subjects)
        }
        return .object(members)
    }

    // The reason is what the caller gets; that it is in the journal matters, but a full disk does not turn a no into a yes.
    private func refuse(_ message: SignableMessage, _ position: Int, _ error: any Error, _ peer: Peer) -> any Error {
        let reason = (error as? SigningError).flatMap { if case .refused(let reason) = $0 { reason } else { nil } }
        var members = head(message, clock(), peer)
        members["decision"] = "refused"
        members["reason"] = .string(reason ?? (error as? any Diagnosable)?.diagnosis.summary ?? "it could not be checked")
        do { try journal.append([.object(members)]) } catch { return error }
        guard let reason else { return error }
        return SigningError.refused(reason: "message \(position + 1): \(reason)")
    }

    /// Writes down that somebody was turned away at the door.
    func note(turnedAway peer: Peer?, reason: String) {
        let members: [String: JSON] = [
            "decision": "refused", "peer": Self.json(peer), "reason": .string(reason), "time": .string(clock().description),
        ]
        // There is nothing to hold back: the connection is closed either way.
        try? journal.append([.object(members)])
    }

    private func head(_ message: SignableMessage, _ now: Timestamp, _ peer: Peer) -> [String: JSON] {
        let (kind, bytes): (Approval.Kind, [UInt8]) =
            switch message {
            case .statement(let bytes): (.statement, bytes)
            case .simpleSigning(let bytes): (.simpleSigning, bytes)
            case .notation(let bytes): (.notation, bytes)
            case .checkpoint(let bytes, _): (.checkpoint, bytes)
            }
        return [
            "kind": .string(kind.rawValue), "peer": Self.json(peer), "sha256": .string(Digest.sha256(of: bytes).hex),
            "time": .string(now.description),
        ]
    }

    private static func json(_ peer: Peer?) -> JSON {
        peer.map { ["pid": JSON(Int($0.pid)), "uid": JSON(Int($0.uid))] } ?? .null
    }
}
