// SPDX-License-Identifier: Apache-2.0
import Base
import Judge
import OCI
import SBOM
import Sigstore

/// What the signed evidence of a release says of files and licences.
extension ReleaseEvidence {
    /// The results of the hardening rules on every platform; nil when one platform has none that is signed.
    var hardening: (findings: [GateCase.Hardening], checked: Set<String>)? {
        var findings: [GateCase.Hardening] = []
        var checked: Set<String>?
        for platform in platforms {
            let all = (claims[platform.manifest.digest] ?? []).filter { $0.predicateType == PredicateType.testResult }.map(\.predicate)
            // After a change of the recipe there may be one of each state; the newest provenance names the recipe's.
            let own = all.filter { $0["configuration"]?[0]?["digest"]?["sha256"]?.string == recipeTree?.hex }
            let results = own.isEmpty ? all : own
            guard !results.isEmpty else { return nil }
            var rules: Set<String> = []
            for result in results {
                for text in (result["passedTests"]?.array ?? []).compactMap(\.string) {
                    if let rule = Self.rule(text) { rules.insert(rule) }
                }
                for text in (result["failedTests"]?.array ?? []).compactMap(\.string) {
                    guard let rule = Self.rule(text) else { continue }
                    rules.insert(rule)
                    findings.append(.init(rule: rule, platform: platform.platform.description, path: "", excepted: nil))
                }
                for text in (result["warnedTests"]?.array ?? []).compactMap(\.string) {
                    guard let (rule, path, reason) = Self.excepted(text) else { continue }
                    findings.append(.init(rule: rule, platform: platform.platform.description, path: path, excepted: reason))
                }
            }
            checked = checked.map { $0.intersection(rules) } ?? rules
        }
        return checked.map { (Array(Set(findings)).sorted { ($0.rule, $0.platform, $0.path) < ($1.rule, $1.platform, $1.path) }, $0) }
    }

    /// The packages of every platform with what all its bills of materials claim of their licences; nil when one platform has no bill that
    /// is signed.
    var licences: [GateCase.License]? {
        var licences: Set<GateCase.License> = []
        for platform in platforms {
            let bills = (claims[platform.manifest.digest] ?? []).filter { $0.predicateType == PredicateType.cycloneDX }.map(\.predicate)
            guard !bills.isEmpty else { return nil }
            licences.formUnion(Self.licences(in: bills))
        }
        return licences.sorted { ($0.package, $0.version) < ($1.package, $1.version) }
    }

    /// The packages that bills of one platform name. One bill's silence contradicts no other's word.
    static func licences(in bills: [JSON]) -> [GateCase.License] {
        var claims: [[String]: [LicenseExpression?]] = [:]
        for component in bills.flatMap({ $0["components"]?.array ?? [] }) {
            guard component["purl"]?.string?.hasPrefix("pkg:deb/") == true, let name = component["name"]?.string else { continue }
            claims[[name, component["version"]?.string ?? ""], default: []] += Self.claims(of: component)
        }
        return claims.map { GateCase.License(package: $0.key[0], version: $0.key[1], claims: $0.value) }
            .sorted { ($0.package, $0.version) < ($1.package, $1.version) }
    }

    // CycloneDX 1.6, licenses: of several that are acknowledged alike each holds; what is declared and what is concluded may differ.
    private static func claims(of component: JSON) -> [LicenseExpression?] {
        var groups: [String: [LicenseExpression?]] = [:]
        for entry in component["licenses"]?.array ?? [] {
            let text = entry["license"]?["id"]?.string ?? entry["expression"]?.string
            let kind = (entry["license"]?["acknowledgement"] ?? entry["acknowledgement"])?.string ?? ""
            groups[kind, default: []].append(text.flatMap { try? LicenseExpression($0) })
        }
        return groups.values.map { group in
            group.contains(nil) ? nil : LicenseExpression.joining(all: group.compactMap(\.self).sorted { "\($0)" < "\($1)" })
        }
    }

    // `hardening/no-shell`
    static func rule(_ text: String) -> String? {
        text.hasPrefix("hardening/") ? String(text.dropFirst("hardening/".count)) : nil
    }

    // `hardening/no-shell /usr/bin/sh: excepted, this image is the shell`
    static func excepted(_ text: String) -> (rule: String, path: String, reason: String)? {
        guard let rest = rule(text), let space = rest.firstIndex(of: " "), let word = rest.firstRange(of: ": excepted, ") else {
            return nil
        }
        guard space < word.lowerBound else { return nil }
        let path = rest[rest.index(after: space)..<word.lowerBound].drop { $0 == "/" }
        return (String(rest[..<space]), String(path), String(rest[word.upperBound...]))
    }
}
