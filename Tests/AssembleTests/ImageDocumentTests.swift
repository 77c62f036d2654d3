// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import OCI
import TestKit
import Testing

struct ImageDocumentTests {
    private static func bench() -> Bench {
        var bench = Bench(recipe: Bench.recipe("web", layers: ["profile:base", "image"]))
        bench.recipe.variant = "dev"
        bench.recipe.title = "Web server"
        bench.recipe.summary = "Serves files"
        bench.recipe.version = .package("web")
        bench.recipe.runAs = "101:102"
        bench.recipe.ports = ["8443/tcp", "8080/tcp"]
        bench.recipe.volumes = ["/data"]
        bench.recipe.environment = ["ZONE": "a", "PATH": "/opt/bin"]
        bench.recipe.entrypoint = ["/usr/bin/web"]
        bench.recipe.command = ["--port", "8080"]
        bench.recipe.workingDirectory = "/srv"
        bench.recipe.stopSignal = "SIGQUIT"
        bench.recipe.annotations = ["org.opencontainers.image.vendor": "Example", "org.opencontainers.image.title": "Own title"]
        bench.recipe.dates.endOfLife = "2029-10-31"
        return bench
    }
    private static func debs(_ architecture: String) -> [DebBuilder] {
        [
            .program("base", layer: "profile:base", architecture: architecture),
            DebBuilder.program("web", architecture: architecture).changed { $0.version = "2:1.28.0+dfsg1-3" },
        ]
    }

    @Test func `the configuration says how the image runs`() async throws {
        let bench = Self.bench()
        let image = try await bench.assemble(Self.debs("amd64"))
        let platform = image.platforms[0]
        let config = try ImageConfig(reading: bench.blobs.read(platform.config.digest))
        #expect(config.architecture == "amd64" && config.os == "linux" && config.variant == nil)
        #expect(config.created == image.created)
        #expect(config.rootfs.diffIDs == platform.layers.map(\.diffID))
        #expect(config.history?.compactMap(\.comment) == ["profile:base", "image", "configuration"])
        #expect(config.history?.allSatisfy { $0.created == image.created && $0.createdBy == "ashlar build web:1-dev" } == true)
        let run = try #require(config.config)
        #expect(run.user == "101:102")
        #expect(run.exposedPorts == ["8080/tcp", "8443/tcp"])
        #expect(run.volumes == ["/data"])
        #expect(run.environment == ["HOME=/", "PATH=/opt/bin", "ZONE=a"])
        #expect(run.entrypoint == ["/usr/bin/web"] && run.command == ["--port", "8080"])
        #expect(run.workingDirectory == "/srv" && run.stopSignal == "SIGQUIT")
        #expect(run.labels?["org.opencontainers.image.version"] == "1.28.0")
    }

    @Test func `licence, vendor and addresses are annotations and labels, each replaced by the recipe's own`() async throws {
        var bench = Self.bench()
        bench.recipe.licence = "BSD-2-Clause"
        bench.recipe.annotations = ["org.opencontainers.image.url": "https://example.org/own"]
        bench.imprint = Imprint(
            producer: "Example Bank", source: "https://git.example/catalog", url: "https://images.example/{image}",
            documentation: "https://git.example/catalog/{image}/{stream}.md")
        let image = try await bench.assemble(Self.debs("amd64"))
        let index = try ImageIndex(reading: bench.blobs.read(image.index.digest))
        let config = try ImageConfig(reading: bench.blobs.read(image.platforms[0].config.digest))
        for found in [index.annotations, config.config?.labels] {
            #expect(found?["org.opencontainers.image.licenses"] == "BSD-2-Clause")
            #expect(found?["org.opencontainers.image.vendor"] == "Example Bank")
            #expect(found?["org.opencontainers.image.source"] == "https://git.example/catalog")
            #expect(found?["org.opencontainers.image.url"] == "https://example.org/own")
            #expect(found?["org.opencontainers.image.documentation"] == "https://git.example/catalog/web/1.md")
            #expect(found?["org.opencontainers.image.revision"] == nil)
        }
        let layers = image.platforms[0].layers.map(\.diffID)
        bench.imprint = Imprint()
        #expect(try await bench.assemble(Self.debs("amd64")).platforms[0].layers.map(\.diffID) == layers)
    }

    @Test func `manifest and index carry the same annotations, the recipe's own before ours`() async throws {
        let bench = Self.bench()
        let image = try await bench.assemble(Self.debs("amd64"))
        let manifest = try ImageManifest(reading: bench.blobs.read(image.platforms[0].manifest.digest))
        let index = try ImageIndex(reading: bench.blobs.read(image.index.digest))
        let expected = [
            "org.opencontainers.image.created": image.created.description, "org.opencontainers.image.version": "1.28.0",
            "org.opencontainers.image.title": "Own title", "org.opencontainers.image.description": "Serves files",
            "org.opencontainers.image.vendor": "Example", "dev.ashlar.stream": "1-dev", "dev.ashlar.end-of-life": "2029-10-31",
        ]
        #expect(manifest.annotations == expected)
        #expect(index.annotations == expected)
        #expect(manifest.config == image.platforms[0].config)
        #expect(manifest.layers == image.platforms[0].layers.map(\.descriptor))
        for descriptor in manifest.layers + [manifest.config, image.index, image.platforms[0].manifest] {
            #expect(bench.blobs.size(of: descriptor.digest) == descriptor.size)
        }
        #expect(image.version == "1.28.0" && image.stream == "1-dev" && image.name == "web")
    }

    @Test func `every platform is assembled by the same code, each with Debian's name of it`() async throws {
        var bench = Bench(recipe: Bench.recipe("web", layers: ["profile:base", "image"]))
        bench.recipe.files = [RecipeFile(path: "usr/lib/{triplet}/of", content: "{arch}")]
        let debs = Platform.allCases.map { platform in
            let library = DebBuilder(
                "lib", architecture: platform.debian, entries: [.file("./usr/lib/\(platform.triplet)/lib.so.1", "library")],
                layer: "profile:base")
            return (platform, [library, .program("web", architecture: platform.debian)])
        }
        let image = try await bench.assemble(platforms: debs)
        let index = try ImageIndex(reading: bench.blobs.read(image.index.digest))
        #expect(index.manifests.map { $0.platform?.known } == Platform.allCases)
        for platform in image.platforms {
            let config = try ImageConfig(reading: bench.blobs.read(platform.config.digest))
            #expect(config.architecture == platform.platform.architecture && config.variant == platform.platform.variant)
            #expect(platform.tree.entries.contains { $0.path == "usr/lib/\(platform.platform.triplet)/lib.so.1" })
            let own = platform.tree.entries.first { $0.path == "usr/lib/\(platform.platform.triplet)/of" }
            #expect(own?.digest == Digest.sha256(of: platform.platform.debian))
            #expect(platform.packages.allSatisfy { $0.locked.architecture == platform.platform.debian })
        }
        let stranger = await bench.refusal([.program("web", architecture: "s390x")], on: .riscv64)
        #expect(stranger?.summary.contains("s390x") == true)
    }

    @Test func `one index holds both platforms`() async throws {
        let bench = Self.bench()
        let newer = Self.debs("arm64").map { deb in deb.changed { $0.modified += 77 } }
        let image = try await bench.assemble(platforms: [(.amd64, Self.debs("amd64")), (.arm64, newer)])
        let index = try ImageIndex(reading: bench.blobs.read(image.index.digest))
        #expect(index.manifests.map { $0.platform?.known } == [.amd64, .arm64])
        #expect(index.manifests.map(\.digest) == image.platforms.map(\.manifest.digest))
        for platform in image.platforms {
            let config = try ImageConfig(reading: bench.blobs.read(platform.config.digest))
            #expect(config.architecture == platform.platform.architecture)
            // One time for the whole image, though the packages of one platform are older.
            #expect(config.created == image.created)
        }
        #expect(image.created.seconds == newer[0].modified)
    }

    @Test func `a home of the usual name is the image's HOME`() async throws {
        var bench = Bench()
        bench.recipe.users = [User(name: "nonroot", uid: 65532, gid: 65532, home: "/home/nonroot")]
        let image = try await bench.assemble([])
        let config = try ImageConfig(reading: bench.blobs.read(image.platforms[0].config.digest))
        #expect(config.config?.environment?.contains("HOME=/home/nonroot") == true)
    }

    @Test func `a start plan is what runs, unless the recipe says otherwise`() async throws {
        var bench = Bench()
        bench.recipe.start = ["exec /usr/bin/tool"]
        for (entrypoint, expected) in [([], ["/usr/libexec/ashlar/start", "/etc/ashlar/start.plan"]), (["/own"], ["/own"])] {
            bench.recipe.entrypoint = entrypoint
            let image = try await bench.assemble([])
            let config = try ImageConfig(reading: bench.blobs.read(image.platforms[0].config.digest))
            #expect(config.config?.entrypoint == expected)
        }
    }

    @Test func `a version from a package that is not there is an error`() async throws {
        var bench = Bench()
        bench.recipe.version = .package("absent")
        let refusal = await bench.refusal([.program("tool")])
        #expect(refusal?.code == "assemble.version-unknown")
        #expect(refusal?.summary.contains("absent") == true)
    }
}
