// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Attest
import Base
import OCI
import Sigstore

/// A small image for two platforms whose layers are not even archives: registries and signatures do not mind.
struct SyntheticImage {
    let image: Image
    /// Everything the image consists of, manifests too.
    let contents: [Content]

    init(name: String = "python") throws {
        let created = Timestamp(seconds: 1_700_000_000)
        var contents: [Content] = []
        var platforms: [PlatformImage] = []
        for platform in [Platform.amd64, .arm64] {
            let layer = Content(Array("layer of \(platform)".utf8), mediaType: MediaType.layerGzip)
            let config = try ImageConfig(
                platform: platform, created: created, config: RuntimeConfig(user: "65532:65532"), diffIDs: [layer.digest]
            ).content()
            let manifest = try ImageManifest(config: config.descriptor, layers: [layer.descriptor]).content()
            contents += [layer, config, manifest]
            platforms.append(
                PlatformImage(
                    platform: platform, manifest: manifest.descriptor, config: config.descriptor,
                    layers: [ImageLayer(descriptor: layer.descriptor, diffID: layer.digest, origin: "image")], tree: FileTree(entries: []),
                    packages: []))
        }
        let index = try ImageIndex(
            manifests: platforms.map { platform in
                var descriptor = platform.manifest
                descriptor.platform = DescriptorPlatform(platform.platform)
                return descriptor
            }
        ).content()
        contents.append(index)
        image = Image(name: name, stream: "3.13", version: "3.13.5", index: index.descriptor, platforms: platforms, created: created)
        self.contents = contents
    }

    var subjects: [Digest] { [image.index.digest] + image.platforms.map(\.manifest.digest) }

    /// Four claims about each manifest.
    func claims() throws -> [Claim] {
        let provenance = Provenance(
            buildDefinition: .init(buildType: "https://example.com/build/v1", externalParameters: ["recipe": "python"]),
            runDetails: .init(builder: .init(id: "https://example.com/builder")))
        let predicates: [(String, JSON)] = [
            (
                PredicateType.spdx,
                [
                    "spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT", "name": "python",
                    "documentNamespace": "https://example.com/spdx/python", "packages": [],
                    "creationInfo": ["created": "2023-11-14T22:13:20Z", "creators": ["Tool: ashlar"]],
                ]
            ),
            (PredicateType.cycloneDX, ["bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1, "components": []]),
            (PredicateType.slsaProvenance, try provenance.predicate()),
            (
                PredicateType.openVEX,
                [
                    "@context": "https://openvex.dev/ns/v0.2.0", "@id": "https://example.com/vex/1", "author": "ashlar",
                    "timestamp": "2023-11-14T22:13:20Z", "version": 1, "statements": [],
                ]
            ),
        ]
        return subjects.flatMap { subject in predicates.map { Claim(subject: subject, predicateType: $0.0, predicate: $0.1) } }
    }
}

/// One repository in memory.
struct MemoryRepository: RepositoryReader {
    var manifests: [String: Content] = [:]
    var blobs: [Digest: [UInt8]] = [:]
    var referrers: [Digest: [Descriptor]] = [:]

    init(_ image: SyntheticImage, _ evidence: Evidence? = nil) {
        for content in image.contents { add(content) }
        for blob in evidence?.blobs ?? [] { add(blob) }
        for piece in evidence?.manifests ?? [] { add(piece) }
    }

    mutating func add(_ content: Content) {
        blobs[content.digest] = content.bytes
        manifests[content.digest.description] = content
    }
    mutating func add(_ piece: EvidenceManifest) {
        add(piece.content)
        if let tag = piece.tag { manifests[tag.description] = piece.content }
        if let subject = piece.manifest.subject { referrers[subject.digest, default: []].append(piece.content.descriptor) }
    }

    func manifest(_ reference: String) async throws -> Content? { manifests[reference] }
    func blob(_ digest: Digest, limit: Int) async throws -> [UInt8]? { blobs[digest] }
    func referrers(of digest: Digest) async throws -> [Descriptor] { referrers[digest] ?? [] }
}

/// Numbers that are the same in every run.
struct FixedGenerator: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        // SplitMix64.
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// A key for tests, by number.
    static func key(_ number: UInt64) -> KeyFile {
        var generator = FixedGenerator(state: number)
        return KeyFile.generate(using: &generator)
    }
}
