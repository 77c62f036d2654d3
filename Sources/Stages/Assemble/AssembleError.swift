// SPDX-License-Identifier: Apache-2.0
package import Base

/// Why an image could not be put together.
package enum AssembleError: Diagnosable, Equatable {
    case malformedPackage(package: String, reason: String)
    case unsafePath(package: String, path: String, reason: String)
    case specialFile(package: String, path: String, kind: String)
    case unknownLayer(package: String, layer: String, known: [String])
    case duplicatePath(path: String, first: String, second: String)
    case unclassifiedScript(package: String, version: String, script: String, hash: String, text: String)
    case missingStep(package: String, script: String, step: String)
    case missingInput(step: String, path: String)
    case partialMatchesNothing(package: String, pattern: String)
    case versionUnknown(package: String)
    case missingHelper(name: String, platform: String)
    case recipeOverridesPackage(path: String, package: String)

    package var diagnosis: Diagnosis {
        switch self {
        case .malformedPackage(let package, let reason):
            Diagnosis(
                "assemble.malformed-package", .malformed, "expected a Debian package in \(package), found: \(reason)",
                remedy: "the file has the digest its lock names, so the archive published it like this; lock another version")
        case .unsafePath(let package, let path, let reason):
            Diagnosis(
                "assemble.unsafe-path", .untrusted, "\(package) holds the path \(path.debugDescription), which is refused: \(reason)",
                remedy: "do not use this package; report it to the archive's security team")
        case .specialFile(let package, let path, let kind):
            Diagnosis(
                "assemble.special-file", .untrusted, "\(package) holds a \(kind) at \(path); images take files, directories and links",
                remedy: "drop the path with a reason under contents.drop, or do not use this package")
        case .unknownLayer(let package, let layer, let known):
            Diagnosis(
                "assemble.unknown-layer", .conflict,
                "the lock puts \(package) into the layer \(layer.debugDescription), and the recipe has \(known.joined(separator: ", "))",
                remedy: "the lock is older than the recipe: run `ashlar resolve` for this image and review the difference")
        case .duplicatePath(let path, let first, let second):
            Diagnosis(
                "assemble.duplicate-path", .conflict, "both \(first) and \(second) hold \(path), and neither replaces the other",
                remedy: "exclude one of the packages, or drop the path with a reason under contents.drop")
        case .unclassifiedScript(let package, let version, "triggers", _, let text):
            Diagnosis(
                "assemble.unclassified-trigger", .policy,
                "the triggers of \(package) \(version) are not all in catalog/scripts.yaml, so nobody has said what they would do",
                remedy: "read what the trigger starts, then add its name and a reason under `triggers:`",
                notes: Self.shown(text))
        case .unclassifiedScript(let package, let version, let script, let hash, let text):
            Diagnosis(
                "assemble.unclassified-script", .policy,
                "the \(script) script of \(package) \(version) is not in catalog/scripts.yaml, so nobody has said what it would do",
                remedy: "read it, then add `{sha256: \(hash), script: \(script), packages: [\(package)], ignore: … or emulate: […]}`",
                notes: Self.shown(text))
        case .missingStep(let package, let script, let step):
            Diagnosis(
                "assemble.missing-step", .policy,
                "the \(script) script of \(package) is emulated by the step \(step), which the recipe lacks",
                remedy: "add \(step) under steps: of the recipe or its profile")
        case .missingInput(let step, let path):
            Diagnosis(
                "assemble.missing-input", .usage, "the step \(step) needs \(path), which is not in the image",
                remedy: "add the package that holds it to contents.packages, or remove the step")
        case .partialMatchesNothing(let package, let pattern):
            Diagnosis(
                "assemble.partial-matches-nothing", .usage, "`only: \(pattern)` matches no path of \(package)",
                remedy: "list the package's paths with `dpkg -c` and correct the pattern")
        case .versionUnknown(let package):
            Diagnosis(
                "assemble.version-unknown", .usage, "the version comes from the package \(package), which is not in the lock",
                remedy: "name a package of the image under `version: package:…`")
        case .missingHelper(let name, let platform):
            Diagnosis(
                "assemble.missing-helper", .unavailable, "the helper \(name) was not compiled for \(platform)",
                remedy: "install the cross compiler that `ashlar doctor` names")
        case .recipeOverridesPackage(let path, let package):
            Diagnosis(
                "assemble.recipe-overrides-package", .conflict, "the recipe writes \(path), which \(package) also holds",
                remedy: "drop the packaged file with a reason under contents.drop, then write your own")
        }
    }

    // A script is somebody else's text: it may be longer than a terminal is patient.
    private static func shown(_ text: String) -> [String] {
        text.split(separator: "\n", omittingEmptySubsequences: false).prefix(200).map { "| " + $0.prefix(200) }
    }
}
