// SPDX-License-Identifier: Apache-2.0
// https://slsa.dev/spec/v1.2/verification_summary; docs/slsa.md says which level which builder may claim, and why.
import Artifacts
import Attest
package import Base
import OCI
import Sigstore

/// Verifies the evidence of an image before it is published, as a stranger would afterwards, and writes down what was found.
package struct SummaryWriter: Sendable {
    package static let verifier = "https://ashlar.dev/verifiers/release/v1"
    package static let policy = "https://ashlar.dev/policies/release/v1"

    let version: String
    let builder: BuilderKind
    let signer: SignerPlace
    let clock: @Sendable () -> Timestamp

    /// Who can reach the key that signs.
    package enum SignerPlace: Sendable {
        /// It lives and dies with the build.
        case ofTheBuild
        /// It runs by itself, out of the build's reach: another user, another machine.
        case apart
    }

    package init(version: String, builder: BuilderKind, signer: SignerPlace, clock: @escaping @Sendable () -> Timestamp) {
        self.version = version
        self.builder = builder
        self.signer = signer
        self.clock = clock
    }

    private static let required = [PredicateType.slsaProvenance, PredicateType.spdx, PredicateType.cycloneDX]

    /// One summary for the index and each manifest. Throws when the evidence does not hold: then nothing is published.
    ///
    /// - Parameter attestations: What there is to be looked at, signed now or before.
    func claims(
        about image: Image, _ repository: EvidenceRepository, _ attestations: [Attestation], _ job: BuildJob, key: VerificationKey
    ) async throws -> [Claim] {
        let results = try await Verifier(key: key, requiring: Self.required).verifyAll(image.index.digest.description, in: repository)
        let claimed = builder.claimed(for: job.source)
        let reasons = results.flatMap(\.reasons) + results.flatMap { Self.faults(in: $0, job, claimed) }
        guard reasons.isEmpty, results.count == image.platforms.count + 1 else {
            throw PipelineError.ownEvidenceRefused(reference: job.recipe.reference, reasons: reasons)
        }
        let policy = ResourceDescriptor(uri: Self.policy, sha256: try Self.policyDocument(claimed, job).digest)
        let time = clock()
        return try ([image.index.digest] + image.platforms.map(\.manifest.digest)).map { subject in
            let summary = VerificationSummary(
                verifier: .init(id: Self.verifier, version: [ProvenanceWriter.Name.program: version]), timeVerified: time,
                resourceUri: "pkg:oci/\(image.name)", policy: policy,
                inputAttestations: attestations.filter { $0.subject == subject }.map {
                    ResourceDescriptor(name: $0.predicateType, sha256: $0.bundle)
                }, outcome: .passed, levels: ["SLSA_BUILD_LEVEL_\(level(of: claimed))"])
            return Claim(
                subject: subject, predicateType: PredicateType.verificationSummary, predicate: try summary.predicate())
        }
    }

    /// The highest level of SLSA's build track that the builder is documented for. Level 3 also wants a signer that no build reaches.
    func level(of builder: BuilderKind) -> Int {
        switch builder {
        case .workstation: 1
        case .dedicatedHost: 2
        case .kubernetesJob: signer == .apart ? 3 : 2
        }
    }

    /// What was demanded, in canonical form: its digest stands in the summary.
    static func policyDocument(_ builder: BuilderKind, _ job: BuildJob) throws -> JSON {
        [
            "builder": JSON(builder.uri), "buildType": JSON(ProvenanceWriter.buildType), "requires": JSON(required),
            "externalParameters": .object(ProvenanceWriter.externalParameters(job)),
        ]
    }

    // A good signature on something else is not enough. Other builds of the same image have provenances of their own.
    private static func faults(in result: Verification, _ job: BuildJob, _ builder: BuilderKind) -> [String] {
        let predicates = result.claims.filter { $0.predicateType == PredicateType.slsaProvenance }.map(\.statement.predicate)
        let faults = predicates.map { predicate in
            var faults: [String] = []
            let definition = predicate["buildDefinition"]
            if definition?["buildType"]?.string != ProvenanceWriter.buildType { faults.append("another build type") }
            if definition?["externalParameters"] != .object(ProvenanceWriter.externalParameters(job)) { faults.append("other parameters") }
            if predicate["runDetails"]?["builder"]?["id"]?.string != builder.uri { faults.append("another builder") }
            return faults
        }
        if faults.isEmpty { return ["there is no provenance"] }
        return faults.contains(where: \.isEmpty) ? [] : faults.flatMap(\.self)
    }
}
