// SPDX-License-Identifier: Apache-2.0
// https://cyclonedx.org/docs/1.6/json/
package import Base

/// A bill of materials as CycloneDX 1.6 JSON.
package struct CycloneDXDocument: Sendable {
    package static let mediaType = "application/vnd.cyclonedx+json"
    package static let predicateType = "https://cyclonedx.org/bom"

    private let bill: BillOfMaterials
    private var names = IdentifierTable()
    private var components: [JSON] = []
    private var dependencies: [JSON] = []
    private var containers: [String] = []
    private var packages: [String] = []

    package init(_ bill: BillOfMaterials) { self.bill = bill }

    /// The document as canonical JSON.
    package var bytes: [UInt8] { json.canonicalBytes }

    package var json: JSON {
        var copy = self
        return copy.write()
    }

    private mutating func write() -> JSON {
        let root = reference(bill.root)
        add(contentsOf: bill.root, root)
        let tool: [String: JSON] = ["type": "application", "name": JSON(bill.toolName), "version": JSON(bill.toolVersion)]
        var metadata: [String: JSON] = [
            "timestamp": JSON(bill.created.description), "lifecycles": [["phase": "build"]], "tools": ["components": [.object(tool)]],
            "component": .object(Self.members(bill.root, root)),
        ]
        if let producer = bill.producer {
            metadata["supplier"] = ["name": JSON(producer)]
            metadata["manufacturer"] = ["name": JSON(producer)]
        }
        if !bill.limits.isEmpty {
            metadata["properties"] = .array(bill.limits.map { ["name": "ashlar:limit", "value": JSON($0)] })
        }
        var compositions: [JSON] = [
            ["aggregate": "complete", "assemblies": JSON(containers)],
            ["aggregate": bill.hasAllDependencies ? "complete" : "incomplete", "dependencies": JSON(containers + packages)],
        ]
        // What a package holds inside, such as code copied from elsewhere, was not looked into.
        if !packages.isEmpty { compositions.append(["aggregate": "unknown", "assemblies": JSON(packages)]) }
        return [
            "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json", "bomFormat": "CycloneDX", "specVersion": "1.6",
            "serialNumber": JSON("urn:uuid:\(bill.identity(of: "CycloneDX-1.6"))"), "version": 1, "metadata": .object(metadata),
            "components": .array(components), "dependencies": .array(dependencies), "compositions": .array(compositions),
        ]
    }

    // The package URL where it is unique, so that VEX statements and other documents can point here; else the identifier before it.
    private mutating func reference(_ component: Component) -> String {
        let name = names.assign(component.identifier)
        guard let purl = component.purl else { return name }
        return names.assign(raw: purl.description) ?? "\(name)#\(purl)"
    }

    /// Writes what a component contains, and the edges. The list is flat, and containment an edge: scanners do not look into
    /// nested components, and an image whose packages are not seen would pass for one without findings.
    private mutating func add(contentsOf container: Component, _ reference: String) {
        var references: [String: String] = [:]
        let parts = container.contents.map { part in
            let name = self.reference(part)
            references[part.identifier] = name
            return (part, name)
        }
        containers.append(reference)
        depend(reference, on: parts.map(\.1))
        for (part, name) in parts {
            components.append(.object(Self.members(part, name)))
            if part.kind == .container {
                add(contentsOf: part, name)
            } else {
                if part.kind == .package { packages.append(name) }
                depend(name, on: part.dependsOn.compactMap { references[$0] })
            }
        }
    }

    private mutating func depend(_ reference: String, on others: [String]) {
        var members: [String: JSON] = ["ref": JSON(reference)]
        if !others.isEmpty { members["dependsOn"] = JSON(Set(others).sorted()) }
        dependencies.append(.object(members))
    }

    private static func members(_ component: Component, _ reference: String) -> [String: JSON] {
        var members: [String: JSON] = ["bom-ref": JSON(reference), "name": JSON(component.name), "type": JSON(type(component.kind))]
        members["version"] = component.version.map { JSON($0) }
        members["purl"] = component.purl.map { JSON($0.description) }
        members["hashes"] = component.sha256.map { [["alg": "SHA-256", "content": JSON($0)]] }
        members["supplier"] = component.supplier.map { name in
            name == "Debian" ? ["name": "Debian", "url": ["https://www.debian.org/"]] : ["name": JSON(name)]
        }
        members["publisher"] = component.maintainer.map { JSON($0) }
        members["description"] = component.summary.map { JSON($0) }
        members["copyright"] = component.copyright.map { JSON($0) }
        members["licenses"] = component.license.map { license in
            // A single identifier of the list has a form of its own, which more consumers read.
            if case .license(let name) = license, SPDXLicenseList.license(name) == name {
                return [["license": ["id": JSON(name), "acknowledgement": "declared"]]]
            }
            return [["expression": JSON(license.description), "acknowledgement": "declared"]]
        }
        if let homepage = component.homepage, isWebAddress(homepage) {
            members["externalReferences"] = [["type": "website", "url": JSON(homepage)]]
        }
        if let source = component.source {
            // An ancestor, not a component: a source is not in the image.
            members["pedigree"] = [
                "ancestors": [
                    [
                        "type": "library", "name": JSON(source.name), "version": JSON(source.version),
                        "purl": JSON(source.purl.description),
                    ]
                ]
            ]
        }
        let properties = component.properties + component.remarks.map { .init("ashlar:remark", $0) } + sourceProperties(component)
        if !properties.isEmpty {
            members["properties"] = .array(properties.map { ["name": JSON($0.name), "value": JSON($0.value)] })
        }
        return members
    }

    // Trivy matches advisories by source package and knows it by these names only, in three parts.
    private static func sourceProperties(_ component: Component) -> [Component.Property] {
        guard let source = component.source, component.purl?.type == "deb" else { return [] }
        var version = source.version[...]
        var properties = [Component.Property("aquasecurity:trivy:PkgType", "debian"), .init("aquasecurity:trivy:SrcName", source.name)]
        if let colon = version.firstIndex(of: ":") {
            properties.append(.init("aquasecurity:trivy:SrcEpoch", String(version[..<colon])))
            version = version[version.index(after: colon)...]
        }
        if let dash = version.lastIndex(of: "-") {
            properties.append(.init("aquasecurity:trivy:SrcRelease", String(version[version.index(after: dash)...])))
            version = version[..<dash]
        }
        properties.append(.init("aquasecurity:trivy:SrcVersion", String(version)))
        return properties
    }

    private static func type(_ kind: Component.Kind) -> String {
        switch kind {
        case .container: "container"
        case .operatingSystem: "operating-system"
        // Scanners take an `application` for a lock file of a programming language; every distribution package is a `library` to them.
        case .package: "library"
        case .file: "file"
        }
    }
}
