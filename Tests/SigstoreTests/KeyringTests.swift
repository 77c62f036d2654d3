// SPDX-License-Identifier: Apache-2.0
import Base
import Crypto
import Testing

@testable import Sigstore

@Suite struct KeyringTests {
    private let root = P256.Signing.PrivateKey()
    private let image = P256.Signing.PrivateKey()
    private static let start = Timestamp(seconds: 1_700_000_000)
    private static func day(_ number: Int) -> Timestamp { Timestamp(seconds: start.seconds + number * 86400) }

    private var key: CatalogKey { get throws { try CatalogKey(der: Array(image.publicKey.derRepresentation)) } }
    private var rootKey: VerificationKey { get throws { try VerificationKey(der: Array(root.publicKey.derRepresentation)) } }

    private func keyring(version: Int = 1, until: Timestamp? = nil, compromised: Timestamp? = nil) throws -> Keyring {
        let log = try CatalogKey(ed25519: Array(Curve25519.Signing.PrivateKey().publicKey.rawRepresentation))
        return Keyring(
            version: version, issued: Self.start,
            keys: [
                .init(
                    key: try key, purpose: .image, validFrom: Self.start, validUntil: until, compromisedSince: compromised,
                    reason: compromised.map { _ in "laptop stolen" }),
                .init(key: log, purpose: .log, name: "log.example/a", validFrom: Self.start),
            ])
    }

    private func sign(_ keyring: Keyring, by key: P256.Signing.PrivateKey? = nil) throws -> [UInt8] {
        keyring.signed(by: Array(try (key ?? root).signature(for: keyring.signingInput).derRepresentation))
    }

    private func reason(_ check: KeyringCheck) -> String? { if case .bad(let reason) = check { reason } else { nil } }

    @Test func `a keyring that the root signed is read back as it was`() throws {
        let keyring = try keyring(until: Self.day(3), compromised: Self.day(2))
        guard case .good(let verified) = Keyring.verify(try sign(keyring), root: try rootKey, lastSeen: 1) else {
            Issue.record("it was refused")
            return
        }
        #expect(verified.value == keyring)
    }

    @Test func `another signer, another type, an older version and altered bytes are refused`() throws {
        let keyring = try keyring(version: 4)
        let good = try sign(keyring)
        #expect(reason(Keyring.verify(try sign(keyring, by: image), root: try rootKey))?.contains("not signed by the root") == true)
        #expect(reason(Keyring.verify(good, root: try rootKey, lastSeen: 5))?.contains("version 5 was seen before") == true)
        let typed = Envelope(
            payload: keyring.canonicalBytes, payloadType: Statement.payloadType,
            signatures: try Envelope(reading: good).signatures)
        #expect(reason(Keyring.verify(typed.canonicalBytes, root: try rootKey)) != nil)
        for index in stride(from: 0, to: good.count, by: 7) {
            var bytes = good
            bytes[index] ^= 1
            if case .good(let verified) = Keyring.verify(bytes, root: try rootKey) { #expect(verified.value == keyring) }
        }
    }

    static let contradictions: [(String, @Sendable (inout [String: JSON]) -> Void)] = [
        ("another fingerprint", { $0["fingerprint"] = JSON(Digest.sha256(of: "x").description) }),
        ("an unknown member", { $0["trusted"] = true }), ("an unknown purpose", { $0["purpose"] = "everything" }),
        ("a purpose of the other algorithm", { $0["purpose"] = "log" }), ("no beginning", { $0["validFrom"] = nil }),
        ("an end before the beginning", { $0["validUntil"] = "2001-01-01T00:00:00Z" }),
        ("an end that is no time", { $0["validUntil"] = "soon" }),
        ("compromised without a reason", { $0["compromisedSince"] = "2024-01-01T00:00:00Z" }),
    ]

    @Test(arguments: contradictions.indices) func `a keyring that contradicts itself is not read`(index: Int) throws {
        let (name, change) = Self.contradictions[index]
        var json = try keyring().json.object ?? [:]
        let fingerprint = try key.fingerprint.description
        json["keys"] = .array(
            (json["keys"]?.array ?? []).map { entry in
                guard entry["fingerprint"]?.string == fingerprint, var members = entry.object else { return entry }
                change(&members)
                return .object(members)
            })
        #expect(throws: SigstoreError.self, "\(name)") { try Keyring(reading: JSON.object(json).canonicalBytes) }
    }

    @Test func `a key without an end is good with or without a witnessed time`() throws {
        let keyring = try keyring()
        let fingerprint = try key.fingerprint
        #expect(keyring.judge(fingerprint: fingerprint, integratedBefore: nil).isTrusted)
        #expect(keyring.judge(fingerprint: fingerprint, integratedBefore: Self.day(400)).isTrusted)
        #expect(!keyring.judge(fingerprint: fingerprint, integratedBefore: Self.day(-1)).isTrusted)
        #expect(!keyring.judge(fingerprint: fingerprint, purpose: .rebuilder, integratedBefore: nil).isTrusted)
        // Its time has not come.
        #expect(!keyring.judge(fingerprint: fingerprint, integratedBefore: nil, now: Self.day(-1)).isTrusted)
        #expect(keyring.judge(fingerprint: fingerprint, integratedBefore: nil, now: Self.day(1)).isTrusted)
        #expect(!keyring.judge(fingerprint: Digest.sha256(of: "x"), integratedBefore: nil).isTrusted)
    }

    @Test func `a key that was replaced counts only where a witness saw the signature before its end`() throws {
        let keyring = try keyring(until: Self.day(10))
        let fingerprint = try key.fingerprint
        #expect(keyring.judge(fingerprint: fingerprint, integratedBefore: Self.day(9)).isTrusted)
        #expect(!keyring.judge(fingerprint: fingerprint, integratedBefore: Self.day(10)).isTrusted)
        #expect(!keyring.judge(fingerprint: fingerprint, integratedBefore: nil).isTrusted)
    }

    @Test func `a compromised key counts only where a witness saw the signature before the compromise`() throws {
        let keyring = try keyring(until: Self.day(10), compromised: Self.day(5))
        let fingerprint = try key.fingerprint
        #expect(keyring.judge(fingerprint: fingerprint, integratedBefore: Self.day(4)).isTrusted)
        guard case .refused(let reason) = keyring.judge(fingerprint: fingerprint, integratedBefore: Self.day(5)) else {
            Issue.record("a signature at the time of the compromise was trusted")
            return
        }
        #expect(reason.contains("laptop stolen"))
        #expect(!keyring.judge(fingerprint: fingerprint, integratedBefore: nil).isTrusted)
    }

    @Test func `a newer keyring keeps keys and never takes a compromise back`() throws {
        let old = try keyring(version: 3, compromised: Self.day(5))
        let fingerprint = try key.fingerprint
        var next = old
        next.version = 4
        #expect(old.faults(ofSuccessor: next).isEmpty)
        next[fingerprint]?.compromisedSince = Self.day(4)
        #expect(old.faults(ofSuccessor: next).isEmpty)
        next[fingerprint]?.compromisedSince = Self.day(6)
        #expect(old.faults(ofSuccessor: next).count == 1)
        next[fingerprint]?.compromisedSince = nil
        #expect(old.faults(ofSuccessor: next).count == 1)
        next[fingerprint] = nil
        #expect(old.faults(ofSuccessor: next).count == 1)
        next.version = 3
        #expect(old.faults(ofSuccessor: next).count == 2)
    }
}
