// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Attest
import Base
import Sigstore
import Testing

@Suite struct KeyringTests {
    private let log: SampleLog
    private let signer: CatalogKey
    private let other: CatalogKey
    private let built = Timestamp(seconds: 1_700_000_000)

    init() throws {
        log = try SampleLog()
        signer = try CatalogKey(der: SampleKey.signer.publicKeyDER)
        other = try CatalogKey(der: SampleKey.other.publicKeyDER)
    }

    private func policy(_ entries: [Keyring.Entry], witnessed: Bool = true) throws -> VerificationPolicy {
        try .sample {
            $0.keyring = Verified(byVerifying: Keyring(version: 1, issued: built, keys: entries), evidence: ["keyring version 1"])
            if witnessed { $0.log = LogPolicy(key: log.key, witnesses: [log.witness], quorum: 1) }
        }
    }

    private func entry(_ key: CatalogKey, until end: Int? = nil, compromised: Int? = nil) -> Keyring.Entry {
        Keyring.Entry(
            key: key, purpose: .image, validFrom: Timestamp(seconds: built.seconds - 1000),
            validUntil: end.map { Timestamp(seconds: built.seconds + $0) },
            compromisedSince: compromised.map { Timestamp(seconds: built.seconds + $0) }, reason: compromised.map { _ in "lost" })
    }

    @Test func `a key counts while its keyring says so, by the moment a witness saw the signature`() async throws {
        let layout = try await MemoryLayout([log.attest(SampleRelease().make())])
        // The witness saw it 100 seconds after it was built.
        for good in [entry(signer), entry(signer, until: 101), entry(signer, compromised: 101)] {
            let report = try await verify(layout, "3.13", policy([good, entry(other)]))
            #expect(report.isTrusted, "\(report.reasons)")
        }
        for (bad, word) in [(entry(signer, until: 99), "was valid until"), (entry(signer, compromised: 99), "is compromised since")] {
            let report = try await verify(layout, "3.13", policy([bad, entry(other)]))
            #expect(!report.isTrusted && report.reasons.contains { $0.contains(word) && $0.contains("witnessed at") }, "\(report.reasons)")
            #expect(report.subjects.allSatisfy { $0.signatures.isEmpty && $0.claims.isEmpty })
        }
    }

    @Test func `without a witness a key that has an end does not count, whatever the statement says of its time`() async throws {
        let layout = try await MemoryLayout([SampleRelease().make()])
        #expect(try await verify(layout, "3.13", policy([entry(signer)], witnessed: false)).isTrusted)
        let report = try await verify(layout, "3.13", policy([entry(signer, until: 100_000)], witnessed: false))
        #expect(report.reasons.contains { $0.contains("no witnessed checkpoint shows that the signature is older") })
    }

    @Test func `a key whose time has not come does not count`() async throws {
        let layout = try await MemoryLayout([SampleRelease().make()])
        var later = try policy([entry(signer)], witnessed: false)
        later.freshness = FreshnessPolicy(now: Timestamp(seconds: built.seconds - 1001))
        #expect(try await verify(layout, "3.13", later).reasons.contains { $0.contains("has not come yet") })
    }

    @Test func `a statement that somebody signs with an ended key beside good ones refuses nothing`() async throws {
        // `other` ended; its thief attaches a statement of a kind that is not there, and one that is.
        var release = try await log.attest(SampleRelease().make())
        for type in ["https://example.com/other", PredicateType.spdx] {
            try await release.attach(type, by: SampleKey.other)
        }
        var both = try policy([entry(signer), entry(other, until: -500)])
        both.keys.append(try VerificationKey(pem: SampleKey.other.publicPEM))
        let judged = try await verify(MemoryLayout([release]), "3.13", both)
        #expect(judged.isTrusted, "\(judged.reasons)")
        #expect(judged.warnings.contains { $0.contains("was valid until") && $0.contains("https://example.com/other") })
        #expect(judged.subjects.allSatisfy { !$0.predicateTypes.contains("https://example.com/other") })
    }

    @Test func `a key that is not in the keyring does not count`() async throws {
        let layout = try await MemoryLayout([SampleRelease().make()])
        let report = try await verify(layout, "3.13", policy([entry(other)], witnessed: false))
        #expect(report.reasons.contains { $0.contains("is not in the keyring") })
    }
}
