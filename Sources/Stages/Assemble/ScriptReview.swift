// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import Debian

/// Holds every maintainer script and trigger of the packages against the table of scripts. Nothing unread gets into an image.
struct ScriptReview {
    let table: ScriptTable
    let recipe: Recipe
    let blobs: any BlobStore

    /// How each script of each package was dealt with: package -> `postinst: emulated by ca-bundle`.
    func review(_ fragments: [LoadedFragment]) throws -> [String: [String]] {
        let steps = Set(recipe.steps.map(\.name))
        var outcome: [String: [String]] = [:]
        var problems: [Diagnosis] = []
        for fragment in fragments.sorted(by: { $0.manifest.package < $1.manifest.package }) {
            let name = fragment.manifest.package
            for script in fragment.manifest.scripts {
                switch table.classify(kind: script.kind, normalisedHash: script.hash) {
                case .ignored(let reason): outcome[name, default: []].append("\(script.kind): ignored, \(reason)")
                case .emulated(let needed):
                    for step in needed where !steps.contains(step) && !fragment.isPartial {
                        problems.append(AssembleError.missingStep(package: name, script: script.kind, step: step).diagnosis)
                    }
                    outcome[name, default: []].append("\(script.kind): emulated by \(needed.joined(separator: ", "))")
                case nil: problems.append(unclassified(fragment, script.kind, script.hash))
                }
            }
            guard let triggers = fragment.manifest.triggers else { continue }
            switch table.classifyTriggers(triggers) {
            case .ignored(let reasons): outcome[name, default: []] += reasons.map { "trigger \($0)" }
            case .unknown(let lines):
                problems += lines.map { unclassified(fragment, "triggers line `\($0)`", Digest.sha256(of: triggers)) }
            }
        }
        guard problems.isEmpty else { throw Diagnoses(problems) }
        return outcome
    }

    private func unclassified(_ fragment: LoadedFragment, _ kind: String, _ hash: Digest) -> Diagnosis {
        var text = fragment.manifest.triggers ?? ""
        if let bytes = try? blobs.read(fragment.parcel.digest), let deb = try? DebFile(bytes), let script = deb.scripts.first(where: { $0.name == kind }) {
            text = script.text
        }
        return AssembleError.unclassifiedScript(
            package: fragment.manifest.package, version: fragment.parcel.package.version, script: kind, hash: hash.hex, text: text
        ).diagnosis
    }
}
