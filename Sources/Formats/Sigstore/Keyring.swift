// SPDX-License-Identifier: Apache-2.0
// Format: docs/keys.md
package import Base

/// The public keys of a catalog over time, with what each may be believed. Signed as one document by an offline root key.
package struct Keyring: Hashable, Sendable {
    package static let payloadType = "application/vnd.ashlar.keyring.v1+json"
    package static let limit = 1 << 20
    package static let keyLimit = 1000

    package enum Purpose: String, Sendable, CaseIterable {
        /// Signs images and statements: ECDSA P-256.
        case image
        /// Signs the log's checkpoints: Ed25519.
        case log
        /// Cosigns checkpoints of the log: Ed25519.
        case witness
        /// Signs that images were built again with the same result: ECDSA P-256.
        case rebuilder
    }

    package struct Entry: Hashable, Sendable {
        package var key: CatalogKey
        package var purpose: Purpose
        /// The name in signed notes of a log or a witness; of others for people.
        package var name: String?
        package var validFrom: Timestamp
        /// From here on it is not used any more; what was made before stays good.
        package var validUntil: Timestamp?
        /// From here on somebody else may have used it.
        package var compromisedSince: Timestamp?
        /// Why it ended; there when it is compromised.
        package var reason: String?

        package init(
            key: CatalogKey, purpose: Purpose, name: String? = nil, validFrom: Timestamp, validUntil: Timestamp? = nil,
            compromisedSince: Timestamp? = nil, reason: String? = nil
        ) {
            self.key = key
            self.purpose = purpose
            self.name = name
            self.validFrom = validFrom
            self.validUntil = validUntil
            self.compromisedSince = compromisedSince
            self.reason = reason
        }
        package var fingerprint: Digest { key.fingerprint }
    }

    /// Grows with every signed document; a reader refuses one that is lower than what it has seen.
    package var version: Int
    package var issued: Timestamp
    /// In the order of their fingerprints.
    package private(set) var keys: [Entry]

    package init(version: Int, issued: Timestamp, keys: [Entry]) {
        self.version = version
        self.issued = issued
        self.keys = keys.sorted { $0.fingerprint < $1.fingerprint }
    }

    package subscript(fingerprint: Digest) -> Entry? {
        get { keys.first { $0.fingerprint == fingerprint } }
        set {
            keys.removeAll { $0.fingerprint == fingerprint }
            if let newValue { keys = (keys + [newValue]).sorted { $0.fingerprint < $1.fingerprint } }
        }
    }
}

// MARK: - Judging

extension Keyring {
    /// Whether a signature by a key counts.
    package enum Judgement: Hashable, Sendable {
        case trusted(evidence: String)
        case refused(reason: String)
        package var isTrusted: Bool { if case .trusted = self { true } else { false } }
    }

    /// Judges a signature whose cryptography was checked already.
    ///
    /// - Parameter integratedBefore: the time of a checkpoint that witnesses cosigned and that covers the signature's log entry:
    ///   the signature existed then. nil when there is none. The time a statement gives of itself proves nothing, since whoever
    ///   has the key writes it.
    /// - Parameter now: when it is judged; nil stands for the moment the keyring was issued. A key whose time has not come signs
    ///   nothing yet.
    package func judge(
        fingerprint: Digest, purpose: Purpose = .image, integratedBefore: Timestamp?, now: Timestamp? = nil
    ) -> Judgement {
        let name = "the key \(fingerprint.short)…"
        guard let entry = self[fingerprint] else { return .refused(reason: "\(name) is not in the keyring of version \(version)") }
        guard entry.purpose == purpose else {
            return .refused(reason: "\(name) is a key of purpose \(entry.purpose.rawValue), not \(purpose.rawValue)")
        }
        let ends: [(time: Timestamp, text: String)] = [
            entry.compromisedSince.map { ($0, "is compromised since \($0) (\(entry.reason ?? "no reason was given"))") },
            entry.validUntil.map { ($0, "was valid until \($0)") },
        ].compactMap(\.self)
        guard let time = integratedBefore else {
            if let end = ends.first {
                return .refused(reason: "\(name) \(end.text), and no witnessed checkpoint shows that the signature is older")
            }
            guard entry.validFrom <= now ?? issued else {
                return .refused(reason: "\(name) is valid from \(entry.validFrom), which has not come yet")
            }
            return .trusted(evidence: "\(name) is valid since \(entry.validFrom) and has no end, by the keyring of version \(version)")
        }
        for end in ends where time >= end.time {
            return .refused(reason: "\(name) \(end.text), and the signature is witnessed at \(time) only")
        }
        guard time >= entry.validFrom else {
            return .refused(reason: "\(name) is valid from \(entry.validFrom), and the signature is witnessed at \(time) already")
        }
        return .trusted(evidence: "\(name) was good at \(time), when the signature was witnessed, by the keyring of version \(version)")
    }

    /// What a newer keyring may not do to this one; empty when it follows.
    package func faults(ofSuccessor next: Keyring) -> [String] {
        var faults: [String] = []
        if next.version <= version { faults.append("its version \(next.version) is not above \(version)") }
        for old in keys {
            guard let new = next[old.fingerprint] else {
                faults.append("the key \(old.fingerprint.short)… is gone; keys stay, so that old releases can be judged")
                continue
            }
            if new.purpose != old.purpose { faults.append("the key \(old.fingerprint.short)… has another purpose") }
            if let since = old.compromisedSince, new.compromisedSince.map({ $0 > since }) ?? true {
                faults.append("the key \(old.fingerprint.short)… was compromised since \(since), and later or not at all now")
            }
        }
        return faults
    }
}
