// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Attest
import Base
import OCI
import Publish
import Sigstore

/// A release with every kind of evidence a real one has, for two platforms. Its layers are not archives: nothing here unpacks them.
struct SampleRelease {
    var name = "python"
    var version = "3.13.5"
    var revision = 1
    var finished = Timestamp(seconds: 1_700_000_000)
    var builder = "https://ashlar.dev/builders/dedicated-host"
    var parameters: [String: JSON] = [
        "repository": "git+https://git.example/catalog", "path": "images/python/3.13.yaml",
        "revision": "0123456789abcdef0123456789abcdef01234567",
        "stream": "3.13",
    ]
    var key = SampleKey.signer
    /// Claims that are left out.
    var without: Set<String> = []
    static let buildType = "https://ashlar.dev/build/debian-image/v1"

    struct Made {
        var image: Image
        var evidence: Evidence
        var publication: Publication
        /// Every blob and manifest.
        var contents: [Content]
        var subjects: [Digest] { [image.index.digest] + image.platforms.map(\.manifest.digest) }
    }

    func make() async throws -> Made {
        var contents: [Content] = []
        let image = try image(&contents)
        let repository = try RepositoryName(name)
        let evidence = try await Attestor(signer: key.signer).attest(image, as: repository, claims: try claims(image))
        let publication = try Publisher().plan(
            image, with: evidence, findings: Findings(hardening: [], contract: [], rules: []),
            recipe: {
                var recipe = Recipe(name: name, stream: "3.13"); recipe.tags = ["{major}.{minor}"]; return recipe
            }(),
            lock: Lock(image: name, stream: "3.13", variant: nil, recipe: image.index.digest, revision: revision, platforms: []))
        return Made(
            image: image, evidence: evidence, publication: publication,
            contents: contents + evidence.blobs + evidence.manifests.map(\.content))
    }

    private func image(_ contents: inout [Content]) throws -> Image {
        let created = Timestamp(seconds: 1_690_000_000)
        let annotations = [Annotation.version: version, "dev.ashlar.stream": "3.13", Annotation.title: name]
        var platforms: [PlatformImage] = []
        for platform in [Platform.amd64, .arm64] {
            let layers = ["base", "image"].map { part in
                Content(Array("\(part) of \(name) \(version)-r\(revision) for \(platform)".utf8), mediaType: MediaType.layerGzip)
            }
            let config = try ImageConfig(
                platform: platform, created: created, config: RuntimeConfig(user: "65532:65532"), diffIDs: layers.map(\.digest)
            ).content()
            let manifest = try ImageManifest(config: config.descriptor, layers: layers.map(\.descriptor), annotations: annotations)
                .content()
            contents += layers + [config, manifest]
            platforms.append(
                PlatformImage(
                    platform: platform, manifest: manifest.descriptor, config: config.descriptor,
                    layers: layers.map { ImageLayer(descriptor: $0.descriptor, diffID: $0.digest, origin: "image") },
                    tree: FileTree(entries: []), packages: []))
        }
        let index = try ImageIndex(
            manifests: platforms.map { platform in
                var descriptor = platform.manifest
                descriptor.platform = DescriptorPlatform(platform.platform)
                return descriptor
            }, annotations: annotations
        ).content()
        contents.append(index)
        return Image(name: name, stream: "3.13", version: version, index: index.descriptor, platforms: platforms, created: created)
    }

    private func claims(_ image: Image) throws -> [Claim] {
        let provenance = try Provenance(
            buildDefinition: .init(buildType: Self.buildType, externalParameters: parameters),
            runDetails: .init(builder: .init(id: builder), metadata: .init(invocationId: "1", finishedOn: finished))
        ).predicate()
        let common: [(String, JSON)] = [
            (PredicateType.spdx, ["spdxVersion": "SPDX-2.3", "name": JSON(name), "packages": []]),
            (PredicateType.cycloneDX, ["bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1, "components": []]),
            (PredicateType.slsaProvenance, provenance),
        ]
        let subjects = [image.index.digest] + image.platforms.map(\.manifest.digest)
        let claims = subjects.flatMap { subject in common.map { Claim(subject: subject, predicateType: $0.0, predicate: $0.1) } }
        let tests = image.platforms.map {
            Claim(
                subject: $0.manifest.digest, predicateType: PredicateType.testResult, predicate: ["result": "PASSED", "configuration": []])
        }
        return (claims + tests).filter { !without.contains($0.predicateType) }
    }
}

/// Keys that are the same in every run.
enum SampleKey {
    static let signer = make(1)
    static let other = make(2)

    private static func make(_ number: UInt64) -> KeyFile {
        var generator = SplitMix(state: number)
        return KeyFile.generate(using: &generator)
    }
}

/// SplitMix64: numbers that are the same in every run.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
