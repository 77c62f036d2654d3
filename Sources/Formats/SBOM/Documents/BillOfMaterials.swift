// SPDX-License-Identifier: Apache-2.0
package import Base

/// What SPDX and CycloneDX both say, before it is put into the words of one of them.
///
/// Equal values give equal documents: no clock, no random identifier.
package struct BillOfMaterials: Hashable, Sendable {
    /// The document's name: `python 3.13.5 linux/amd64`.
    package var name: String
    /// What the document is about; the identity of the document derives from it and the tool.
    package var subject: Digest
    package var created: Timestamp
    package var toolName: String
    package var toolVersion: String
    /// The organisation that builds the image and answers for it; nil when it was not told.
    package var producer: String?
    /// The image, which contains everything else.
    package var root: Component
    /// Texts of every `LicenseRef-` that a component names.
    package var licenses: [ExtractedLicense]
    /// One sentence for each thing that this document knows it does not know.
    package var limits: [String]
    /// False when something depends on what was left out on purpose.
    package var hasAllDependencies: Bool

    package init(
        name: String, subject: Digest, created: Timestamp, toolName: String, toolVersion: String, producer: String?, root: Component,
        licenses: [ExtractedLicense], limits: [String],
        hasAllDependencies: Bool = true
    ) {
        self.name = name
        self.subject = subject
        self.created = created
        self.toolName = toolName
        self.toolVersion = toolVersion
        self.producer = producer
        self.root = root
        self.licenses = licenses
        self.limits = limits
        self.hasAllDependencies = hasAllDependencies
    }

    /// A UUID that says nothing but "this document": version 8 over SHA-256, as RFC 9562 appendix B.2 shows.
    func identity(of format: String) -> String {
        let name = [format, toolName, toolVersion, subject.description].joined(separator: "\n")
        var bytes = Array(Digest.sha256(of: name).bytes.prefix(16))
        bytes[6] = 0x80 | bytes[6] & 0x0F
        bytes[8] = 0x80 | bytes[8] & 0x3F
        let hex = Array(Hex.encode(bytes))
        return [hex[0..<8], hex[8..<12], hex[12..<16], hex[16..<20], hex[20..<32]].map { String($0) }.joined(separator: "-")
    }
}

/// One thing in a bill of materials.
package struct Component: Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        case container, operatingSystem, package, file
    }
    /// Names the component within the document: `libc6`, `linux-arm64-libc6`. Letters, digits, dots and dashes; anything else is
    /// replaced, and a name that is taken gets a number.
    package var identifier: String
    package var kind: Kind
    package var name: String
    package var version: String?
    package var purl: PackageURL?
    /// SHA-256 in hexadecimal: of the .deb, the manifest or the file.
    package var sha256: String?
    /// `libc6_2.41-12_amd64.deb`.
    package var fileName: String?
    /// The organisation it was obtained from: `Debian`.
    package var supplier: String?
    /// `Name <address>`.
    package var maintainer: String?
    package var homepage: String?
    /// One line.
    package var summary: String?
    package var details: String?
    package var license: LicenseExpression?
    package var copyright: String?
    package var source: SourcePackage?
    /// It is a library and nothing else.
    package var isLibrary: Bool
    /// What a reader must know before trusting the entry: that it is partial, for one.
    package var remarks: [String]
    package var properties: [Property]
    /// Identifiers of components it needs.
    package var dependsOn: [String]
    package var contents: [Component]

    package init(_ kind: Kind, identifier: String, name: String, version: String? = nil) {
        self.kind = kind
        self.identifier = identifier
        self.name = name
        self.version = version
        purl = nil
        sha256 = nil
        fileName = nil
        supplier = nil
        maintainer = nil
        homepage = nil
        summary = nil
        details = nil
        license = nil
        copyright = nil
        source = nil
        isLibrary = false
        remarks = []
        properties = []
        dependsOn = []
        contents = []
    }

    package struct SourcePackage: Hashable, Sendable {
        package var name: String
        package var version: String
        package var purl: PackageURL
        package init(name: String, version: String, purl: PackageURL) {
            self.name = name
            self.version = version
            self.purl = purl
        }
    }

    /// A fact for which the formats have no field of their own.
    package struct Property: Hashable, Sendable {
        package var name: String
        package var value: String
        package init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }
}

/// Spells component identifiers so that both formats take them, each name once.
struct IdentifierTable {
    private var taken: Set<String> = []

    /// The text as it is, when nothing else has it.
    mutating func assign(raw text: String) -> String? { taken.insert(text).inserted ? text : nil }

    mutating func assign(_ wanted: String) -> String {
        var base = ""
        for scalar in wanted.unicodeScalars {
            if scalar.isASCII, PackageURL.isTypeByte(UInt8(scalar.value)) {
                base.unicodeScalars.append(scalar)
            } else {
                base += scalar == "+" ? "-plus" : "-"
            }
        }
        var name = base
        var number = 2
        while !taken.insert(name).inserted {
            name = "\(base)-\(number)"
            number += 1
        }
        return name
    }
}
