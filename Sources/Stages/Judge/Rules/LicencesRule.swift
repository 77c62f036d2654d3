// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import SBOM

/// Whether every package may be had under licences that are accepted.
struct LicencesRule: GateRule {
    let name = GateRuleName.licences

    func questions(_ image: GateCase, _ policy: GatePolicy, now: Timestamp) -> [GateQuestion] {
        guard policy.licences.asks else { return [] }
        let remedy = "take the package out, accept its licence in gate.yaml, or except it with an owner and a day"
        guard let licences = image.licences else {
            return [
                GateQuestion(
                    setting: "licences", items: [], things: "", thing: "", certainty: .unknown,
                    doubts: ["no inventory with licences is at hand"],
                    remedy: "build the image here: its signed bill of materials says them")
            ]
        }
        var items: [GateQuestion.Item] = []
        let all = Set(licences).sorted { ($0.package, $0.version) < ($1.package, $1.version) }
        for license in all {
            let title = "\(license.package) \(license.version)"
            // Of claims that contradict each other each may be the true one.
            for claim in license.claims.isEmpty ? [nil] : license.claims {
                guard let expression = claim else {
                    guard policy.licences.unknown == .refuse else { continue }
                    items.append(.init(text: "\(title): its licence is not known", packages: [license.package], licences: ["unknown"]))
                    continue
                }
                let bad = Self.obstacles(expression, policy.licences)
                guard !bad.isEmpty else { continue }
                items.append(
                    .init(
                        text: "\(title): \(bad.joined(separator: ", ")), of \(expression) declared by its source",
                        packages: [license.package], licences: bad))
            }
        }
        return [
            GateQuestion(
                setting: "licences", items: items, things: "packages under licences that are not accepted",
                thing: "package under a licence that is not accepted", doubts: all.compactMap(\.contradiction), remedy: remedy)
        ]
    }

    /// What stands in the way of taking a package under an expression; empty when it may be taken.
    static func obstacles(_ expression: LicenseExpression, _ licences: GatePolicy.Licences) -> [String] {
        switch expression {
        case .license(let name):
            return accepts(name, nil, licences) ? [] : [name]
        case .exception(let name, let exception):
            return accepts(name, exception, licences) ? [] : ["\(name) WITH \(exception)"]
        case .all(let terms):
            var seen: Set<String> = []
            return terms.flatMap { obstacles($0, licences) }.filter { seen.insert($0).inserted }
        case .any(let terms):
            // One that may be chosen is enough; else the nearest to be so.
            return terms.map { obstacles($0, licences) }.min { $0.count < $1.count } ?? []
        }
    }

    // An exception to a licence only permits more. So who allows the licence allows it with one; who denies it denies both, unless
    // the two together are allowed by name.
    private static func accepts(_ name: String, _ exception: String?, _ licences: GatePolicy.Licences) -> Bool {
        let whole = exception.map { "\(name) WITH \($0)" }
        if let whole, names(whole, licences.deny) { return false }
        if let whole, licences.allow.contains(whole) { return true }
        if names(name, licences.deny) { return false }
        return licences.allow.isEmpty || names(name, licences.allow)
    }

    private static func names(_ name: String, _ list: [String]) -> Bool {
        list.contains { $0.hasSuffix("*") ? name.hasPrefix($0.dropLast()) : $0 == name }
    }
}
