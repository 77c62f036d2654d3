// SPDX-License-Identifier: Apache-2.0
// https://github.com/openvex/spec/blob/main/OPENVEX-SPEC.md (0.2.0)
package import Base

/// Writes OpenVEX 0.2.0.
package enum OpenVEX {
    package static let context = "https://openvex.dev/ns/v0.2.0"
    /// Of `@context`, of every version.
    static let namespace = "https://openvex.dev/ns"

    /// The document as JSON; equal documents give equal values. The order of the statements is kept: of two about the same, the
    /// later one counts.
    package static func json(_ document: VEXDocument) -> JSON {
        var json: [String: JSON] = [
            "@context": JSON(context), "@id": JSON(document.id), "author": JSON(document.author),
            "timestamp": JSON(document.timestamp.description), "version": JSON(document.version),
            "statements": .array(document.statements.map(json)),
        ]
        json["role"] = document.role.map { JSON($0) }
        json["last_updated"] = document.lastUpdated.map { JSON($0.description) }
        json["tooling"] = document.tooling.map { JSON($0) }
        return .object(json)
    }

    package static func bytes(_ document: VEXDocument) -> [UInt8] { json(document).canonicalBytes }

    private static func json(_ statement: VEXStatement) -> JSON {
        var vulnerability: [String: JSON] = ["name": JSON(statement.vulnerability)]
        if !statement.aliases.isEmpty { vulnerability["aliases"] = JSON(statement.aliases) }
        var json: [String: JSON] = [
            "vulnerability": .object(vulnerability), "status": JSON(statement.status.rawValue),
            "products": .array(statement.products.map(json)),
        ]
        json["@id"] = statement.id.map { JSON($0) }
        json["justification"] = statement.justification.map { JSON($0.rawValue) }
        json["status_notes"] = statement.notes.map { JSON($0) }
        json["impact_statement"] = statement.impact.map { JSON($0) }
        json["action_statement"] = statement.action.map { JSON($0) }
        if statement.action != nil { json["action_statement_timestamp"] = statement.timestamp.map { JSON($0.description) } }
        json["timestamp"] = statement.timestamp.map { JSON($0.description) }
        json["last_updated"] = statement.lastUpdated.map { JSON($0.description) }
        return .object(json)
    }

    private static func json(_ product: VEXProduct) -> JSON {
        var json = identified(product.identifier)
        if !product.subcomponents.isEmpty { json["subcomponents"] = .array(product.subcomponents.map { .object(identified($0)) }) }
        return .object(json)
    }

    // Tools compare the one or the other.
    private static func identified(_ identifier: String) -> [String: JSON] {
        var json: [String: JSON] = ["@id": JSON(identifier)]
        if identifier.hasPrefix("pkg:") { json["identifiers"] = ["purl": JSON(identifier)] }
        return json
    }
}
