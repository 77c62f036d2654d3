// SPDX-License-Identifier: Apache-2.0
// https://docs.oasis-open.org/csaf/csaf/v2.0/os/csaf-v2.0-os.html
import Base

extension CSAF {
    /// Reads the statements of a CSAF 2.0 document that may be hostile. Products without a package URL are known by their CPE or
    /// by nothing, and what is said about the latter is refused and told.
    package static func read(_ bytes: [UInt8], limits: VEXLimits = VEXLimits()) throws -> VEXReading {
        let json = try VEXFields.parse(bytes, limits)
        let about = json["document"]
        guard about?["csaf_version"]?.string == "2.0" else {
            throw VEXError.otherFormat(expected: "csaf_version 2.0", found: VEXFields.described(about?["csaf_version"]))
        }
        var reader = CSAFReading(limits)
        var document: VEXDocument
        do {
            let fields = reader.fields
            let tracking = about?["tracking"]
            guard let timestamp = try fields.time(tracking?["initial_release_date"], "initial_release_date") else {
                throw VEXFields.Refused(expected: "initial_release_date", found: "none")
            }
            let version = try fields.optional(tracking?["version"], "version")
            document = VEXDocument(
                id: try fields.text(tracking?["id"], "tracking.id"),
                author: try fields.text(about?["publisher"]?["name"], "publisher.name"),
                role: try fields.optional(about?["publisher"]?["category"], "publisher.category"), timestamp: timestamp,
                lastUpdated: try fields.time(tracking?["current_release_date"], "current_release_date"),
                version: version.flatMap { Int($0.prefix { $0 != "." }) } ?? 1, statements: [])
            try reader.products(json["product_tree"])
        } catch let refused as VEXFields.Refused {
            throw VEXError.malformed(at: "document", expected: refused.expected, found: refused.found)
        }
        guard let items = json["vulnerabilities"]?.array else {
            throw VEXError.malformed(at: "vulnerabilities", expected: "a list", found: VEXFields.described(json["vulnerabilities"]))
        }
        for (index, item) in items.enumerated() {
            let place = "vulnerabilities[\(index)]"
            do {
                document.statements += try reader.statements(item, place, document.lastUpdated ?? document.timestamp)
            } catch let problem as VEXFields.Refused {
                reader.refused.append(.init(place: place, expected: problem.expected, found: problem.found))
            }
            guard document.statements.count <= limits.statements else {
                throw VEXError.tooMany(what: "statements", limit: limits.statements)
            }
        }
        return VEXReading(format: "CSAF 2.0", document: document, refused: reader.refused)
    }
}

private struct CSAFReading {
    var fields: VEXFields
    var refused: [VEXReading.Refusal] = []
    private var known: [String: VEXProduct] = [:]

    init(_ limits: VEXLimits) { fields = VEXFields(limits) }

    // MARK: - Products

    mutating func products(_ tree: JSON?) throws {
        for product in tree?["full_product_names"]?.array ?? [] { try add(product, place: "full_product_names") }
        try branches(tree?["branches"])
        for relation in tree?["relationships"]?.array ?? [] {
            let name = try fields.text(relation["full_product_name"]?["product_id"], "product_id")
            let component = try fields.text(relation["product_reference"], "product_reference")
            let whole = try fields.text(relation["relates_to_product_reference"], "relates_to_product_reference")
            guard let part = known[component], let container = known[whole] else {
                refused.append(.init(place: "relationships", expected: "products that are defined", found: "\(component) in \(whole)"))
                continue
            }
            known[name] = VEXProduct(container.identifier, subcomponents: [part.identifier])
        }
    }

    private mutating func branches(_ json: JSON?) throws {
        for branch in json?.array ?? [] {
            if let product = branch["product"] { try add(product, place: "branches") }
            try branches(branch["branches"])
        }
    }

    private mutating func add(_ product: JSON, place: String) throws {
        let name = try fields.text(product["product_id"], "product_id")
        let helper = product["product_identification_helper"]
        do {
            known[name] = VEXProduct(try fields.identifier(helper?["purl"] ?? helper?["cpe"], "purl"))
        } catch let problem as VEXFields.Refused {
            refused.append(.init(place: "\(place): \(name.prefix(100))", expected: problem.expected, found: problem.found))
        }
    }

    // MARK: - Vulnerabilities

    mutating func statements(_ json: JSON, _ place: String, _ time: Timestamp) throws -> [VEXStatement] {
        var names: [String] = []
        if let cve = json["cve"] { names.append(try fields.vulnerability(cve, "cve")) }
        for other in json["ids"]?.array ?? [] { names.append(try fields.vulnerability(other["text"], "ids.text")) }
        guard let name = names.first else { throw VEXFields.Refused(expected: "a cve or an id", found: "none") }
        let labels = try texts(json["flags"], "label")
        let impacts = try texts(json["threats"], "details") { $0["category"]?.string == "impact" }
        let actions = try texts(json["remediations"], "details")
        let notes = try json["notes"]?.array?.first.flatMap { try fields.optional($0["text"], "notes.text") }

        // Products of the same meaning become one statement.
        var found: [VEXStatement: [VEXProduct]] = [:]
        for status in VEXStatus.allCases {
            let listed = json["product_status"]?[CSAF.label(status)]
            guard listed?.array?.count ?? 0 <= fields.limits.identifiers else {
                throw VEXFields.Refused(expected: "at most \(fields.limits.identifiers) products", found: "more")
            }
            for item in listed?.array ?? [] {
                let id = try fields.text(item, "product_status")
                guard let product = known[id] else {
                    refused.append(.init(place: place, expected: "a product with a package URL", found: "\"\(id.prefix(100))\""))
                    continue
                }
                let label = labels[id].flatMap(VEXJustification.init)
                var statement = VEXStatement(
                    vulnerability: name, aliases: names.dropFirst().sorted(), products: [], status: status, notes: notes, timestamp: time)
                if status == .notAffected { (statement.justification, statement.impact) = (label, impacts[id]) }
                if status == .affected { statement.action = actions[id] }
                if let problem = statement.problem {
                    refused.append(.init(place: "\(place): \(id.prefix(100))", expected: problem, found: "none"))
                    continue
                }
                found[statement, default: []].append(product)
            }
        }
        return found.map { statement, products in
            var statement = statement
            statement.products = products
            return statement
        }.sorted {
            ($0.status, $0.products[0].identifier, $0.justification?.rawValue ?? "") < (
                $1.status, $1.products[0].identifier, $1.justification?.rawValue ?? ""
            )
        }
    }

    // Product id -> the text that is given for it. What names groups only is not used.
    private func texts(_ json: JSON?, _ member: String, where isMeant: (JSON) -> Bool = { _ in true }) throws -> [String: String] {
        var texts: [String: String] = [:]
        for item in json?.array ?? [] where isMeant(item) {
            guard let text = try fields.optional(item[member], member) else { continue }
            for id in item["product_ids"]?.array ?? [] { texts[try fields.text(id, "product_ids")] = text }
        }
        return texts
    }
}
