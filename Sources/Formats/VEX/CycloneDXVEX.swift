// SPDX-License-Identifier: Apache-2.0
// https://cyclonedx.org/docs/1.6/json/#vulnerabilities
package import Base

/// Writes CycloneDX 1.6 VEX: a document of its own that points into the bill of materials.
package enum CycloneDXVEX {
    /// - Parameters:
    ///   - serial: `urn:uuid:…` of this document.
    ///   - reference: where a product, or a part of one, stands in a bill of materials: a BOM-Link. What has no place is left out.
    package static func json(
        _ document: VEXDocument, serial: String, toolVersion: String, reference: (_ product: String, _ part: String?) -> String?
    ) -> JSON {
        [
            "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json", "bomFormat": "CycloneDX", "specVersion": "1.6",
            "serialNumber": JSON(serial), "version": JSON(document.version),
            "metadata": [
                "timestamp": JSON((document.lastUpdated ?? document.timestamp).description),
                "authors": [["name": JSON(document.author)]],
                "tools": ["components": [["type": "application", "name": "ashlar", "version": JSON(toolVersion)]]],
            ],
            "vulnerabilities": .array(document.statements.compactMap { vulnerability($0, reference) }),
        ]
    }

    private static func vulnerability(_ statement: VEXStatement, _ reference: (String, String?) -> String?) -> JSON? {
        var places: Set<String> = []
        for product in statement.products {
            let found =
                product.subcomponents.isEmpty
                ? [reference(product.identifier, nil)] : product.subcomponents.map { reference(product.identifier, $0) }
            places.formUnion(found.compactMap(\.self))
        }
        guard !places.isEmpty else { return nil }
        var analysis: [String: JSON] = ["state": JSON(state(statement.status))]
        if let justification = statement.justification { analysis["justification"] = JSON(word(justification)) }
        let label = statement.justification.map { "\($0.rawValue): " } ?? ""
        let texts = [statement.impact, statement.notes].compactMap(\.self).joined(separator: "\n")
        if !label.isEmpty || !texts.isEmpty { analysis["detail"] = JSON(label + texts) }
        analysis["firstIssued"] = statement.timestamp.map { JSON($0.description) }
        analysis["lastUpdated"] = statement.lastUpdated.map { JSON($0.description) }
        var json: [String: JSON] = [
            "id": JSON(statement.vulnerability), "analysis": .object(analysis),
            "affects": .array(places.sorted().map { ["ref": JSON($0)] }),
        ]
        json["bom-ref"] = statement.id.map { JSON($0) }
        json["recommendation"] = statement.action.map { JSON($0) }
        if !statement.aliases.isEmpty {
            json["references"] = .array(statement.aliases.map { ["id": JSON($0), "source": ["name": "alias"]] })
        }
        return .object(json)
    }

    private static func state(_ status: VEXStatus) -> String {
        switch status {
        case .notAffected: "not_affected"
        case .affected: "exploitable"
        case .fixed: "resolved"
        case .underInvestigation: "in_triage"
        }
    }

    // The words differ; the detail keeps the one that was written.
    private static func word(_ justification: VEXJustification) -> String {
        switch justification {
        case .componentNotPresent, .vulnerableCodeNotPresent: "code_not_present"
        case .vulnerableCodeNotInExecutePath: "code_not_reachable"
        case .vulnerableCodeCannotBeControlledByAdversary: "requires_environment"
        case .inlineMitigationsAlreadyExist: "protected_by_mitigating_control"
        }
    }
}
