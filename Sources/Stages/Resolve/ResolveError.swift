// SPDX-License-Identifier: Apache-2.0
package import Artifacts
package import Base
package import Debian
package import OCI

/// Why a recipe has no lock, or a lock file is none.
package enum ResolveError: Diagnosable {
    /// A recipe asks for a package that no archive of the suite has.
    case unknownPackage(String, askedBy: String, recipe: String, platform: Platform, nearest: String?, at: Place?)
    /// A recipe asks for a name that packages only provide.
    case onlyProvided(String, by: [String], askedBy: String, recipe: String, at: Place?)
    /// A recipe excludes what it asks for.
    case requestedAndExcluded(String, askedBy: String, recipe: String, at: Place?)
    /// An exclusion that nothing needed on any platform.
    case unusedExclusion(String, recipe: String, nearest: String?, at: Place?)
    /// The package whose version names the image is not part of it.
    case versionPackageMissing(String, recipe: String, at: Place?)
    /// No choice of packages satisfies every relation.
    case unsatisfiable(recipe: String, platform: Platform, why: Refusal)
    /// The search was given up.
    case tooHard(recipe: String, platform: Platform, steps: Int)
    /// No index was given for a platform of the recipe.
    case noIndex(suite: String, platform: Platform)
    /// A package in the archive has a field that cannot be read.
    case badPackage(String, DebianError)
    /// A lock file of another format.
    case otherLockFormat(found: String)
    /// A lock file that does not hold what a lock must.
    case badLock(reason: String)

    package var diagnosis: Diagnosis {
        switch self {
        case .unknownPackage(let name, let layer, let recipe, let platform, let nearest, let place):
            Diagnosis(
                "resolve.unknown-package", .notFound,
                Self.at(place)
                    + "expected a package of the suite, found \(name), asked for by \(layer) of \(recipe), in no archive for \(platform)",
                remedy: nearest.map { "write \($0) if that is what you mean" }
                    ?? "correct the name, or add the archive that has it to the suite")
        case .onlyProvided(let name, let providers, let layer, let recipe, let place):
            Diagnosis(
                "resolve.only-provided", .notFound,
                Self.at(place)
                    + "expected the name of a package, found \(name), asked for by \(layer) of \(recipe), which packages only provide",
                remedy: "ask for one of them instead: \(providers.prefix(8).joined(separator: ", "))")
        case .requestedAndExcluded(let name, let layer, let recipe, let place):
            Diagnosis(
                "resolve.requested-and-excluded", .conflict,
                Self.at(place) + "expected \(name) to be asked for or excluded, found both: \(layer) of \(recipe) asks for it",
                remedy: "remove the exclusion of \(name), or the request")
        case .unusedExclusion(let name, let recipe, let nearest, let place):
            Diagnosis(
                "resolve.unused-exclusion", .conflict,
                Self.at(place) + "expected the exclusion of \(name) in \(recipe) to leave something out, found nothing that needs it",
                remedy: nearest.map { "write \($0) if that is what you mean, else remove the exclusion" }
                    ?? "remove the exclusion of \(name)")
        case .versionPackageMissing(let name, let recipe, let place):
            Diagnosis(
                "resolve.version-package-missing", .notFound,
                Self.at(place) + "expected \(name), whose version names \(recipe), among its packages, found it is not",
                remedy: "ask for \(name) under contents, or name another package under version")
        case .unsatisfiable(let recipe, let platform, let why):
            Diagnosis(
                "resolve.unsatisfiable", .conflict, "\(recipe) has no solution on \(platform): \(why.summary)", remedy: why.remedy,
                notes: why.chain)
        case .tooHard(let recipe, let platform, let steps):
            Diagnosis(
                "resolve.too-hard", .conflict, "expected a solution for \(recipe) on \(platform) within \(steps) steps, found none so far",
                remedy: "ask by name for the alternatives you want, so that less is left to search")
        case .noIndex(let suite, let platform):
            Diagnosis(
                "resolve.no-index", .unavailable, "expected a package index of \(suite) for \(platform), found none",
                remedy: "fetch the indexes of the suite for this platform, or remove it from the recipe's platforms")
        case .badPackage(let name, let error):
            Diagnosis(
                "resolve.bad-package", .malformed, "the package \(name) of the archive cannot be used: \(error.diagnosis.summary)",
                remedy: "exclude \(name), or report it to the archive")
        case .otherLockFormat(let found):
            Diagnosis(
                "resolve.other-lock-format", .malformed, "expected a lock in format ashlar/lock/v1, found “\(found.prefix(60))”",
                remedy: "delete the file and run `ashlar resolve` again, or use the version of Ashlar that wrote it")
        case .badLock(let reason):
            Diagnosis(
                "resolve.bad-lock", .malformed, "expected a lock file, found \(reason)",
                remedy: "restore the file from version control, or delete it and run `ashlar resolve` again")
        }
    }

    private static func at(_ place: Place?) -> String { place.map { "\($0): " } ?? "" }
}

/// The shortest reason why a search ended without a solution.
package struct Refusal: Hashable, Sendable {
    /// A package that could not be had, and what stood against it.
    package enum Cause: Hashable, Sendable {
        /// No archive has or provides the name.
        case missing(nearest: String?)
        /// The archives have it, but in no version that is wanted: `1.9 (trixie)`.
        case otherVersions([String])
        /// It is only provided, by packages that name no version or another.
        case providedOtherwise(by: [String])
        /// Each candidate is refused: `b 2 conflicts with a 1`.
        case conflicts([String])
    }

    /// Who needs it: `nginx 1.26`, or the layer that asks for it.
    package var owner: String
    /// What is needed: `libfoo (>= 2)`.
    package var relation: String
    package var cause: Cause
    /// How the owner came in, from the request down, one line each.
    package var chain: [String]

    var summary: String {
        let need = "\(owner) needs \(relation)"
        switch cause {
        case .missing: return "\(need), but no archive has it"
        case .otherVersions(let found): return "\(need), but there is only \(found.joined(separator: ", "))"
        case .providedOtherwise(let providers):
            return "\(need), but only in another version or without one is it provided by \(providers.prefix(4).joined(separator: ", "))"
        case .conflicts(let reasons): return "\(need), but \(reasons.prefix(4).joined(separator: "; "))"
        }
    }

    var remedy: String {
        switch cause {
        case .missing(let nearest?): return "if the archive misses it by mistake, wait for its next update; its nearest name is \(nearest)"
        case .missing, .otherVersions, .providedOtherwise:
            return "wait for the archive's next update, or exclude the package with a reason if the image works without it"
        case .conflicts: return "ask for one of the conflicting packages only, or exclude one with a reason"
        }
    }
}
