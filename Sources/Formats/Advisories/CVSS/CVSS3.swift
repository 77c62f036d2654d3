// SPDX-License-Identifier: Apache-2.0
// https://www.first.org/cvss/v3.1/specification-document

/// Base, temporal and environmental score of a vector of version 3.0 or 3.1, in tenths.
package struct CVSS3: Hashable, Sendable {
    package let base: Int
    package let temporal: Int
    package let environmental: Int
    /// The one with everything that the vector sets.
    package let overall: Int

    private static let known: [String: String] = [
        "AV": "NALP", "AC": "LH", "PR": "NLH", "UI": "NR", "S": "UC", "C": "HLN", "I": "HLN", "A": "HLN",
        "RL": "XOTWU", "RC": "XURC", "CR": "XLMH", "IR": "XLMH", "AR": "XLMH",
        "MAV": "XNALP", "MAC": "XLH", "MPR": "XNLH", "MUI": "XNR", "MS": "XUC", "MC": "XHLN", "MI": "XHLN", "MA": "XHLN",
        "E": "XUPFH",
    ]
    private static let mandatory = ["AV", "AC", "PR", "UI", "S", "C", "I", "A"]

    package init(_ vector: String) throws(AdvisoriesError) {
        let metrics = try CVSS.metrics(vector, known: Self.known)
        if let missing = Self.mandatory.first(where: { metrics[$0] == nil }) { throw .badVector(vector, reason: "\(missing) is missing") }
        func value(_ name: String) -> Character { metrics[name] ?? "X" }
        func modified(_ name: String) -> Character { value("M" + name) == "X" ? value(name) : value("M" + name) }

        let impact = 1 - (1 - Self.impact(value("C"))) * (1 - Self.impact(value("I"))) * (1 - Self.impact(value("A")))
        let isChanged = value("S") == "C"
        let weight = isChanged ? 7.52 * (impact - 0.029) - 3.25 * Self.power(impact - 0.02, 15) : 6.42 * impact
        let ease = Self.ease(value("AV"), value("AC"), value("PR"), value("UI"), isChanged: isChanged)
        base = weight <= 0 ? 0 : Self.roundUp(min((isChanged ? 1.08 : 1) * (weight + ease), 10))
        let temporalFactor = Self.exploit(value("E")) * Self.remedy(value("RL")) * Self.confidence(value("RC"))
        temporal = Self.roundUp(Double(base) / 10 * temporalFactor)

        let needs = (Self.need(value("CR")), Self.need(value("IR")), Self.need(value("AR")))
        let hit = min(
            1 - (1 - needs.0 * Self.impact(modified("C"))) * (1 - needs.1 * Self.impact(modified("I")))
                * (1 - needs.2 * Self.impact(modified("A"))),
            0.915)
        let isModifiedChanged = modified("S") == "C"
        // The one formula in which the two versions differ.
        let correction = vector.hasPrefix("CVSS:3.0/") ? Self.power(hit - 0.02, 15) : Self.power(hit * 0.9731 - 0.02, 13)
        let modifiedWeight = isModifiedChanged ? 7.52 * (hit - 0.029) - 3.25 * correction : 6.42 * hit
        let modifiedEase = Self.ease(modified("AV"), modified("AC"), modified("PR"), modified("UI"), isChanged: isModifiedChanged)
        let inner = Self.roundUp(min((isModifiedChanged ? 1.08 : 1) * (modifiedWeight + modifiedEase), 10))
        environmental = modifiedWeight <= 0 ? 0 : Self.roundUp(Double(inner) / 10 * temporalFactor)

        let environment = ["CR", "IR", "AR"] + Self.mandatory.map { "M" + $0 }
        let time = ["E", "RL", "RC"]
        if environment.contains(where: { value($0) != "X" }) {
            overall = environmental
        } else {
            overall = time.contains { value($0) != "X" } ? temporal : base
        }
    }

    private static func ease(_ av: Character, _ ac: Character, _ pr: Character, _ ui: Character, isChanged: Bool) -> Double {
        let vector =
            switch av {
            case "N": 0.85;
            case "A": 0.62;
            case "L": 0.55;
            default: 0.2
            }
        let rights =
            switch pr {
            case "N": 0.85;
            case "L": isChanged ? 0.68 : 0.62;
            default: isChanged ? 0.5 : 0.27
            }
        return 8.22 * vector * (ac == "L" ? 0.77 : 0.44) * rights * (ui == "N" ? 0.85 : 0.62)
    }
    private static func impact(_ value: Character) -> Double { value == "H" ? 0.56 : value == "L" ? 0.22 : 0 }
    private static func need(_ value: Character) -> Double { value == "H" ? 1.5 : value == "L" ? 0.5 : 1 }
    private static func exploit(_ value: Character) -> Double {
        switch value {
        case "U": 0.91;
        case "P": 0.94;
        case "F": 0.97;
        default: 1
        }
    }
    private static func remedy(_ value: Character) -> Double {
        switch value {
        case "O": 0.95;
        case "T": 0.96;
        case "W": 0.97;
        default: 1
        }
    }
    private static func confidence(_ value: Character) -> Double {
        switch value {
        case "U": 0.92;
        case "R": 0.96;
        default: 1
        }
    }

    private static func power(_ base: Double, _ exponent: Int) -> Double { (0..<exponent).reduce(1.0) { result, _ in result * base } }

    // Appendix A: by integers, so that every machine rounds alike.
    private static func roundUp(_ value: Double) -> Int {
        let whole = Int((value * 100_000).rounded())
        return whole % 10_000 == 0 ? whole / 10_000 : whole / 10_000 + 1
    }
}
