// SPDX-License-Identifier: Apache-2.0
// https://spdx.github.io/spdx-spec/v2.3/
package import Base

/// A bill of materials as SPDX 2.3 JSON.
package struct SPDXDocument: Sendable {
    package static let mediaType = "application/spdx+json"
    package static let predicateType = "https://spdx.dev/Document"

    private let bill: BillOfMaterials
    private var packages: [JSON] = []
    private var relationships: [JSON] = []
    private var names = IdentifierTable()
    private var sources: [String: String] = [:]

    package init(_ bill: BillOfMaterials) { self.bill = bill }

    /// The document as canonical JSON.
    package var bytes: [UInt8] { json.canonicalBytes }

    package var json: JSON {
        var copy = self
        return copy.write()
    }

    private mutating func write() -> JSON {
        relationships = []
        let root = add(bill.root)
        relate("SPDXRef-DOCUMENT", "DESCRIBES", root)
        var creators = ["Tool: \(bill.toolName)-\(bill.toolVersion)"]
        if let producer = bill.producer { creators.append("Organization: \(producer)") }
        var document: [String: JSON] = [
            "spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT", "name": JSON(bill.name),
            "documentNamespace": JSON("https://spdx.org/spdxdocs/\(bill.toolName)-\(bill.identity(of: "SPDX-2.3"))"),
            "creationInfo": [
                "created": JSON(bill.created.description), "creators": JSON(creators), "licenseListVersion": JSON(SPDXLicenseList.version),
                "comment": "Generation context: build. The tool that assembled the image wrote this from what it put in.",
            ],
            "packages": .array(packages), "relationships": .array(relationships),
        ]
        if !bill.limits.isEmpty { document["comment"] = JSON(bill.limits.joined(separator: "\n")) }
        if !bill.licenses.isEmpty {
            document["hasExtractedLicensingInfos"] = .array(
                bill.licenses.sorted().map {
                    ["licenseId": JSON($0.identifier), "name": JSON($0.name), "extractedText": JSON($0.text)]
                })
        }
        return .object(document)
    }

    private mutating func relate(_ from: String, _ kind: String, _ to: String) {
        relationships.append(["spdxElementId": JSON(from), "relationshipType": JSON(kind), "relatedSpdxElement": JSON(to)])
    }

    /// Writes a component and what it contains; gives its SPDX identifier.
    private mutating func add(_ component: Component) -> String {
        let identifier = names.assign("SPDXRef-\(Self.prefix(component.kind))-\(component.identifier)")
        packages.append(Self.package(component, identifier, annotator: "Tool: \(bill.toolName)-\(bill.toolVersion)", at: bill.created))
        var within: [String: String] = [:]
        for part in component.contents {
            let inner = add(part)
            within[part.identifier] = inner
            relate(identifier, "CONTAINS", inner)
        }
        for part in component.contents {
            guard let from = within[part.identifier] else { continue }
            for name in part.dependsOn {
                if let to = within[name] { relate(from, "DEPENDS_ON", to) }
            }
        }
        if let source = component.source { relate(identifier, "GENERATED_FROM", add(source)) }
        return identifier
    }

    // A source is not in the image. It carries no package URL, so that scanners which take every one in a document for an
    // installed package do not report it; `upstream` in the package URL of the binary names it for those that match by source.
    private mutating func add(_ source: Component.SourcePackage) -> String {
        let key = "\(source.name)@\(source.version)"
        if let known = sources[key] { return known }
        let identifier = names.assign("SPDXRef-Source-\(source.name)-\(source.version)")
        sources[key] = identifier
        packages.append([
            "SPDXID": JSON(identifier), "name": JSON(source.name), "versionInfo": JSON(source.version), "supplier": "Organization: Debian",
            "downloadLocation": "NOASSERTION", "filesAnalyzed": false, "licenseConcluded": "NOASSERTION", "licenseDeclared": "NOASSERTION",
            "copyrightText": "NOASSERTION", "primaryPackagePurpose": "SOURCE",
            "comment": "The source package that binaries in the image were built from. It is not in the image itself.",
            "externalRefs": [
                ["referenceCategory": "OTHER", "referenceType": "debian-source", "referenceLocator": JSON(source.purl.description)]
            ],
        ])
        return identifier
    }

    // Scanners tell the kinds apart by these beginnings.
    private static func prefix(_ kind: Component.Kind) -> String {
        switch kind {
        case .container: "ContainerImage"
        case .operatingSystem: "OperatingSystem"
        case .package: "Package"
        case .file: "File"
        }
    }

    private static func package(_ component: Component, _ identifier: String, annotator: String, at time: Timestamp) -> JSON {
        var members: [String: JSON] = [
            "SPDXID": JSON(identifier), "name": JSON(component.name), "downloadLocation": "NOASSERTION", "filesAnalyzed": false,
            "licenseConcluded": "NOASSERTION", "licenseDeclared": JSON(component.license?.description ?? "NOASSERTION"),
            "copyrightText": JSON(component.copyright ?? "NOASSERTION"),
            "supplier": JSON(component.supplier.map { "Organization: \($0)" } ?? "NOASSERTION"),
        ]
        members["versionInfo"] = component.version.map { JSON($0) }
        members["packageFileName"] = component.fileName.map { JSON($0) }
        members["checksums"] = component.sha256.map { [["algorithm": "SHA256", "checksumValue": JSON($0)]] }
        members["originator"] = component.maintainer.flatMap(person)
        if let homepage = component.homepage, isWebAddress(homepage) { members["homepage"] = JSON(homepage) }
        members["summary"] = component.summary.map { JSON($0) }
        members["description"] = component.details.map { JSON($0) }
        // Scanners that match advisories by source read this sentence.
        members["sourceInfo"] = component.source.map { JSON("built package from: \($0.name) \($0.version)") }
        members["externalRefs"] = component.purl.map {
            [["referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": JSON($0.description)]]
        }
        switch component.kind {
        case .container: members["primaryPackagePurpose"] = "CONTAINER"
        case .operatingSystem: members["primaryPackagePurpose"] = "OPERATING-SYSTEM"
        case .file: members["primaryPackagePurpose"] = "FILE"
        case .package: if component.isLibrary { members["primaryPackagePurpose"] = "LIBRARY" }
        }
        let facts = component.properties.map { "\($0.name)=\($0.value)" }.joined(separator: "\n")
        let notes = component.remarks + (facts.isEmpty ? [] : [facts])
        if !notes.isEmpty {
            members["annotations"] = .array(
                notes.map {
                    [
                        "annotationDate": JSON(time.description), "annotationType": "OTHER", "annotator": JSON(annotator),
                        "comment": JSON($0),
                    ]
                })
        }
        return .object(members)
    }

    // `Debian Apache Maintainers <a@b>` becomes `Organization: Debian Apache Maintainers (a@b)`: Debian does not say which
    // maintainers are people, and a team is not a person.
    private static func person(_ maintainer: String) -> JSON? {
        let (name, address) = Maintainer.parts(maintainer)
        guard !name.isEmpty else { return nil }
        let plain = name.utf8.contains(0x28) || name.utf8.contains(0x29) ? String(name.filter { $0 != "(" && $0 != ")" }) : name
        return JSON("Organization: \(plain)" + (address.isEmpty ? "" : " (\(address))"))
    }
}

/// `Name <address>`, the form of Debian's Maintainer field.
enum Maintainer {
    static func parts(_ text: String) -> (name: String, address: String) {
        guard let open = text.firstIndex(of: "<"), let close = text[open...].firstIndex(of: ">") else { return (text, "") }
        let name = text[..<open].utf8.reversed().drop { $0 == 0x20 }
        return (String(decoding: name.reversed(), as: UTF8.self), String(text[text.index(after: open)..<close]))
    }
}

/// Whether a text can stand where both formats want a web address: http or https, printable ASCII, no blank, no bracket or quote.
func isWebAddress(_ text: String) -> Bool {
    let bytes = Array(text.utf8)
    guard bytes.count <= 2048, text.hasPrefix("https://") || text.hasPrefix("http://"), bytes.count > 10 else { return false }
    return bytes.allSatisfy { (0x21...0x7E).contains($0) && !Array("<>\"{}|\\^`[]".utf8).contains($0) }
}
