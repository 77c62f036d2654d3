// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Attest
import Base
import OCI
import Sigstore
import Testing
import Transparency

import enum Crypto.P256

@Suite struct LogTests {
    private let log: SampleLog

    init() throws { log = try SampleLog() }

    private func policy(_ log: LogPolicy, _ change: (inout VerificationPolicy) -> Void = { _ in }) throws -> VerificationPolicy {
        try .sample {
            $0.log = log
            change(&$0)
        }
    }

    @Test func `what the log saw is accepted, proofs lying in bundles, files or both`() async throws {
        let release = try await SampleRelease().make()
        for forms in [[.bundles, .files], [.files]] as [Set<SampleLog.Form>] {
            let report = try await verify(MemoryLayout([log.attest(release, in: forms)]), "3.13", policy(LogPolicy(key: log.key)))
            #expect(report.isTrusted && report.ignored.isEmpty, "\(report.reasons) \(report.ignored)")
            #expect(report.subjects.allSatisfy { $0.checks.contains { $0.name == "log" && $0.evidence.count >= 5 } })
        }
        // The legacy signature is an entry of its own, for which bundles have no place.
        let bundles = try await verify(MemoryLayout([log.attest(release, in: [.bundles])]), "3.13", policy(LogPolicy(key: log.key)))
        // It does not count, and the other form does.
        #expect(bundles.isTrusted && bundles.warnings.count { $0.contains("signature (legacy): it carries no proof") } == 3)
        #expect(bundles.subjects.allSatisfy { $0.signatures == [.bundle] })
    }

    @Test func `without proofs an image is refused, unless the log is not required`() async throws {
        let layout = try await MemoryLayout([SampleRelease().make()])
        let refused = try await verify(layout, "3.13", policy(LogPolicy(key: log.key)))
        #expect(!refused.isTrusted && refused.reasons.contains { $0.contains("no proof that it is in the log") })
        #expect(refused.subjects.allSatisfy { $0.signatures.isEmpty && $0.claims.isEmpty })
        let said = try await verify(layout, "3.13", policy(LogPolicy(key: log.key, isRequired: false)))
        #expect(said.isTrusted && said.warnings.contains { $0.contains("no proof that it is in the log") })
        let unasked = try await verify(layout)
        #expect(unasked.subjects.allSatisfy { $0.checks.contains { $0.name == "log" && $0.outcome == .skipped } })
    }

    @Test func `a proof by another log, or another log's key under the same name, is refused`() async throws {
        let layout = try await MemoryLayout([log.attest(SampleRelease().make())])
        for other in [try SampleLog(seed: 2), try SampleLog(name: "other.example")] {
            #expect(try await !verify(layout, "3.13", policy(LogPolicy(key: other.key))).isTrusted)
        }
    }

    @Test func `proofs of another release's entries prove nothing`() async throws {
        let python = try await log.attest(SampleRelease().make())
        let nginx = try await SampleRelease(name: "nginx").make()
        var mixed = nginx
        for subject in nginx.subjects {
            let layers = python.contents.filter { $0.descriptor.mediaType == LogProof.mediaType }
            try mixed.attach(layers, artifactType: LogProof.mediaType, to: subject)
        }
        let report = try await verify(try MemoryLayout([mixed]), "3.13", policy(LogPolicy(key: log.key)))
        #expect(!report.isTrusted && report.reasons.contains { $0.contains("no proof that it is in the log") })
    }

    @Test func `a second signature that anybody can make of a good one refuses nothing`() async throws {
        var release = try await log.attest(SampleRelease().make())
        for attestation in release.evidence.attestations where attestation.subject == release.subjects[0] {
            guard let bytes = release.contents.first(where: { $0.digest == attestation.bundle })?.bytes else { continue }
            var bundle = try SigstoreBundle(reading: bytes)
            bundle.envelope.signatures = try bundle.envelope.signatures.map { try EnvelopeSignature(signature: mirrored($0.signature)) }
            let content = Content(bundle.canonicalBytes, mediaType: MediaType.sigstoreBundle)
            try release.attach([content], artifactType: MediaType.sigstoreBundle, to: release.subjects[0])
        }
        let report = try await verify(MemoryLayout([release]), "3.13", policy(LogPolicy(key: log.key)))
        #expect(report.isTrusted, "\(report.reasons)")
        #expect(report.warnings.contains { $0.contains("it carries no proof") })
    }

    /// (r, n - s) for (r, s): it verifies as well.
    private func mirrored(_ der: [UInt8]) throws -> [UInt8] {
        var raw = Array(try P256.Signing.ECDSASignature(derRepresentation: der).rawRepresentation)
        let order: [UInt8] =
            [0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0] + [UInt8](repeating: 0xff, count: 8)
            + [0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51]
        var borrow = 0
        for index in (0..<32).reversed() {
            let difference = Int(order[index]) - Int(raw[32 + index]) - borrow
            borrow = difference < 0 ? 1 : 0
            raw[32 + index] = UInt8(truncatingIfNeeded: difference)
        }
        return Array(try P256.Signing.ECDSASignature(rawRepresentation: raw).derRepresentation)
    }

    @Test func `as many witnesses as are demanded must have seen it`() async throws {
        let release = try await SampleRelease().make()
        let seen = try MemoryLayout([log.attest(release)])
        #expect(try await verify(seen, "3.13", policy(LogPolicy(key: log.key, witnesses: [log.witness], quorum: 1))).isTrusted)
        var lonely = log
        lonely.isWitnessed = false
        let report = try await verify(
            MemoryLayout([lonely.attest(release)]), "3.13", policy(LogPolicy(key: log.key, witnesses: [log.witness], quorum: 1)))
        #expect(report.reasons.contains { $0.contains("0 of the witnesses cosigned, 1 are needed") })
    }

    @Test func `a witness that saw it earlier than it says it was built is believed`() async throws {
        var early = log
        early.witnessed = Timestamp(seconds: 1_600_000_000)
        let layout = try await MemoryLayout([early.attest(SampleRelease().make())])
        let witnesses = LogPolicy(key: log.key, witnesses: [log.witness], quorum: 1)
        let report = try await verify(
            layout, "3.13", policy(witnesses) { $0.freshness = FreshnessPolicy(now: Timestamp(seconds: 1_700_000_200), maximumAge: 86400) })
        #expect(report.reasons.contains { $0.contains("days old (2020-09-13T12:26:40Z)") })
        #expect(
            try await verify(layout, "3.13", policy(witnesses)).release.contains {
                $0.evidence.contains { $0.contains("a witness of the log") }
            })
    }

    @Test func `any flipped byte of any proof is found`() async throws {
        let layout = try await MemoryLayout([log.attest(SampleRelease().make())])
        let demanding = try policy(LogPolicy(key: log.key, witnesses: [log.witness], quorum: 1))
        #expect(try await verify(layout, "3.13", demanding).isTrusted)
        var generator = SplitMix(state: 7)
        for path in layout.blobPaths {
            guard var bytes = layout.files[path], !bytes.isEmpty else { continue }
            bytes[Int.random(in: 0..<bytes.count, using: &generator)] ^= UInt8.random(in: 1...255, using: &generator)
            var copy = layout
            copy.files[path] = bytes
            let report = try await verify(copy, "3.13", demanding)
            #expect(!report.isTrusted && report.reasons.contains { $0.contains(path.suffix(64)) }, "\(path)")
        }
    }
}
