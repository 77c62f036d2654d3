// SPDX-License-Identifier: Apache-2.0
// https://slsa.dev/spec/v1.2/build-provenance; docs/build-types/rebase-v1.md describes every member.
package import Artifacts
package import Base
package import OCI
import Rebase
import SBOM
import Sigstore

/// Writes what is claimed about an image that got another base: where it comes from, what is in it, which rules it was held against.
package struct RebaseClaims: Sendable {
    let version: String
    let builder: BuilderKind
    let program: Digest
    let producer: String?
    let clock: @Sendable () -> Timestamp

    /// - Parameters:
    ///   - builder: What kind of machine this is, as its operator says.
    ///   - program: The digest of the program that does it.
    ///   - producer: Who answers for it.
    package init(
        version: String, builder: BuilderKind, program: Digest, producer: String?, clock: @escaping @Sendable () -> Timestamp
    ) {
        self.version = version
        self.builder = builder
        self.program = program
        self.producer = producer
        self.clock = clock
    }

    /// - Parameter repository: What the image is published as.
    package func claims(
        _ plan: RebasePlan, as repository: RepositoryName, allowing allowed: VersionStep, invocation: String, started: Timestamp
    ) throws -> [Claim] {
        guard let rebased = plan.rebased, let old = plan.old, let new = plan.new, plan.state == .safe else {
            throw RebaseRefusal.refused(plan.application.reference, plan.refusals)
        }
        let origin = try provenance(plan, rebased, old, new, allowed, invocation, started)
        let bills = zip(rebased.platforms, plan.inventories).map { platform, inventory in
            RebaseBill(platform: platform, inventory: inventory, base: new, repository: repository, version: version, producer: producer)
        }
        var claims: [Claim] = []
        func add(_ subject: Digest, _ bill: BillOfMaterials) {
            claims.append(Claim(subject: subject, predicateType: PredicateType.spdx, predicate: SPDXDocument(bill).json))
            claims.append(Claim(subject: subject, predicateType: PredicateType.cycloneDX, predicate: CycloneDXDocument(bill).json))
            claims.append(Claim(subject: subject, predicateType: PredicateType.slsaProvenance, predicate: origin))
        }
        if let index = rebased.index { add(index.digest, RebaseBill.index(bills, digest: index.digest, created: rebased.created)) }
        for bill in bills {
            add(bill.platform.documents.manifest.digest, bill.document)
            claims.append(
                Claim(
                    subject: bill.platform.documents.manifest.digest, predicateType: PredicateType.testResult,
                    predicate: tests(plan, bill.platform, new)))
        }
        return claims
    }

    private func provenance(
        _ plan: RebasePlan, _ rebased: RebasedImage, _ old: Release, _ new: Release, _ allowed: VersionStep, _ invocation: String,
        _ started: Timestamp
    ) throws -> JSON {
        var dependencies: [ResourceDescriptor] = []
        if let digest = plan.application.digest {
            dependencies.append(ResourceDescriptor(name: "application", uri: plan.application.reference, sha256: digest))
        }
        for platform in rebased.platforms where plan.application.index != nil {
            dependencies.append(ResourceDescriptor(name: "application \(platform.documents.platform)", sha256: platform.application))
        }
        for (name, release) in [("old-base", old), ("new-base", new)] {
            dependencies.append(ResourceDescriptor(name: name, uri: release.buildName, sha256: release.index))
        }
        for platform in rebased.platforms {
            dependencies.append(ResourceDescriptor(name: "old-base \(platform.documents.platform)", sha256: platform.oldBase))
            dependencies.append(ResourceDescriptor(name: "new-base \(platform.documents.platform)", sha256: platform.newBase))
        }
        dependencies.append(ResourceDescriptor(name: ProvenanceWriter.Name.program, sha256: program))
        let definition = Provenance.BuildDefinition(
            buildType: Provenance.rebaseType,
            externalParameters: [
                "image": JSON(plan.application.reference), "onto": JSON(new.buildName), "allow": JSON(allowed.rawValue),
            ],
            internalParameters: [
                "platforms": JSON(rebased.platforms.map(\.documents.platform.description)),
                "keptSettings": .array(
                    try rebased.platforms.flatMap { platform in
                        try platform.kept.map { kept -> JSON in
                            guard case .object(var members) = try CanonicalJSON.value(of: kept) else { return .null }
                            members["platform"] = JSON(platform.documents.platform.description)
                            return .object(members)
                        }
                    }),
                "leftBehind": JSON(plan.application.leftBehind.map(\.digest.description)),
            ], resolvedDependencies: dependencies)
        return try Provenance(
            buildDefinition: definition,
            runDetails: .init(
                builder: .init(id: builder.uri, version: [ProvenanceWriter.Name.program: version]),
                metadata: .init(invocationId: invocation, startedOn: started, finishedOn: clock()))
        ).predicate()
    }

    // No contract runs: what is claimed are the rules a rebase is held against.
    private func tests(_ plan: RebasePlan, _ platform: RebasedPlatform, _ new: Release) -> JSON {
        let name = platform.documents.platform.description
        let notes = plan.notes.filter { $0.platform.isEmpty || $0.platform == name }
        return [
            "result": JSON(notes.isEmpty ? "PASSED" : "WARNED"),
            "configuration": [
                ["name": JSON(new.buildName), "digest": ["sha256": JSON(new.index.hex)]],
                ["name": JSON(plan.application.reference), "digest": ["sha256": JSON(platform.application.hex)]],
            ],
            "passedTests": JSON((RebaseRules.releaseIDs + RebaseRules.ids).map { "rebase/" + $0 }),
            "warnedTests": JSON(notes.map { "rebase/\($0.rule) /\($0.path): \($0.reason)" }),
            "failedTests": [],
        ]
    }
}
