// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import Describe
import OCI
import SBOM
import Testing

@Suite struct DescriberTests {
    static let inventory = Describer(tool: InventoryTool(version: "0.1.0"), producer: "Example Ltd")
        .describe(Samples.image, recipe: Samples.recipe)

    static func package(_ name: String) throws -> InventoryPackage {
        try #require(inventory[.amd64]?.packages.first { $0.name == name })
    }

    @Test func `packages are sorted and carry what the control file says`() throws {
        #expect(Self.inventory[.amd64]?.packages.map(\.name) == ["libstdc++6", "openssl", "server", "tzdata"])
        let library = try Self.package("libstdc++6")
        #expect(library.maintainer == "Debian \"GCC\" Maintainers (team) <debian-gcc@lists.debian.org>")
        #expect(library.summary == "GNU Standard C++ Library v3")
        #expect(library.details == "This package contains a C++ library\n\nfor \"everything\", größtenteils.")
        #expect(library.section == "libs")
        #expect(library.purl.description == "pkg:deb/debian/libstdc%2B%2B6@14.2.0-19?arch=amd64&distro=debian-13&upstream=gcc-14")
        #expect(library.dependsOn == ["tzdata"])
        #expect(!library.isRequested)
        #expect(try Self.package("server").isRequested)
        #expect(try Self.package("server").purl.qualifiers["upstream"] == "server@1:1.0-1")
    }

    @Test func `licences are read once and their texts kept once`() throws {
        let reference = try #require(Self.inventory.licenseTexts.first { $0.name == "public-domain" }?.identifier)
        #expect(try Self.package("tzdata").license?.description == "LGPL-2.1-or-later AND \(reference)")
        #expect(try Self.package("tzdata").copyright == "2001-2025 Ann Example <ann@example.org>\nnone")
        #expect(try Self.package("libstdc++6").commonLicenses == ["GPL-3"])
        #expect(try Self.package("openssl").license == nil)
        #expect(Self.inventory.licenseTexts.map(\.name) == ["gcc-14", "public-domain"])
        #expect(Self.inventory.licenseTexts == Self.inventory.licenseTexts.sorted())
    }

    @Test func `files have owners and digests, and a hard link those of its other name`() throws {
        let files = try #require(Self.inventory[.amd64]?.files)
        #expect(files.count == 6)
        #expect(files.first { $0.path == "usr/bin/server1" }?.digest == Samples.digest("server"))
        #expect(files.first { $0.path == "usr/bin/server-link" }?.target == "server")
        #expect(Self.inventory[.amd64]?.recipeFiles.map(\.path) == ["etc/server/a b ü.conf", "usr/libexec/ashlar/start"])
        #expect(files.reduce(0) { $0 + $1.size } == 112)
    }

    @Test func `is canonical and comes back from its bytes`() throws {
        let bytes = try CanonicalJSON.encode(Self.inventory)
        #expect(try CanonicalJSON.decode(Inventory.self, from: bytes) == Self.inventory)
        let again = Describer(tool: InventoryTool(version: "0.1.0"), producer: "Example Ltd")
            .describe(Samples.image, recipe: Samples.recipe)
        #expect(try CanonicalJSON.encode(again) == bytes)
    }

    @Test func `the document of a platform is about its manifest`() throws {
        let bill = try #require(Self.inventory.bill(for: .arm64))
        #expect(bill.subject == Samples.digest("manifest linux/arm64"))
        #expect(bill.root.purl?.description == "pkg:oci/server@sha256%3A\(Samples.digest("manifest linux/arm64").hex)")
        #expect(bill.root.contents.map(\.name).prefix(3) == ["debian", "libstdc++6", "openssl"])
        #expect(Self.inventory.bill(for: .s390x) == nil)
        #expect(Self.inventory.spdx(for: .s390x) == nil)
        #expect(Self.inventory.cyclonedx(for: .s390x) == nil)
    }

    @Test func `the document of the index contains every platform and one operating system`() throws {
        let bill = try #require(Self.inventory.bill())
        #expect(bill.subject == Samples.digest("index"))
        #expect(bill.root.contents.map(\.kind) == [.operatingSystem, .container, .container])
        let document = try #require(Self.inventory.spdx()?.json)
        let relations = (document["relationships"]?.array ?? []).map {
            "\($0["spdxElementId"]?.string ?? "") \($0["relationshipType"]?.string ?? "") \($0["relatedSpdxElement"]?.string ?? "")"
        }
        #expect(relations.contains("SPDXRef-ContainerImage-team-server-index CONTAINS SPDXRef-ContainerImage-linux-arm64"))
        #expect(relations.contains("SPDXRef-ContainerImage-linux-arm64 CONTAINS SPDXRef-Package-linux-arm64-openssl"))
        #expect(relations.contains("SPDXRef-Package-linux-arm64-server DEPENDS_ON SPDXRef-Package-linux-arm64-openssl"))
    }

    @Test func `a partial package says so in both formats, with what there is of it`() throws {
        let spdx = try #require(Self.inventory.spdx(for: .amd64)?.json["packages"]?.array?.first { $0["name"] == "openssl" })
        let notes = (spdx["annotations"]?.array ?? []).compactMap { $0["comment"]?.string }
        #expect(notes.first?.hasPrefix("Partial: ") == true)
        #expect(notes.last?.contains("ashlar:partial=true\nashlar:path=/usr/lib/ssl/cert.pem") == true)
        let cyclonedx = try #require(Self.inventory.cyclonedx(for: .amd64)?.json["components"]?.array?.first { $0["name"] == "openssl" })
        let properties = cyclonedx["properties"]?.array ?? []
        #expect(properties.contains(["name": "ashlar:partial", "value": "true"]))
        #expect(properties.contains(["name": "ashlar:droppedPaths", "value": "1"]))
        #expect(properties.contains(["name": "ashlar:path", "value": "/usr/lib/ssl/cert.pem"]))
    }

    @Test func `what is not known is said`() throws {
        let comment = try #require(Self.inventory.spdx(for: .amd64)?.json["comment"]?.string)
        #expect(comment.contains("media-types is left out on purpose: read by name only"))
        #expect(!comment.contains("perl"), "a profile's exclusion that nothing here needs leaves no gap")
        #expect(comment.contains("No copyright file was found for: openssl."))
        let compositions = try #require(Self.inventory.cyclonedx(for: .amd64)?.json["compositions"]?.array)
        #expect(compositions.map { $0["aggregate"]?.string } == ["complete", "incomplete", "unknown"])
    }

    @Test(arguments: [nil, Platform.amd64, .arm64]) func `no document holds a null`(platform: Platform?) throws {
        let documents = [Self.inventory.spdx(for: platform)?.bytes, Self.inventory.cyclonedx(for: platform)?.bytes]
        for bytes in documents {
            let text = String(decoding: try #require(bytes), as: UTF8.self)
            #expect(!text.contains(":null"))
        }
    }

    @Test func `an image without packages is described`() {
        var image = Samples.image
        image.platforms = image.platforms.map { platform in
            var platform = platform
            platform.packages = []
            platform.tree = FileTree(entries: [])
            return platform
        }
        let inventory = Describer(tool: InventoryTool(version: "0.1.0")).describe(
            image, recipe: Recipe(name: "x", stream: "1", suite: "sid"))
        #expect(inventory.spdx(for: .amd64)?.json["packages"]?.array?.count == 1)
        #expect(inventory.cyclonedx()?.json["components"]?.array?.count == 2)
    }
}
