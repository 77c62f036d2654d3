// SPDX-License-Identifier: Apache-2.0
import Base
import SBOM
import Testing

@Suite struct DocumentTests {
    static func package(_ name: String, version: String = "1.0-1", source: String? = nil, dependsOn: [String] = []) -> Component {
        var package = Component(.package, identifier: name, name: name, version: version)
        package.purl = .debian(name, version: version, architecture: "amd64", release: "13", source: source ?? name, sourceVersion: version)
        package.sha256 = Digest.sha256(of: name).hex
        package.supplier = "Debian"
        package.source = Component.SourcePackage(
            name: source ?? name, version: version, purl: .debian(source ?? name, version: version, architecture: "source", release: "13"))
        package.dependsOn = dependsOn
        return package
    }

    static func bill(_ contents: [Component], subject: String = "subject") -> BillOfMaterials {
        var root = Component(.container, identifier: "demo", name: "demo", version: "1.0")
        root.purl = .oci("demo", digest: Digest.sha256(of: subject).description)
        root.contents = contents
        return BillOfMaterials(
            name: "demo 1.0", subject: Digest.sha256(of: subject), created: Timestamp(seconds: 1_700_000_000), toolName: "ashlar",
            toolVersion: "1.2.3", producer: "Example Ltd", root: root,
            licenses: [ExtractedLicense(identifier: "LicenseRef-x-1", name: "x", text: "text \"of\" x\n")], limits: ["One thing."])
    }

    static func json(_ bytes: [UInt8]) throws -> JSON { try JSON.parse(bytes) }

    static func relations(_ document: JSON) -> Set<String> {
        Set(
            (document["relationships"]?.array ?? []).map {
                [$0["spdxElementId"], $0["relationshipType"], $0["relatedSpdxElement"]].map { $0?.string ?? "?" }.joined(separator: " ")
            })
    }

    @Test func `SPDX says what contains, needs and made what`() throws {
        let bill = Self.bill([
            Self.package("libc6", source: "glibc"), Self.package("libc-bin", source: "glibc", dependsOn: ["libc6", "absent"]),
        ])
        let document = try Self.json(SPDXDocument(bill).bytes)
        #expect(
            Self.relations(document) == [
                "SPDXRef-DOCUMENT DESCRIBES SPDXRef-ContainerImage-demo", "SPDXRef-ContainerImage-demo CONTAINS SPDXRef-Package-libc6",
                "SPDXRef-ContainerImage-demo CONTAINS SPDXRef-Package-libc-bin",
                "SPDXRef-Package-libc-bin DEPENDS_ON SPDXRef-Package-libc6",
                "SPDXRef-Package-libc6 GENERATED_FROM SPDXRef-Source-glibc-1.0-1",
                "SPDXRef-Package-libc-bin GENERATED_FROM SPDXRef-Source-glibc-1.0-1",
            ])
        #expect(document["spdxVersion"] == "SPDX-2.3")
        #expect(document["creationInfo"]?["creators"] == ["Tool: ashlar-1.2.3", "Organization: Example Ltd"])
        #expect(document["creationInfo"]?["created"] == "2023-11-14T22:13:20Z")
        #expect(document["hasExtractedLicensingInfos"]?[0]?["extractedText"] == "text \"of\" x\n")
    }

    @Test func `a source in SPDX is no installed package to a scanner`() throws {
        let document = try Self.json(SPDXDocument(Self.bill([Self.package("libc6", source: "glibc")])).bytes)
        let packages = document["packages"]?.array ?? []
        let source = try #require(packages.first { $0["primaryPackagePurpose"] == "SOURCE" })
        #expect(source["externalRefs"]?[0]?["referenceType"] == "debian-source")
        let binary = try #require(packages.first { $0["name"] == "libc6" })
        #expect(binary["sourceInfo"] == "built package from: glibc 1.0-1")
        #expect(binary["externalRefs"]?[0]?["referenceType"] == "purl")
    }

    @Test func `CycloneDX is flat, and every reference leads to a component`() throws {
        var inner = Component(.container, identifier: "inner", name: "inner", version: "1.0")
        inner.purl = .oci("inner", digest: "sha256:00")
        // The same package on two platforms has the same package URL.
        inner.contents = [Self.package("tzdata"), Self.package("libc6", source: "glibc", dependsOn: ["tzdata"])]
        let document = try Self.json(CycloneDXDocument(Self.bill([inner, Self.package("tzdata")])).bytes)
        let components = document["components"]?.array ?? []
        #expect(components.map { $0["name"]?.string } == ["inner", "tzdata", "libc6", "tzdata"])
        let references = components.compactMap { $0["bom-ref"]?.string }
        #expect(Set(references).count == 4)
        let known = Set(references + [document["metadata"]?["component"]?["bom-ref"]?.string ?? ""])
        let dependencies = document["dependencies"]?.array ?? []
        #expect(dependencies.count == 5)
        for dependency in dependencies {
            #expect(known.contains(dependency["ref"]?.string ?? ""))
            for other in dependency["dependsOn"]?.array ?? [] { #expect(known.contains(other.string ?? "")) }
        }
        #expect(document["metadata"]?["lifecycles"] == [["phase": "build"]])
        #expect(document["metadata"]?["manufacturer"] == ["name": "Example Ltd"])
    }

    @Test(
        arguments: [
            ("1:2.3-4", ["SrcEpoch=1", "SrcRelease=4", "SrcVersion=2.3"]), ("2.3-4-5", ["SrcRelease=5", "SrcVersion=2.3-4"]),
            ("13.8", ["SrcVersion=13.8"]),
        ])
    func `CycloneDX splits the source version as Trivy reads it`(version: String, expected: [String]) throws {
        let document = try Self.json(CycloneDXDocument(Self.bill([Self.package("a", version: version)])).bytes)
        let properties = (document["components"]?[0]?["properties"]?.array ?? []).compactMap { property -> String? in
            guard let name = property["name"]?.string, name.hasPrefix("aquasecurity:trivy:Src"), !name.hasSuffix("SrcName") else {
                return nil
            }
            return "\(name.dropFirst(19))=\(property["value"]?.string ?? "")"
        }
        #expect(properties == expected)
    }

    @Test func `identical input gives identical bytes and another subject another identity`() throws {
        let one = Self.bill([Self.package("a")])
        #expect(SPDXDocument(one).bytes == SPDXDocument(one).bytes)
        #expect(CycloneDXDocument(one).bytes == CycloneDXDocument(one).bytes)
        let other = Self.bill([Self.package("a")], subject: "other")
        let serial = try Self.json(CycloneDXDocument(one).bytes)["serialNumber"]?.string ?? ""
        #expect(serial.wholeMatch(of: #/urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/#) != nil)
        #expect(try Self.json(CycloneDXDocument(other).bytes)["serialNumber"]?.string != serial)
        #expect(SPDXDocument(other).json["documentNamespace"] != SPDXDocument(one).json["documentNamespace"])
        #expect(SPDXDocument(one).json["documentNamespace"]?.string?.contains(serial.dropFirst(9)) == false)
    }

    @Test func `names that are spelled alike stay apart`() throws {
        let packages = ["libfoo+", "libfoo-plus", "libföö", "lib f"].map { Self.package($0) }
        let document = try Self.json(SPDXDocument(Self.bill(packages)).bytes)
        let identifiers = (document["packages"]?.array ?? []).compactMap { $0["SPDXID"]?.string }
        #expect(Set(identifiers).count == identifiers.count)
        for identifier in identifiers {
            #expect(
                identifier.utf8.allSatisfy {
                    (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0) || [45, 46].contains($0)
                })
        }
    }

    @Test(arguments: ["javascript:alert(1)", "http://", "https://a b", "https://example.org/\"><script>", "https://ex\u{E4}mple.org/", ""])
    func `a homepage that is no web address is left out`(address: String) throws {
        var package = Self.package("a")
        package.homepage = address
        let bill = Self.bill([package])
        #expect(SPDXDocument(bill).json["packages"]?[1]?["homepage"] == nil)
        #expect(CycloneDXDocument(bill).json["components"]?[0]?["externalReferences"] == nil)
    }

    @Test func `a licence is an identifier where it can be and an expression otherwise`() throws {
        var simple = Self.package("a")
        simple.license = .license("MIT")
        var composed = Self.package("b")
        composed.license = try LicenseExpression("MIT OR LicenseRef-x-1")
        let components = CycloneDXDocument(Self.bill([simple, composed])).json["components"]
        #expect(components?[0]?["licenses"] == [["license": ["id": "MIT", "acknowledgement": "declared"]]])
        #expect(components?[1]?["licenses"] == [["expression": "MIT OR LicenseRef-x-1", "acknowledgement": "declared"]])
    }
}
