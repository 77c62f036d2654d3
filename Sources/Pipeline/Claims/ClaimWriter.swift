// SPDX-License-Identifier: Apache-2.0
package import Artifacts
package import Assemble
package import Base
import Describe
package import OCI
import SBOM
import Sigstore

/// Writes what is claimed about an image, to be signed: its SBOMs in both formats, its provenance, its test results.
package struct ClaimWriter: Sendable {
    let version: String
    let imprint: Imprint
    let provenance: ProvenanceWriter
    let helpers: [CompiledHelper]
    let clock: @Sendable () -> Timestamp

    private static let tool = "ashlar"

    /// - Parameters:
    ///   - builder: What kind of machine this is, as its operator says.
    ///   - program: The digest of the program that builds.
    ///   - imprint: Who publishes the image and answers for it.
    ///   - helpers: The project's own programs in the image, which no package brings.
    package init(
        version: String, builder: BuilderKind, program: Digest, imprint: Imprint = Imprint(),
        helpers: [Platform: [HelperBinary]] = [:], clock: @escaping @Sendable () -> Timestamp
    ) {
        self.version = version
        self.imprint = imprint
        self.clock = clock
        provenance = ProvenanceWriter(version: version, builder: builder, program: program, imprint: imprint, clock: clock)
        self.helpers = helpers.sorted { $0.key < $1.key }.flatMap { platform, binaries in
            binaries.map {
                CompiledHelper(
                    path: $0.path, platform: platform.description, digest: Digest.sha256(of: $0.bytes), compiler: $0.compiler)
            }
        }
    }

    /// What is in an image: what its SBOMs are spellings of, and what it is found by.
    package func inventory(of image: Image, _ recipe: Recipe) -> Inventory {
        Describer(tool: InventoryTool(name: Self.tool, version: version), producer: imprint.producer).describe(image, recipe: recipe)
    }

    package func claims(
        about image: Image, _ inventory: Inventory, job: BuildJob, findings: Findings, indexes: [IndexEvidence]
    ) throws -> [Claim] {
        let origin = try provenance.predicate(of: image, inventory, job, indexes, helpers: helpers)
        var claims: [Claim] = []
        for (subject, platform) in [(image.index.digest, nil)] + image.platforms.map({ ($0.manifest.digest, Optional($0.platform)) }) {
            if let spdx = inventory.spdx(for: platform) {
                claims.append(Claim(subject: subject, predicateType: PredicateType.spdx, predicate: spdx.json))
            }
            if let cycloneDX = inventory.cyclonedx(for: platform) {
                claims.append(Claim(subject: subject, predicateType: PredicateType.cycloneDX, predicate: cycloneDX.json))
            }
            claims.append(Claim(subject: subject, predicateType: PredicateType.slsaProvenance, predicate: origin))
        }
        for platform in image.platforms {
            claims.append(
                Claim(
                    subject: platform.manifest.digest, predicateType: PredicateType.testResult,
                    predicate: TestResultWriter.predicate(findings, platform: platform.platform.description, job.source)))
        }
        return claims
    }
}
