// SPDX-License-Identifier: Apache-2.0

/// Scores of the Common Vulnerability Scoring System, computed from vectors.
package enum CVSS {
    package enum Rating: String, Hashable, Sendable, CaseIterable {
        case none, low, medium, high, critical
        /// The bands of both versions; scores are in tenths.
        init(tenths: Int) {
            switch tenths {
            case ..<1: self = .none
            case ..<40: self = .low
            case ..<70: self = .medium
            case ..<90: self = .high
            default: self = .critical
            }
        }
    }
    package struct Score: Hashable, Sendable {
        /// `98` is 9.8.
        package let tenths: Int
        package var rating: Rating { Rating(tenths: tenths) }
    }

    /// The score of a vector of version 3.0, 3.1 or 4.0, with all the metrics that it sets.
    package static func score(_ vector: String) throws(AdvisoriesError) -> Score {
        guard vector.utf8.count <= 512 else { throw .badVector(vector, reason: "longer than 512 bytes") }
        if vector.hasPrefix("CVSS:4.0/") { return Score(tenths: try CVSS4(vector).tenths) }
        if vector.hasPrefix("CVSS:3.1/") || vector.hasPrefix("CVSS:3.0/") { return Score(tenths: try CVSS3(vector).overall) }
        throw .badVector(vector, reason: "another version")
    }

    /// The metrics behind the prefix; each at most once, with a value that it may have.
    static func metrics(_ vector: String, known: [String: String]) throws(AdvisoriesError) -> [String: Character] {
        var found: [String: Character] = [:]
        for part in vector.split(separator: "/", omittingEmptySubsequences: false).dropFirst() {
            let pair = part.split(separator: ":", omittingEmptySubsequences: false)
            guard pair.count == 2, let values = known[String(pair[0])], pair[1].count == 1, let value = pair[1].first,
                values.contains(value)
            else { throw .badVector(vector, reason: "`\(part)` is no metric of it") }
            guard found.updateValue(value, forKey: String(pair[0])) == nil else {
                throw .badVector(vector, reason: "\(pair[0]) stands twice")
            }
        }
        return found
    }
}
