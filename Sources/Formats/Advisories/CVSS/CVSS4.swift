// SPDX-License-Identifier: Apache-2.0
// https://www.first.org/cvss/v4.0/specification-document, section 8

/// The score of a vector of version 4.0, in tenths: the table's score of its macro vector, less its distance from the worst vector in it.
struct CVSS4 {
    let tenths: Int

    private static let known: [String: String] = [
        "AV": "NALP", "AC": "LH", "AT": "NP", "PR": "NLH", "UI": "NPA", "VC": "HLN", "VI": "HLN", "VA": "HLN", "SC": "HLN", "SI": "HLN",
        "SA": "HLN", "E": "XAPU", "CR": "XHML", "IR": "XHML", "AR": "XHML", "MAV": "XNALP", "MAC": "XLH", "MAT": "XNP", "MPR": "XNLH",
        "MUI": "XNPA", "MVC": "XHLN", "MVI": "XHLN", "MVA": "XHLN", "MSC": "XHLN", "MSI": "XSHLN", "MSA": "XSHLN", "S": "XNP", "AU": "XNY",
        "R": "XAUI", "V": "XDC", "RE": "XLMH",
    ]
    private static let mandatory = ["AV", "AC", "AT", "PR", "UI", "VC", "VI", "VA", "SC", "SI", "SA"]
    /// Values from the worst to the mildest: a distance is a difference of places.
    private static let levels: [String: String] = [
        "AV": "NALP", "PR": "NLH", "UI": "NPA", "AC": "LH", "AT": "NP", "VC": "HLN", "VI": "HLN", "VA": "HLN", "SC": "SHLN", "SI": "SHLN",
        "SA": "SHLN", "CR": "HML", "IR": "HML", "AR": "HML",
    ]

    init(_ vector: String) throws(AdvisoriesError) {
        // The one metric whose values are words.
        var plain = vector
        for word in ["Clear", "Green", "Amber", "Red", "X"] where plain.contains("/U:\(word)") { plain = plain.replacingLast("/U:\(word)") }
        let metrics = try CVSS.metrics(plain, known: Self.known)
        if let missing = Self.mandatory.first(where: { metrics[$0] == nil }) { throw .badVector(vector, reason: "\(missing) is missing") }
        func value(_ name: String) -> Character {
            if let changed = metrics["M" + name], changed != "X" { return changed }
            let value = metrics[name] ?? "X"
            guard value == "X" else { return value }
            // What is not known is taken as the worst.
            return name == "E" ? "A" : "H"
        }
        if ["VC", "VI", "VA", "SC", "SI", "SA"].allSatisfy({ value($0) == "N" }) {
            tenths = 0
            return
        }
        let macro = Self.macro(value)
        guard let score = CVSS4Table.score(macro) else { throw .badVector(vector, reason: "the table has no such macro vector") }
        let distances = Self.distances(macro, value)
        // How far the next milder macro vector is, for each group that has one.
        var lower: [(next: Int?, distance: Int, depth: Int)] = []
        func next(_ place: Int) -> Int? {
            var changed = macro
            changed[place] += 1
            return CVSS4Table.score(changed)
        }
        lower.append((next(0), distances[0], [1, 4, 5][macro[0]]))
        lower.append((next(1), distances[1], [1, 2][macro[1]]))
        let joint: Int?
        switch (macro[2], macro[5]) {
        case (0, 0): joint = [next(5), next(2)].compactMap(\.self).max()
        case (1, 0): joint = next(5)
        default: joint = next(2)
        }
        lower.append((joint, distances[2], macro[2] == 0 ? (macro[5] == 0 ? 7 : 6) : macro[2] == 1 ? 8 : 10))
        lower.append((next(3), distances[3], [6, 5, 4][macro[3]]))
        lower.append((next(4), 0, 1))
        let steps = lower.compactMap { group in
            group.next.map { Double(score - $0) * Double(group.distance) / Double(group.depth) }
        }
        let mean = steps.isEmpty ? 0 : steps.reduce(0, +) / Double(steps.count)
        tenths = max(0, min(100, Int((Double(score) - mean + 0.000_01).rounded(.toNearestOrAwayFromZero))))
    }

    // Tables 24 to 29: six digits.
    private static func macro(_ value: (String) -> Character) -> [Int] {
        let open = [value("AV"), value("PR"), value("UI")].filter { $0 == "N" }.count
        let eq1 = open == 3 ? 0 : open > 0 && value("AV") != "P" ? 1 : 2
        let eq2 = value("AC") == "L" && value("AT") == "N" ? 0 : 1
        let high = ["VC", "VI", "VA"].map { value($0) == "H" }
        let eq3 = high[0] && high[1] ? 0 : high.contains(true) ? 1 : 2
        let eq4 =
            value("SI") == "S" || value("SA") == "S" ? 0 : ["SC", "SI", "SA"].contains { value($0) == "H" } ? 1 : 2
        let eq5 = value("E") == "A" ? 0 : value("E") == "P" ? 1 : 2
        let eq6 = zip(["CR", "IR", "AR"], high).contains { value($0) == "H" && $1 } ? 0 : 1
        return [eq1, eq2, eq3, eq4, eq5, eq6]
    }

    // Distances of the groups 1, 2, 3 with 6, and 4 from the first of the worst vectors that is in no metric milder.
    private static func distances(_ macro: [Int], _ value: (String) -> Character) -> [Int] {
        for first in CVSS4Table.worst1[macro[0]] {
            for second in CVSS4Table.worst2[macro[1]] {
                for third in CVSS4Table.worst36[macro[2]][macro[5]] {
                    for fourth in CVSS4Table.worst4[macro[3]] {
                        let groups = [first, second, third, fourth].map { group in
                            group.map { name, worst in level(name, value(name)) - level(name, worst) }
                        }
                        if groups.joined().allSatisfy({ $0 >= 0 }) { return groups.map { $0.reduce(0, +) } }
                    }
                }
            }
        }
        return [0, 0, 0, 0]
    }

    private static func level(_ name: String, _ value: Character) -> Int {
        levels[name].flatMap { text in text.firstIndex(of: value).map { text.distance(from: text.startIndex, to: $0) } } ?? 0
    }
}

extension String {
    // `/U:Red` may stand once; what is left is checked like everything else.
    fileprivate func replacingLast(_ word: String) -> String {
        guard let start = indices.first(where: { self[$0...].hasPrefix(word) }) else { return self }
        let end = index(start, offsetBy: word.count)
        guard end == endIndex || self[end] == "/" else { return self }
        return String(self[..<start] + self[end...])
    }
}
