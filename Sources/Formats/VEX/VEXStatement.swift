// SPDX-License-Identifier: Apache-2.0
// https://github.com/openvex/spec/blob/main/OPENVEX-SPEC.md (0.2.0); CISA, "Minimum Requirements for VEX"
package import Base

/// What a vulnerability means for a product.
package enum VEXStatus: String, Hashable, Sendable, Codable, CaseIterable, Comparable {
    case notAffected = "not_affected"
    case affected
    case fixed
    case underInvestigation = "under_investigation"
    package static func < (a: VEXStatus, b: VEXStatus) -> Bool { a.rawValue < b.rawValue }
    /// Whether a scanner hides the finding.
    package var settles: Bool { self == .notAffected || self == .fixed }
}

/// Why a product is not affected; the five of CISA's "VEX Status Justifications".
package enum VEXJustification: String, Hashable, Sendable, Codable, CaseIterable {
    case componentNotPresent = "component_not_present"
    case vulnerableCodeNotPresent = "vulnerable_code_not_present"
    case vulnerableCodeNotInExecutePath = "vulnerable_code_not_in_execute_path"
    case vulnerableCodeCannotBeControlledByAdversary = "vulnerable_code_cannot_be_controlled_by_adversary"
    case inlineMitigationsAlreadyExist = "inline_mitigations_already_exist"
}

/// What a statement is about: a package URL or another identifier, and the parts of it that are meant.
package struct VEXProduct: Hashable, Sendable, Codable {
    package var identifier: String
    /// Empty when the product as a whole is meant.
    package var subcomponents: [String]
    package init(_ identifier: String, subcomponents: [String] = []) {
        self.identifier = identifier
        self.subcomponents = subcomponents
    }
}

/// One status of one vulnerability for some products, whichever format it was written in.
package struct VEXStatement: Hashable, Sendable, Codable {
    /// An IRI, unique in the document; nil when the author gave none.
    package var id: String?
    package var vulnerability: String
    /// Other names of the same vulnerability, sorted.
    package var aliases: [String]
    package var products: [VEXProduct]
    package var status: VEXStatus
    package var justification: VEXJustification?
    /// How it was found out.
    package var notes: String?
    /// Why there is no impact, in words.
    package var impact: String?
    /// What its users should do.
    package var action: String?
    package var timestamp: Timestamp?
    package var lastUpdated: Timestamp?

    package init(
        id: String? = nil, vulnerability: String, aliases: [String] = [], products: [VEXProduct], status: VEXStatus,
        justification: VEXJustification? = nil, notes: String? = nil, impact: String? = nil, action: String? = nil,
        timestamp: Timestamp? = nil, lastUpdated: Timestamp? = nil
    ) {
        self.id = id
        self.vulnerability = vulnerability
        self.aliases = aliases
        self.products = products
        self.status = status
        self.justification = justification
        self.notes = notes
        self.impact = impact
        self.action = action
        self.timestamp = timestamp
        self.lastUpdated = lastUpdated
    }

    /// The rules over more than one field (specification 0.2.0, "Status Labels"); what was expected, or nil.
    package var problem: String? {
        switch status {
        case .notAffected:
            if justification == nil && impact == nil { return "a justification or an impact statement beside not_affected" }
            return action == nil ? nil : "no action statement beside not_affected"
        case .affected:
            if action == nil { return "an action statement beside affected" }
            return justification == nil && impact == nil ? nil : "no justification and no impact statement beside affected"
        case .fixed, .underInvestigation:
            return justification == nil && impact == nil && action == nil
                ? nil : "no justification, impact or action statement beside \(status.rawValue)"
        }
    }
}

/// Statements of one author.
package struct VEXDocument: Hashable, Sendable, Codable {
    /// An IRI.
    package var id: String
    package var author: String
    package var role: String?
    package var timestamp: Timestamp
    package var lastUpdated: Timestamp?
    /// Counts every change of the document.
    package var version: Int
    package var tooling: String?
    package var statements: [VEXStatement]

    package init(
        id: String, author: String, role: String? = nil, timestamp: Timestamp, lastUpdated: Timestamp? = nil, version: Int = 1,
        tooling: String? = nil, statements: [VEXStatement]
    ) {
        self.id = id
        self.author = author
        self.role = role
        self.timestamp = timestamp
        self.lastUpdated = lastUpdated
        self.version = version
        self.tooling = tooling
        self.statements = statements
    }
}

/// A document with what could not be used of it: one bad statement never drops its neighbours, nor itself in silence.
package struct VEXReading: Sendable, Hashable {
    package struct Refusal: Sendable, Hashable, Codable, CustomStringConvertible {
        /// `statements[3]`.
        package var place: String
        package var expected: String
        package var found: String
        package var description: String { "\(place): expected \(expected), found \(found)" }
    }
    /// `OpenVEX 0.2.0`, `CSAF 2.0`.
    package var format: String
    package var document: VEXDocument
    package var refused: [Refusal]
    package init(format: String, document: VEXDocument, refused: [Refusal]) {
        self.format = format
        self.document = document
        self.refused = refused
    }
}
