// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Attest
import Base
import OCI
import Sigstore
import Testing

@Suite struct RevocationTests {
    private let key = FixedGenerator.key(1)
    private let image: SyntheticImage
    private let first: Evidence

    init() async throws {
        image = try SyntheticImage()
        first = try await Attestor(signer: key.signer).attest(image.image, as: RepositoryName("python"), claims: image.claims())
    }

    private var index: Descriptor { image.image.index }

    private func saying(_ revocations: [JSON], by signer: KeyFile? = nil, beside before: Evidence? = nil) async throws -> Evidence {
        var evidence = before ?? first
        for predicate in revocations {
            let later = try await Attestor(signer: (signer ?? key).signer).attest(
                [Claim(subject: index.digest, predicateType: PredicateType.revocation, predicate: predicate)], about: [index],
                as: RepositoryName("python"), created: image.image.created)
            evidence = evidence.adding(later)
        }
        return evidence
    }

    private func revocation(_ state: Revocation.State, at seconds: Int) -> JSON {
        Revocation(state, reason: "a lost key", replacement: "python:3.13.5-r2", time: Timestamp(seconds: seconds)).predicate
    }

    private func check(_ evidence: Evidence) async throws -> (Verification, CheckResult) {
        let result = try await Verifier(key: VerificationKey(pem: key.publicPEM))
            .verify(index.digest.description, in: MemoryRepository(image, evidence))
        return (result, try #require(result.checks.first { $0.name == "revocation" }))
    }

    @Test func `an image that its publisher revoked is refused with the reason and what to use instead`() async throws {
        let (result, check) = try await check(saying([revocation(.revoked, at: 100)]))
        #expect(!result.isTrusted && result.verified == nil)
        #expect(check.reasons.first?.contains("a lost key") == true && check.reasons.first?.contains("python:3.13.5-r2") == true)
    }

    @Test func `of several statements the newest counts, in whatever order they are listed`() async throws {
        for order in [[100, 200], [200, 100]] {
            let back = try await check(saying(order.map { revocation($0 == 200 ? .reinstated : .revoked, at: $0) }))
            #expect(back.0.isTrusted && back.1.outcome == .passed)
            let gone = try await check(saying(order.map { revocation($0 == 200 ? .revoked : .reinstated, at: $0) }))
            #expect(!gone.0.isTrusted)
        }
        let same = try await check(saying([revocation(.reinstated, at: 100), revocation(.revoked, at: 100)]))
        #expect(!same.0.isTrusted)
    }

    @Test func `nobody else revokes an image`() async throws {
        let (result, check) = try await check(saying([revocation(.revoked, at: 100)], by: FixedGenerator.key(2)))
        #expect(result.isTrusted && check.outcome == .skipped)
    }

    @Test func `nothing said is nothing checked`() async throws {
        let (result, check) = try await check(first)
        #expect(result.isTrusted && check.outcome == .skipped)
    }

    @Test(arguments: [JSON.object([:]), ["state": "REVOKED", "time": "2026-01-01T00:00:00Z"], ["state": "reinstated", "time": "never"]])
    func `a signed statement that cannot be read refuses the image`(predicate: JSON) async throws {
        let (result, _) = try await check(saying([predicate]))
        #expect(!result.isTrusted)
    }
}
