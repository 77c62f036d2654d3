// SPDX-License-Identifier: Apache-2.0
// https://github.com/openvex/spec/blob/main/OPENVEX-SPEC.md (0.2.0)
import Base

extension OpenVEX {
    /// Reads a document that may be hostile. A statement that breaks a rule is refused by itself and told.
    package static func read(_ bytes: [UInt8], limits: VEXLimits = VEXLimits()) throws -> VEXReading {
        let json = try VEXFields.parse(bytes, limits)
        guard let context = json["@context"]?.string, context == namespace || context.hasPrefix(namespace + "/") else {
            throw VEXError.otherFormat(expected: "@context \(OpenVEX.context)", found: VEXFields.described(json["@context"]))
        }
        guard context == OpenVEX.context else {
            throw VEXError.otherFormat(expected: "OpenVEX 0.2.0", found: "@context \(context)")
        }
        var fields = VEXFields(limits)
        var document: VEXDocument
        do {
            guard let timestamp = try fields.time(json["timestamp"], "timestamp") else {
                throw VEXFields.Refused(expected: "a timestamp", found: "none")
            }
            document = VEXDocument(
                id: try fields.text(json["@id"], "@id"), author: try fields.text(json["author"], "author"),
                role: try fields.optional(json["role"], "role"), timestamp: timestamp,
                lastUpdated: try fields.time(json["last_updated"], "last_updated"), version: json["version"]?.int ?? 1,
                tooling: try fields.optional(json["tooling"], "tooling"), statements: [])
        } catch let refused as VEXFields.Refused {
            throw VEXError.malformed(at: "the document", expected: refused.expected, found: refused.found)
        }
        guard let items = json["statements"]?.array else {
            throw VEXError.malformed(at: "statements", expected: "a list", found: VEXFields.described(json["statements"]))
        }
        guard items.count <= limits.statements else { throw VEXError.tooMany(what: "statements", limit: limits.statements) }
        var refused: [VEXReading.Refusal] = []
        for (index, item) in items.enumerated() {
            do {
                let statement = try statement(item, &fields)
                if let problem = statement.problem { throw VEXFields.Refused(expected: problem, found: "another") }
                document.statements.append(statement)
            } catch let problem as VEXFields.Refused {
                refused.append(.init(place: "statements[\(index)]", expected: problem.expected, found: problem.found))
            }
        }
        return VEXReading(format: "OpenVEX 0.2.0", document: document, refused: refused)
    }

    private static func statement(_ json: JSON, _ fields: inout VEXFields) throws -> VEXStatement {
        guard json.object != nil else { throw VEXFields.Refused(expected: "a statement", found: VEXFields.described(json)) }
        let named = json["vulnerability"]
        // Before 0.2.0 the name stood there itself, and some still write it so.
        let name = try fields.vulnerability(named?["name"] ?? (named?.object == nil ? named : nil), "vulnerability.name")
        var aliases: [String] = []
        for alias in named?["aliases"]?.array ?? [] { aliases.append(try fields.vulnerability(alias, "vulnerability.aliases")) }
        let label = try fields.text(json["status"], "status")
        guard let status = VEXStatus(rawValue: label) else {
            throw VEXFields.Refused(expected: "one of the four statuses", found: "\"\(label.prefix(60))\"")
        }
        var justification: VEXJustification?
        if let text = try fields.optional(json["justification"], "justification") {
            justification = VEXJustification(rawValue: text)
            if justification == nil { throw VEXFields.Refused(expected: "one of the five justifications", found: "\"\(text.prefix(60))\"") }
        }
        guard let items = json["products"]?.array, !items.isEmpty else {
            throw VEXFields.Refused(expected: "products", found: VEXFields.described(json["products"]))
        }
        return VEXStatement(
            id: try fields.optional(json["@id"], "@id"), vulnerability: name, aliases: aliases.sorted(),
            products: try products(items, &fields), status: status, justification: justification,
            notes: try fields.optional(json["status_notes"], "status_notes"),
            impact: try fields.optional(json["impact_statement"], "impact_statement"),
            action: try fields.optional(json["action_statement"], "action_statement"),
            timestamp: try fields.time(json["timestamp"], "timestamp"), lastUpdated: try fields.time(json["last_updated"], "last_updated"))
    }

    private static func products(_ items: [JSON], _ fields: inout VEXFields) throws -> [VEXProduct] {
        var count = 0
        func counted(_ more: Int) throws {
            count += more
            guard count <= fields.limits.identifiers else {
                throw VEXFields.Refused(expected: "at most \(fields.limits.identifiers) identifiers in a statement", found: "more")
            }
        }
        try counted(items.count)
        var products: [VEXProduct] = []
        for item in items {
            var product = VEXProduct(try identifier(item, &fields))
            let parts = item["subcomponents"]
            if let parts, !parts.isNull, parts.array == nil {
                throw VEXFields.Refused(expected: "a list of subcomponents", found: VEXFields.described(parts))
            }
            try counted(parts?.array?.count ?? 0)
            for part in parts?.array ?? [] { product.subcomponents.append(try identifier(part, &fields)) }
            products.append(product)
        }
        return products
    }

    // A package URL among the identifiers says more than an @id that may be any IRI.
    private static func identifier(_ json: JSON, _ fields: inout VEXFields) throws -> String {
        if json.string != nil { return try fields.identifier(json, "@id") }
        return try fields.identifier(json["identifiers"]?["purl"] ?? json["@id"], "@id")
    }
}
