// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import Debian
import OCI

/// Holds every maintainer script and trigger of the packages against the table of scripts. Nothing unread gets into an image.
struct ScriptReview {
    let table: ScriptTable
    let recipe: Recipe
    let platform: Platform

    /// How each script of each package was dealt with: package -> `postinst: emulated by ca-bundle`. All problems are told at once.
    func review(_ fragments: [LoadedFragment]) throws -> [String: [String]] {
        let steps = Set(recipe.steps.map(\.name))
        var outcome: [String: [String]] = [:]
        var problems: [Diagnosis] = []
        for fragment in fragments.filter({ $0.share == 0 }).sorted(by: { ImagePath.precedes($0.package.name, $1.package.name) }) {
            let package = fragment.package
            var told: [String] = []
            for script in fragment.manifest.scripts {
                if script.kind == "triggers" {
                    switch table.classifyTriggers(script.text) {
                    case .ignored(let reasons): told += reasons.map { "trigger \($0)" }
                    case .unknown(let lines): problems.append(unclassified(package, script, text: lines.joined(separator: "\n")))
                    }
                    continue
                }
                let hash = ScriptNormaliser.normalisedHash(script.bytes, package: package.name, triplet: platform.triplet)
                switch table.classify(kind: script.kind, normalisedHash: hash) {
                case .ignored(let reason): told.append("\(script.kind): ignored, \(reason)")
                case .emulated(let needed):
                    // Of a package that is taken in part, nothing may be left that the script would act on.
                    for step in needed where !steps.contains(step) && !fragment.isPartial {
                        problems.append(AssembleError.missingStep(package: package.name, script: script.kind, step: step).diagnosis)
                    }
                    told.append("\(script.kind): emulated by \(needed.joined(separator: ", "))")
                case nil: problems.append(unclassified(package, script, text: script.text, hash))
                }
            }
            if !told.isEmpty { outcome[package.name] = told }
        }
        guard problems.isEmpty else { throw Diagnoses(problems) }
        return outcome
    }

    private func unclassified(_ package: LockedPackage, _ script: Fragment.Script, text: String, _ hash: Digest? = nil) -> Diagnosis {
        AssembleError.unclassifiedScript(
            package: package.name, version: package.version, script: script.kind, hash: hash?.hex ?? "", text: text
        ).diagnosis
    }
}
