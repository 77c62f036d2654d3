// SPDX-License-Identifier: Apache-2.0
import Base
import Sigstore

/// What tells a claim that says something new from one that was only made again: the digest of its predicate without what differs
/// from run to run.
///
/// Left out are the times, the name and the program of a run, and the index that vouched for the packages on that day: the packages
/// themselves, the recipe, the parameters and the builder stay. So does how tests went, save for the number of the user that nobody
/// knows beforehand, as which each contract is tried a second time.
enum ClaimIdentity {
    static func digest(of predicate: JSON, type: String) -> Digest {
        switch type {
        case PredicateType.slsaProvenance: provenance(predicate).digest
        case PredicateType.spdx: spdx(predicate).digest
        case PredicateType.cycloneDX: cycloneDX(predicate).digest
        case PredicateType.testResult: testResult(predicate).digest
        case PredicateType.vulnerabilities, PredicateType.cosignVulnerabilities: scan(predicate).digest
        default: predicate.digest
        }
    }

    private static func provenance(_ predicate: JSON) -> JSON {
        var predicate = predicate
        predicate.change("runDetails") { details in
            details.change("metadata") { $0 = .null }
            details.change("builder") { builder in builder.change("version") { $0 = .null } }
        }
        predicate.change("buildDefinition") { definition in
            definition.change("resolvedDependencies") { dependencies in
                dependencies = .array(
                    (dependencies.array ?? []).filter { dependency in
                        dependency["name"]?.string != ProvenanceWriter.Name.program
                            && dependency["uri"]?.string?.hasSuffix("/InRelease") != true
                    })
            }
        }
        return predicate
    }

    // The names of the document hold the version of the program that wrote it.
    private static func spdx(_ predicate: JSON) -> JSON {
        var predicate = predicate
        predicate.change("documentNamespace") { $0 = .null }
        predicate.change("creationInfo") { info in
            info.change("creators") { creators in
                creators = .array((creators.array ?? []).filter { $0.string?.hasPrefix("Tool: ") != true })
            }
        }
        predicate.change("packages") { packages in
            packages = .array(
                (packages.array ?? []).map { package in
                    var package = package
                    package.change("annotations") { annotations in
                        annotations = .array(
                            (annotations.array ?? []).map { annotation in
                                var annotation = annotation
                                annotation.change("annotator") { $0 = .null }
                                return annotation
                            })
                    }
                    return package
                })
        }
        return predicate
    }

    // The report says which data was searched, and when it was last asked for: the time of the search adds nothing.
    private static func scan(_ predicate: JSON) -> JSON {
        var predicate = predicate
        predicate.change("metadata") { $0 = .null }
        predicate.change("scanner") { scanner in scanner.change("result") { report in report.change("assessed") { $0 = .null } } }
        return predicate
    }

    private static func testResult(_ predicate: JSON) -> JSON {
        var predicate = predicate
        for list in ["passedTests", "warnedTests", "failedTests"] {
            predicate.change(list) { tests in
                tests = .array((tests.array ?? []).map { $0.string.map { JSON(withoutUser($0)) } ?? $0 })
            }
        }
        return predicate
    }

    // `contract/starts as 1581029693:0` is `contract/starts as :0`.
    private static func withoutUser(_ test: String) -> String {
        guard test.hasSuffix(":0"), let word = test.dropLast(2).lastIndex(of: " "),
            let user = Int(test[test.index(after: word)...].dropLast(2)),
            user >= 100_000
        else { return test }
        return test[...word] + ":0"
    }

    private static func cycloneDX(_ predicate: JSON) -> JSON {
        var predicate = predicate
        predicate.change("serialNumber") { $0 = .null }
        predicate.change("metadata") { metadata in metadata.change("tools") { $0 = .null } }
        return predicate
    }
}

extension JSON {
    /// Changes a member of an object, where there is one.
    fileprivate mutating func change(_ name: String, _ body: (inout JSON) -> Void) {
        guard case .object(var members) = self, var member = members.removeValue(forKey: name) else { return }
        body(&member)
        members[name] = member
        self = .object(members)
    }
}
