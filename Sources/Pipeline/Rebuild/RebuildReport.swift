// SPDX-License-Identifier: Apache-2.0
package import Base
package import OCI

/// What an independent rebuild found.
package struct RebuildReport: Hashable, Sendable {
    package enum Verdict: String, Hashable, Sendable {
        /// Every digest is the same.
        case identical
        /// Every file is the same: diff ids and configurations are equal, another version of the compressor packed them otherwise.
        case identicalContent = "identical-content"
        case different
    }

    /// The first thing in which one platform's image differs.
    package struct Difference: Hashable, Sendable {
        package var platform: String
        /// `layer 2 (image)`, `configuration`, `manifest`.
        package var place: String
        package var path: String?
        /// Who put the file there: a package, or a line of the recipe.
        package var owner: String?
        package var field: String
        package var expected: String
        package var found: String
        /// Further paths that differ.
        package var others: [String]
    }

    package struct PlatformResult: Hashable, Sendable {
        package var platform: Platform
        package var verdict: Verdict
        package var expected: Digest
        package var found: Digest
    }

    package var reference: String
    package var verdict: Verdict
    package var expected: Digest
    package var found: Digest
    package var platforms: [PlatformResult]
    package var differences: [Difference]
    /// What was checked about the inputs, one line each.
    package var checked: [String]
    /// What may explain a difference: other versions of the compressor, a compiler or this program.
    package var notes: [String]

    package var json: JSON {
        [
            "reference": JSON(reference), "verdict": JSON(verdict.rawValue), "expected": JSON(expected.description),
            "found": JSON(found.description), "checked": JSON(checked), "notes": JSON(notes),
            "platforms": .array(
                platforms.map {
                    [
                        "platform": JSON($0.platform.description), "verdict": JSON($0.verdict.rawValue),
                        "expected": JSON($0.expected.description), "found": JSON($0.found.description),
                    ]
                }),
            "differences": .array(
                differences.map {
                    [
                        "platform": JSON($0.platform), "place": JSON($0.place), "path": $0.path.map { JSON($0) } ?? .null,
                        "owner": $0.owner.map { JSON($0) } ?? .null, "field": JSON($0.field), "expected": JSON($0.expected),
                        "found": JSON($0.found), "others": JSON($0.others),
                    ]
                }),
        ]
    }
}
