// SPDX-License-Identifier: Apache-2.0
package import Artifacts
package import Assess
package import Base
import Describe
import Judge
import OCI
package import Records

/// Holds images against the catalog's `gate.yaml`: what was published, by its signed evidence, and what is about to be.
package struct ReleaseGate: Sendable {
    package let policy: GatePolicy
    let advisories: AdvisorySet
    let now: Timestamp

    package init(policy: GatePolicy, advisories: AdvisorySet, now: Timestamp) {
        self.policy = policy
        self.advisories = advisories
        self.now = now
    }

    /// A release, as its assessment, its bill of materials and its test results describe it.
    ///
    /// - Parameter sightings: when findings of its stream were first seen; see `RecordStore.sightings`.
    package func judge(_ assessment: Assessment, evidence: ReleaseEvidence, sightings: [RecordStore.Sighting]) -> GateVerdict {
        var image = GateCase(assessment: assessment, firstSeen: Self.keys(sightings))
        if let results = evidence.hardening {
            image.hardening = results.findings
            image.checked = results.checked
        }
        image.licences = evidence.licences
        return ReleaseJudge(policy: policy).judge(image, now: now)
    }

    /// An image that was built and checked, and is not published.
    package func judge(
        _ image: Image, _ findings: Findings, recipe: Recipe, lock: Lock, sightings: [RecordStore.Sighting]
    ) -> GateVerdict {
        let manifests = Dictionary(image.platforms.map { ($0.platform.description, $0.manifest.digest.description) }) { first, _ in first }
        let platforms = lock.components.compactMap { part in
            manifests[part.platform].map { PlatformPackages(platform: part.platform, manifest: $0, components: part.components) }
        }
        let subject = AssessmentSubject(
            name: recipe.reference, digest: image.index.digest.description, platforms: platforms)
        var judged = GateCase(
            assessment: Assessor().assess(subject, against: advisories, now: now), checked: Set(findings.rules),
            firstSeen: Self.keys(sightings))
        judged.hardening = findings.hardening.map {
            GateCase.Hardening(rule: $0.rule, platform: $0.platform.description, path: $0.path, excepted: $0.excepted)
        }
        // Reading every copyright file costs time that is spent only when somebody asks.
        if policy.licences.asks {
            let inventory = Describer(tool: InventoryTool(version: "")).describe(image, recipe: recipe)
            judged.licences = inventory.platforms.flatMap(\.packages).map {
                GateCase.License(package: $0.name, version: $0.version, expression: $0.license)
            }
        }
        return ReleaseJudge(policy: policy).judge(judged, now: now)
    }

    private static func keys(_ sightings: [RecordStore.Sighting]) -> [GateCase.FindingKey: Timestamp] {
        Dictionary(sightings.map { (GateCase.FindingKey(advisory: $0.advisory, source: $0.source), $0.first) }, uniquingKeysWith: min)
    }
}
