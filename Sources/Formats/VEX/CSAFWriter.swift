// SPDX-License-Identifier: Apache-2.0
// https://docs.oasis-open.org/csaf/csaf/v2.0/os/csaf-v2.0-os.html, profile 5 (VEX)
package import Base
import SBOM

/// Who publishes advisories (CSAF 2.0, 3.2.1.8).
package struct CSAFPublisher: Hashable, Sendable {
    package var name: String
    /// An address under the publisher's control that names it: `https://example.org`.
    package var namespace: String
    /// `vendor`, `user`, `other`, …
    package var category: String
    package var contact: String?
    package init(name: String, namespace: String, category: String = "vendor", contact: String? = nil) {
        self.name = name
        self.namespace = namespace
        self.category = category
        self.contact = contact
    }

    var json: JSON {
        var json: [String: JSON] = ["category": JSON(category), "name": JSON(name), "namespace": JSON(namespace)]
        json["contact_details"] = contact.map { JSON($0) }
        return .object(json)
    }
}

/// Writes CSAF 2.0 documents of the VEX profile.
package enum CSAF {
    /// - Parameter identifier: the tracking id; it decides the name of the file.
    package static func json(_ document: VEXDocument, title: String, identifier: String, publisher: CSAFPublisher) -> JSON {
        let updated = (document.lastUpdated ?? document.timestamp).description
        var tree = ProductTree()
        let vulnerabilities = vulnerabilities(document, &tree)
        let version = JSON("\(document.version)")
        return [
            "document": [
                "category": "csaf_vex", "csaf_version": "2.0", "publisher": publisher.json, "title": JSON(title), "lang": "en",
                "distribution": ["tlp": ["label": "WHITE"]],
                "tracking": [
                    "id": JSON(identifier), "status": "final", "version": version,
                    "initial_release_date": JSON(document.timestamp.description),
                    "current_release_date": JSON(updated),
                    "revision_history": .array(history(document, updated)),
                    "generator": ["engine": ["name": JSON(document.tooling ?? "ashlar")]],
                ],
            ],
            "product_tree": tree.json, "vulnerabilities": .array(vulnerabilities),
        ]
    }

    package static func bytes(_ document: VEXDocument, title: String, identifier: String, publisher: CSAFPublisher) -> [UInt8] {
        json(document, title: title, identifier: identifier, publisher: publisher).prettyBytes
    }

    /// The name of the file of a tracking id (5.1).
    package static func fileName(of identifier: String) -> String {
        var name: [UInt8] = []
        for byte in identifier.lowercased().utf8 {
            let isKept = (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte) || byte == 0x2B || byte == 0x2D
            if isKept { name.append(byte) } else if name.last != 0x5F { name.append(0x5F) }
        }
        return String(decoding: name, as: UTF8.self) + ".json"
    }

    // The history must name every version up to this one; of the earlier ones only the first has a date that is known.
    private static func history(_ document: VEXDocument, _ updated: String) -> [JSON] {
        (1...max(1, document.version)).map { number in
            let isLast = number == document.version
            return [
                "number": JSON("\(number)"), "date": JSON(isLast ? updated : document.timestamp.description),
                "summary": JSON(number == 1 ? "First version." : "Statements were added, changed or proved again."),
            ]
        }
    }

    private static func vulnerabilities(_ document: VEXDocument, _ tree: inout ProductTree) -> [JSON] {
        var order: [String] = []
        var groups: [String: [VEXStatement]] = [:]
        for statement in document.statements {
            if groups[statement.vulnerability] == nil { order.append(statement.vulnerability) }
            groups[statement.vulnerability, default: []].append(statement)
        }
        return order.sorted().map { vulnerability($0, groups[$0] ?? [], &tree) }
    }

    private static func vulnerability(_ name: String, _ statements: [VEXStatement], _ tree: inout ProductTree) -> JSON {
        // A product may have one status only (6.1.6); the later statement counts.
        var meaning: [String: VEXStatement] = [:]
        for statement in statements {
            for product in statement.products {
                for identifier in tree.identifiers(of: product) { meaning[identifier] = statement }
            }
        }
        var byStatement: [VEXStatement: [String]] = [:]
        for (product, statement) in meaning { byStatement[statement, default: []].append(product) }
        let groups = byStatement.map { (statement: $0.key, products: $0.value.sorted()) }.sorted { $0.products[0] < $1.products[0] }

        var status: [String: [String]] = [:]
        var flags: [JSON] = []
        var threats: [JSON] = []
        var remediations: [JSON] = []
        var notes: [JSON] = []
        for (statement, products) in groups {
            status[label(statement.status), default: []] += products
            if let justification = statement.justification {
                flags.append(["label": JSON(justification.rawValue), "product_ids": JSON(products)])
            }
            if let impact = statement.impact ?? (statement.status == .notAffected ? statement.notes : nil) {
                threats.append(["category": "impact", "details": JSON(impact), "product_ids": JSON(products)])
            }
            if let action = statement.action {
                remediations.append(["category": "workaround", "details": JSON(action), "product_ids": JSON(products)])
            }
            if let text = statement.notes { notes.append(["category": "details", "text": JSON(text)]) }
        }
        if notes.isEmpty { notes = [["category": "general", "text": JSON("What \(name) means for these images.")]] }
        var json: [String: JSON] = [
            "notes": .array(notes), "product_status": .object(status.mapValues { JSON($0.sorted()) }), "title": JSON(name),
        ]
        let aliases = Set(statements.flatMap(\.aliases)).sorted()
        let names = [name] + aliases
        let cve = names.first(where: isCVE)
        json["cve"] = cve.map { JSON($0) }
        let others = names.filter { $0 != cve }
        if !others.isEmpty { json["ids"] = .array(others.map { ["system_name": JSON(system($0)), "text": JSON($0)] }) }
        if !flags.isEmpty { json["flags"] = .array(flags) }
        if !threats.isEmpty { json["threats"] = .array(threats) }
        if !remediations.isEmpty { json["remediations"] = .array(remediations) }
        return .object(json)
    }

    static func label(_ status: VEXStatus) -> String {
        switch status {
        case .notAffected: "known_not_affected"
        case .affected: "known_affected"
        case .fixed: "fixed"
        case .underInvestigation: "under_investigation"
        }
    }

    static func isCVE(_ name: String) -> Bool {
        let parts = name.split(separator: "-", omittingEmptySubsequences: false)
        return parts.count == 3 && parts[0] == "CVE" && parts[1].utf8.count == 4 && parts[2].utf8.count >= 4
            && parts[1...].allSatisfy { $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }
    }

    private static func system(_ name: String) -> String {
        switch name.prefix(while: { $0 != "-" }) {
        case "DSA", "DLA", "DEBIAN", "TEMP": "Debian Security Tracker"
        case "GHSA": "GitHub Security Advisory"
        default: "OSV"
        }
    }
}

/// The products of a document and their parts, each with a name of its own.
private struct ProductTree {
    private var products: [String: String] = [:]
    private var relations: [String: (component: String, product: String)] = [:]

    /// The ids under which a product's status stands: its own, or one for each of its parts in it.
    mutating func identifiers(of product: VEXProduct) -> [String] {
        let whole = add(product.identifier)
        guard !product.subcomponents.isEmpty else { return [whole] }
        return product.subcomponents.map { part in
            let component = add(part)
            let identifier = "\(component)-in-\(whole)"
            relations[identifier] = (part, product.identifier)
            return identifier
        }
    }

    // Names that stay when other products come and go.
    private mutating func add(_ identifier: String) -> String {
        let name = "P-" + Digest.sha256(of: identifier).short
        products[identifier] = name
        return name
    }

    private func name(_ identifier: String) -> String { products[identifier] ?? "" }

    var json: JSON {
        let full = products.sorted { $0.key < $1.key }.map { Self.product(name: $0.key, id: $0.value, purl: $0.key) }
        var json: [String: JSON] = ["full_product_names": .array(full)]
        if !relations.isEmpty {
            json["relationships"] = .array(
                relations.sorted { $0.key < $1.key }.map { id, relation in
                    [
                        "category": "default_component_of", "product_reference": JSON(name(relation.component)),
                        "relates_to_product_reference": JSON(name(relation.product)),
                        "full_product_name": ["name": JSON("\(relation.component) in \(relation.product)"), "product_id": JSON(id)],
                    ]
                })
        }
        return .object(json)
    }

    private static func product(name: String, id: String, purl: String) -> JSON {
        var json: [String: JSON] = ["name": JSON(name), "product_id": JSON(id)]
        if purl.hasPrefix("pkg:") { json["product_identification_helper"] = ["purl": JSON(purl)] }
        return .object(json)
    }
}
