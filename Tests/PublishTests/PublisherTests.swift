// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import OCI
import Publish
import Testing

@Suite struct PublisherTests {
    @Test func `a release has a build tag, moving tags and the tags of its evidence`() throws {
        let release = try SyntheticRelease()
        let publication = try release.publication()
        let index = release.image.index.digest
        #expect(publication.repository == "python")
        #expect(publication.immutableTags == ["3.13.5-r2"])
        #expect(publication.tags.keys.sorted() == ["3.13", "3.13.5", "3.13.5-r2", "latest", "sha256-\(index.hex).sig"])
        #expect(publication.release?.buildTag == "3.13.5-r2")
        #expect(publication.release?.tags == ["3.13", "3.13.5", "latest"])
    }

    @Test func `a variant's name stands behind every tag`() throws {
        let publication = try SyntheticRelease(variant: "dev").publication()
        #expect(publication.tags.keys.sorted().prefix(4) == ["3.13-dev", "3.13.5-dev", "3.13.5-r2-dev", "latest-dev"])
        #expect(publication.immutableTags == ["3.13.5-r2-dev"])
    }

    @Test func `a prefix stands before the image's name`() throws {
        #expect(try SyntheticRelease().publication(prefix: RepositoryName("team/images")).repository == "team/images/python")
    }

    @Test func `manifests list what they point to and whom they are about`() throws {
        let release = try SyntheticRelease()
        let publication = try release.publication()
        let index = try #require(publication.manifests.first { $0.digest == release.image.index.digest })
        #expect(index.references == release.image.platforms.map(\.manifest.digest))
        let platform = try #require(publication.manifests.first { $0.digest == release.image.platforms[0].manifest.digest })
        #expect(platform.references == [release.image.platforms[0].config.digest, release.image.platforms[0].layers[0].descriptor.digest])
        let referrer = try #require(publication.manifests.first { $0.subject != nil })
        #expect(referrer.subject == index.digest && referrer.artifactType == MediaType.sigstoreBundle)
        #expect(referrer.annotations == [Annotation.bundlePredicateType: "https://example.com/p"])
    }

    @Test func `a release counts bytes, packages and contract tests`() throws {
        var release = try SyntheticRelease()
        func result(_ outcome: ContractResult.Outcome, _ platform: Platform) -> ContractResult {
            ContractResult(
                test: "t", platform: platform.description, user: "65532:65532", outcome: outcome, detail: "", enforced: [], missing: [])
        }
        release.findings.contract = [result(.passed, .amd64), result(.passed, .amd64), result(.failed, .amd64), result(.notRun, .arm64)]
        let planned = try release.publication()
        let platforms = try #require(planned.release?.platforms)
        #expect(platforms.map(\.unpackedSize) == [42, 42])
        #expect(platforms[0].compressedSize == release.image.platforms[0].layers[0].descriptor.size)
        #expect(platforms[0].contractPassed == 2 && platforms[0].contractFailed == 1 && platforms[0].contractNotRun == 0)
        #expect(platforms[1].contractNotRun == 1)
    }

    @Test func `the same image may be published again`() throws {
        let release = try SyntheticRelease()
        let first = try release.publication()
        let again = try release.publication(existing: ExistingTags(tags: first.tags, immutable: first.immutableTags))
        #expect(again.tags == first.tags)
        #expect(again.manifests == first.manifests)
        #expect(again.release == first.release)
    }

    @Test func `a build tag never moves`() throws {
        let release = try SyntheticRelease()
        let other = Digest.sha256(of: "other")
        let conflict = PublishError.buildTagTaken(
            repository: "python", tag: "3.13.5-r2", existing: other, found: release.image.index.digest)
        #expect(throws: conflict) { try release.publication(existing: ExistingTags(tags: ["3.13.5-r2": other])) }
        #expect(conflict.diagnosis.kind == .conflict)
    }

    @Test func `a pattern may not take another build's tag`() throws {
        var release = try SyntheticRelease()
        release.recipe.tags = ["{version}-r1"]
        let existing = ExistingTags(tags: ["3.13.5-r1": Digest.sha256(of: "other")], immutable: ["3.13.5-r1"])
        #expect(throws: PublishError.immutableTag(repository: "python", tag: "3.13.5-r1")) { try release.publication(existing: existing) }
        release.recipe.tags = ["{version}-r2"]
        #expect(throws: PublishError.immutableTag(repository: "python", tag: "3.13.5-r2")) { try release.publication() }
    }

    @Test(arguments: [
        (["{stream}", "{stream}"], "3.13.5", ["3.13"]), (["{major}", "{major}.{minor}.{patch}"], "3.13.5", ["3", "3.13.5"]),
        (["v{version}"], "1:2.3+dfsg~rc1", ["v1-2.3-dfsg-rc1"]), (["{version}"], "44", ["44"]), ([], "44", []),
        (["{major}.{minor}", "{version}"], "44", ["44"]), (["{major}.{minor}.{patch}"], "13.1.0+2", ["13.1.0"]),
    ])
    func `patterns are filled from the version`(_ patterns: [String], _ version: String, _ tags: [String]) throws {
        var recipe = Recipe(name: "python", stream: "3.13")
        recipe.tags = patterns
        #expect(try TagPlan(recipe: recipe, version: version, revision: 1).moving.map(\.description) == tags)
    }

    @Test(arguments: ["{sha}", "{version", "a b", "", ".{version}", String(repeating: "x", count: 129)])
    func `a pattern that gives no tag is refused`(_ pattern: String) {
        var recipe = Recipe(name: "python", stream: "3.13")
        recipe.tags = [pattern]
        #expect(throws: PublishError.self) { try TagPlan(recipe: recipe, version: "44", revision: 1) }
    }

    @Test func `a version without letters and digits is refused`() {
        #expect(throws: PublishError.malformedVersion("+~")) {
            try TagPlan(recipe: Recipe(name: "python", stream: "3.13"), version: "+~", revision: 1)
        }
    }

    @Test func `nothing is sent before what it points to`() throws {
        let publication = try SyntheticRelease().publication()
        let steps = try RegistryCopy.steps(for: publication)
        var sent: Set<Digest> = []
        for step in steps {
            switch step {
            case .blob(let digest): sent.insert(digest)
            case .manifest(let manifest):
                #expect(sent.isSuperset(of: manifest.references))
                if let subject = manifest.subject { #expect(sent.contains(subject)) }
                sent.insert(manifest.digest)
            case .tag(_, let manifest): #expect(sent.contains(manifest.digest))
            }
        }
        let tags = steps.compactMap { step in if case .tag(let tag, _) = step { tag } else { nil } }
        #expect(tags.count == publication.tags.count && tags[0].hasPrefix("sha256-") && !tags[1].hasPrefix("sha256-"))
        #expect(steps.count == Set(steps).count)
        #expect(try steps == RegistryCopy.steps(for: publication))
    }

    @Test func `a listing that goes in circles or points nowhere is refused`() throws {
        let digest = Digest.sha256(of: "a")
        let other = Digest.sha256(of: "b")
        let circle = Publication(
            repository: "x",
            manifests: [
                Publication.Manifest(digest: digest, mediaType: MediaType.index, size: 1, references: [other]),
                Publication.Manifest(digest: other, mediaType: MediaType.index, size: 1, references: [digest]),
            ], tags: [:])
        #expect(throws: PublishError.circularReference(digest)) { try RegistryCopy.steps(for: circle) }
        #expect(throws: PublishError.missingContent(digest)) {
            try RegistryCopy.steps(for: Publication(repository: "x", manifests: [], tags: ["t": digest]))
        }
    }
}
