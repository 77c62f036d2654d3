// SPDX-License-Identifier: Apache-2.0
package import Artifacts
package import Assemble
package import Base
import Describe
package import OCI
import SBOM
import Sigstore

/// Where the recipe came from.
package struct CatalogSource: Sendable, Hashable {
    /// `git+https://…` of the catalog's repository; nil outside git or without a remote.
    package var repository: String?
    /// The commit, when the catalog has no local changes.
    package var commit: String?
    /// Digest of the recipe's files, which stands in when there is no commit.
    package var tree: Digest
    /// `images/python/3.13.yaml`.
    package var path: String
    package init(repository: String?, commit: String?, tree: Digest, path: String) {
        self.repository = repository
        self.commit = commit
        self.tree = tree
        self.path = path
    }
}

/// Writes what is claimed about an image, to be signed: its SBOMs in both formats, its provenance, its test results.
package struct ClaimWriter: Sendable {
    let tool: String
    let version: String
    let builderID: String
    let producer: String?
    let helpers: [Platform: [HelperBinary]]
    let clock: @Sendable () -> Timestamp

    /// - Parameters:
    ///   - producer: the organisation that builds the image and answers for it.
    ///   - helpers: the project's own programs in the image, which no package brings.
    package init(
        tool: String, version: String, builderID: String, producer: String? = nil, helpers: [Platform: [HelperBinary]] = [:],
        clock: @escaping @Sendable () -> Timestamp
    ) {
        self.producer = producer
        self.helpers = helpers
        self.tool = tool
        self.version = version
        self.builderID = builderID
        self.clock = clock
    }

    package static let buildType = "https://ashlar.dev/build/debian-image/v1"

    package func claims(about image: Image, job: BuildJob, findings: Findings, indexes: [IndexEvidence]) throws -> [Claim] {
        let inventory = Describer(tool: InventoryTool(name: tool, version: version), producer: producer).describe(image, recipe: job.recipe)
        let provenance = try provenance(of: inventory, image, job, indexes)
        var claims: [Claim] = []
        for (subject, platform) in [(image.index.digest, nil)] + image.platforms.map({ ($0.manifest.digest, Optional($0.platform)) }) {
            if let spdx = inventory.spdx(for: platform) {
                claims.append(Claim(subject: subject, predicateType: PredicateType.spdx, predicate: spdx.json))
            }
            if let cycloneDX = inventory.cyclonedx(for: platform) {
                claims.append(Claim(subject: subject, predicateType: PredicateType.cycloneDX, predicate: cycloneDX.json))
            }
            claims.append(Claim(subject: subject, predicateType: PredicateType.slsaProvenance, predicate: provenance))
        }
        for platform in image.platforms {
            claims.append(
                Claim(
                    subject: platform.manifest.digest, predicateType: PredicateType.testResult,
                    predicate: testResult(findings, platform: platform.platform.description, job)))
        }
        return claims
    }

    // SLSA provenance v1: what was asked for, and everything that went in.
    private func provenance(of inventory: Inventory, _ image: Image, _ job: BuildJob, _ indexes: [IndexEvidence]) throws -> JSON {
        var external: [String: JSON] = ["path": JSON(job.source.path), "stream": JSON(job.recipe.stream)]
        if let variant = job.recipe.variant { external["variant"] = JSON(variant) }
        if let repository = job.source.repository { external["repository"] = JSON(repository) }
        if let commit = job.source.commit { external["revision"] = JSON(commit) }
        var dependencies = [ResourceDescriptor(name: "recipe", uri: job.source.path, sha256: job.source.tree)]
        dependencies += indexes.compactMap { index in
            Digest(hex: index.sha256).map { ResourceDescriptor(name: index.path, uri: nil, sha256: $0) }
        }
        for package in inventory.platforms.flatMap(\.packages) {
            guard let digest = Digest(hex: package.sha256) else { continue }
            dependencies.append(ResourceDescriptor(name: nil, uri: package.purl.description, sha256: digest))
        }
        var seen: Set<ResourceDescriptor> = []
        dependencies = dependencies.filter { seen.insert($0).inserted }
        let waivers = indexes.compactMap { index in index.waiver.map { "\(index.archive): \($0)" } }
        let compiled = helpers.sorted { $0.key < $1.key }.flatMap { platform, binaries in
            binaries.map { "\($0.path) for \(platform): sha256:\(Digest.sha256(of: $0.bytes).hex) by \($0.compiler)" }
        }
        let definition = Provenance.BuildDefinition(
            buildType: Self.buildType, externalParameters: external,
            internalParameters: [
                "compressor": JSON(Assembler.compressorIdentity(job.recipe.compression)), "sourceDateEpoch": JSON(image.created.seconds),
                "helpers": JSON(compiled), "staleIndexesAccepted": JSON(waivers),
            ], resolvedDependencies: dependencies)
        let now = clock()
        let details = Provenance.RunDetails(
            builder: .init(id: builderID, version: [tool: version]),
            metadata: .init(invocationId: job.key.description, startedOn: nil, finishedOn: now),
            byproducts: [ResourceDescriptor(name: "lock", uri: nil, sha256: try CanonicalJSON.digest(of: job.lock))])
        return try Provenance(buildDefinition: definition, runDetails: details).predicate()
    }

    // https://github.com/in-toto/attestation/blob/main/spec/predicates/test-result.md
    private func testResult(_ findings: Findings, platform: String, _ job: BuildJob) -> JSON {
        let contract = findings.contract.filter { $0.platform == platform }
        let hardening = findings.hardening.filter { $0.platform.description == platform }
        let ran = contract.filter { $0.outcome != .notRun }
        let broken = Set(hardening.filter { $0.excepted == nil }.map(\.rule))
        let result = !broken.isEmpty || ran.contains { $0.outcome == .failed } ? "FAILED" : ran.count < contract.count ? "WARNED" : "PASSED"
        return [
            "result": JSON(result),
            "configuration": [["name": JSON(job.source.path), "digest": ["sha256": JSON(job.source.tree.hex)]]],
            "passedTests": JSON(
                findings.rules.filter { !broken.contains($0) }.map { "hardening/" + $0 }
                    + ran.filter { $0.outcome == .passed }.map { "contract/\($0.test) as \($0.user)" }),
            "warnedTests": JSON(
                hardening.compactMap { finding in finding.excepted.map { "hardening/\(finding.rule) /\(finding.path): excepted, \($0)" } }
                    + contract.filter { $0.outcome == .notRun }.map { "contract/\($0.test): not run, \($0.detail)" }),
            "failedTests": JSON(
                broken.sorted().map { "hardening/" + $0 } + ran.filter { $0.outcome == .failed }.map { "contract/" + $0.test }),
            "ashlar": [
                "enforced": JSON(Set(ran.flatMap(\.enforced)).sorted()), "missing": JSON(Set(ran.flatMap(\.missing)).sorted()),
            ],
        ]
    }
}
