// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import Sigstore

/// A provenance says what is expected of builder, source, build type and parameters.
///
/// An image that was built again to the same bytes has several, each true of its own build: one that is as expected is enough, and
/// what the others say is told.
enum ProvenanceCheck: VerificationCheck {
    static let name = "provenance"

    static func examine(_ exhibit: Exhibit, _ policy: VerificationPolicy) -> CheckResult {
        let predicates = exhibit.provenances
        guard !predicates.isEmpty else {
            guard policy.expectations != nil else { return .skipped(name, "there is none") }
            return CheckResult(name, reasons: ["there is no provenance that could be compared with what is expected"])
        }
        var result = CheckResult(name)
        var mismatches: [[String]] = []
        for predicate in predicates {
            guard let provenance = try? CanonicalJSON.decode(Provenance.self, from: predicate) else {
                result.reasons.append("the provenance is signed, and is not SLSA provenance v1")
                continue
            }
            let definition = provenance.buildDefinition
            let builder = provenance.runDetails.builder.id
            result.evidence.append("built by \(builder.prefix(200)), build type \(definition.buildType.prefix(200))")
            let parameters = definition.externalParameters.sorted { $0.key < $1.key }
            result.evidence += parameters.prefix(32).map { "\($0.key.prefix(80)): \($0.value.canonicalText.prefix(200))" }
            if builder.split(separator: "/").contains("workstation") {
                result.warnings.append("it was built on a workstation: whoever controls that machine controls what the provenance says")
            }
            if definition.buildType == Provenance.rebaseType {
                result.evidence += rebase(definition)
            } else if definition.externalParameters["revision"] == nil {
                result.warnings.append(
                    "its provenance names no revision: the catalog had local changes, or lay in no repository with an address others can reach"
                )
            }
            if let expectations = policy.expectations { mismatches.append(expectations.mismatches(with: facts(provenance))) }
        }
        if mismatches.contains(where: \.isEmpty) {
            result.warnings += mismatches.joined().map { "\(exhibit.file.title): another build of the same image: \($0)" }
        } else {
            result.reasons += mismatches.joined()
        }
        if policy.expectations != nil, result.reasons.isEmpty { result.evidence.append("as the file of expectations demands") }
        return result
    }

    // What it was before, and what it stood on: whoever trusts it trusts the application that somebody built.
    private static func rebase(_ definition: Provenance.BuildDefinition) -> [String] {
        let inputs = definition.resolvedDependencies ?? []
        return ["application", "old-base", "new-base"].compactMap { name in
            guard let input = inputs.first(where: { $0.name == name }), let digest = input.digest?["sha256"] else { return nil }
            return "\(name): \((input.uri ?? "").prefix(200)) sha256:\(digest.prefix(64))"
        }
    }

    private static func facts(_ provenance: Provenance) -> Expectations.Facts {
        Expectations.Facts(
            builder: provenance.runDetails.builder.id, buildType: provenance.buildDefinition.buildType,
            parameters: provenance.buildDefinition.externalParameters)
    }
}
