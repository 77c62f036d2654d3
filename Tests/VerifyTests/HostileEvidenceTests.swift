// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Attest
import Base
import OCI
import Pipeline
import Sigstore
import Testing

/// Evidence that somebody made up, moved or kept back, with digests that fit.
@Suite struct HostileEvidenceTests {
    @Test func `another key is refused, one of several keys is enough`() async throws {
        let layout = try await MemoryLayout([SampleRelease().make()])
        let (own, other) = (try VerificationKey(pem: SampleKey.signer.publicPEM), try VerificationKey(pem: SampleKey.other.publicPEM))
        let refused = try await verify(layout, "3.13", VerificationPolicy(keys: [other]))
        #expect(refused.reasons.contains { $0.contains("did not sign") } && refused.reasons.contains { $0.contains(PredicateType.spdx) })
        #expect(try await verify(layout, "3.13", VerificationPolicy(keys: [other, own])).isTrusted)
    }

    @Test func `a refusal lists all reasons`() async throws {
        let release = SampleRelease(without: [PredicateType.spdx, PredicateType.testResult])
        let report = try await verify(try MemoryLayout([release.make()]), "3.13", .sample { $0.name = .exactly("nginx") })
        #expect(report.reasons.count { $0.contains(PredicateType.spdx) } == 3)
        #expect(report.reasons.count { $0.contains(PredicateType.testResult) } == 2)
        #expect(report.reasons.count { $0.contains("expected evidence of 'nginx', found that of 'python'") } == 3)
    }

    @Test func `evidence of another image does not count, in either form`() async throws {
        let python = try await SampleRelease().make()
        let nginx = try await SampleRelease(name: "nginx").make()
        // The bundles of python hang on nginx's manifests, the tags of nginx lead to python's signatures.
        let bundles = try nginx.withBundles { type, _ in
            python.evidence.blobs.first { blob in
                python.evidence.attestations.contains { $0.predicateType == type && $0.bundle == blob.digest }
            }?.bytes
        }
        let report = try await verify(try MemoryLayout([bundles.withLegacyEvidence(of: python)]))
        #expect(!report.isTrusted && report.subjects.allSatisfy { $0.signatures.isEmpty && $0.claims.isEmpty })
        #expect(report.ignored.contains { $0.contains("not about") })
    }

    @Test func `evidence about one platform does not vouch for the other`() async throws {
        let release = try await SampleRelease().make()
        var swapped = release
        let (first, second) = (release.subjects[1], release.subjects[2])
        for name in ["sig", "att"] {
            swapped.publication.tags["sha256-\(first.hex).\(name)"] = release.publication.tags["sha256-\(second.hex).\(name)"]
            swapped.publication.tags["sha256-\(second.hex).\(name)"] = release.publication.tags["sha256-\(first.hex).\(name)"]
        }
        swapped.publication.manifests.removeAll { $0.subject == first || $0.subject == second }
        let report = try await verify(try MemoryLayout([swapped]))
        #expect(report.subjects.map(\.isTrusted) == [true, false, false])
    }

    @Test func `a good signature on something else is not enough`() async throws {
        let release = try await SampleRelease(without: [PredicateType.spdx]).make()
        // The same document under another type, signed; and a lying annotation around it.
        let claims = release.subjects.map {
            Claim(subject: $0, predicateType: "https://example.com/other", predicate: ["spdxVersion": "SPDX-2.3"])
        }
        var liar = release
        liar.evidence = try await Attestor(signer: SampleKey.signer.signer).attest(
            release.image, as: RepositoryName("python"), claims: claims)
        liar = try liar.withBundles { _, bytes in bytes }
        for index in liar.evidence.manifests.indices {
            liar.evidence.manifests[index].manifest.annotations?[Annotation.bundlePredicateType] = PredicateType.spdx
        }
        let report = try await verify(try MemoryLayout([liar]))
        #expect(report.reasons.contains { $0.contains("no claim of type \(PredicateType.spdx)") })
    }

    @Test func `an attestation is not a signature, a signature is no attestation`() async throws {
        let release = try await SampleRelease().make().keeping(.bundles)
        let unsigned = try release.withBundles { type, bytes in type == PredicateType.cosignSign ? nil : bytes }
        let report = try await verify(try MemoryLayout([unsigned]))
        #expect(report.reasons.count == 3 && report.reasons.allSatisfy { $0.contains("did not sign") })
        let bare = try release.withBundles { type, bytes in type == PredicateType.cosignSign ? bytes : nil }
        #expect(try await verify(try MemoryLayout([bare])).reasons.count { $0.contains("there is no claim of type") } == 3 * 3 + 2)
    }

    @Test(arguments: [
        "truncated", "emptied", "unknown member", "unknown material", "two signatures", "other version", "duplicate key", "other payload",
    ])
    func `a bundle that is not what the format allows is not read`(_ fault: String) async throws {
        let release = try await SampleRelease().make().keeping(.bundles)
        let broken = try release.withBundles { type, bytes in
            guard type == PredicateType.slsaProvenance else { return bytes }
            guard case .object(var bundle) = try JSON.parse(bytes), case .object(var material)? = bundle["verificationMaterial"],
                case .object(var envelope)? = bundle["dsseEnvelope"]
            else { return nil }
            switch fault {
            case "truncated": return Array(bytes.dropLast(bytes.count / 3))
            case "emptied": return []
            case "unknown member": bundle["comment"] = "hello"
            case "unknown material": material["x"] = 1
            case "two signatures":
                envelope["signatures"] = .array((envelope["signatures"]?.array ?? []) + (envelope["signatures"]?.array ?? []))
            case "other version": bundle["mediaType"] = "application/vnd.dev.sigstore.bundle.v0.9+json"
            case "duplicate key": return Array("{\"mediaType\":\"x\",".utf8) + bytes.dropFirst()
            default: envelope["payload"] = .string(Base64.encode(Array("{}".utf8)))
            }
            bundle["verificationMaterial"] = .object(material)
            bundle["dsseEnvelope"] = .object(envelope)
            return JSON.object(bundle).canonicalBytes
        }
        let report = try await verify(try MemoryLayout([broken]))
        #expect(report.reasons.count == 3 && report.reasons.allSatisfy { $0.contains(PredicateType.slsaProvenance) })
        #expect(report.ignored.count == 3)
    }

    @Test func `a bundle that claims to be huge is not read`() async throws {
        let release = try await SampleRelease().make().keeping(.bundles)
        var layout = try MemoryLayout([release])
        let victim = try #require(release.evidence.manifests.first { $0.manifest.subject?.digest == release.subjects[0] })
        var manifest = victim.manifest
        manifest.layers[0].size = 1 << 40
        let content = try manifest.content()
        layout[content.digest] = content.bytes
        var index = try ImageIndex(reading: try #require(layout.files[OCILayout.indexPath]))
        index.manifests = index.manifests.map { $0.digest == victim.content.digest ? content.descriptor : $0 }
        layout.files[OCILayout.indexPath] = try index.content().bytes
        let report = try await verify(layout)
        #expect(!report.isTrusted && report.ignored.contains { $0.contains("too much evidence") })
    }

    @Test(arguments: [
        "a layer of the image with another size", "a layer that nobody has", "a huge layer", "a bundle that is not there",
        "a bundle of another size", "a good bundle with a configuration that is not there", "a manifest that is not there",
    ])
    func `what anybody may attach refuses nothing`(_ attachment: String) async throws {
        var release = try await SampleRelease().make()
        let subject = release.subjects[0]
        var layer = Descriptor(
            mediaType: "application/octet-stream", digest: release.image.platforms[0].layers[0].descriptor.digest, size: 1)
        let signed = try #require(release.evidence.attestations.first { $0.subject == subject })
        let good = try #require(release.contents.first { $0.digest == signed.bundle }).descriptor
        var config = Content.empty.descriptor
        var type = "application/vnd.example"
        switch attachment {
        case "a layer of the image with another size": break
        case "a layer that nobody has": layer.digest = .sha256(of: "nobody has it")
        case "a huge layer": (layer.digest, layer.size) = (.sha256(of: "huge"), 64 << 30)
        case "a bundle that is not there":
            (type, layer.mediaType, layer.digest) = (MediaType.sigstoreBundle, MediaType.sigstoreBundle, .sha256(of: "gone"))
        case "a bundle of another size": (type, layer.mediaType, layer.digest) = (MediaType.sigstoreBundle, good.mediaType, good.digest)
        default:
            (type, layer) = (MediaType.sigstoreBundle, good)
            config = Descriptor(mediaType: "application/x", digest: .sha256(of: "no configuration"), size: 7)
        }
        let manifest = try ImageManifest(config: config, layers: [layer], artifactType: type, subject: release.image.index.bare).content()
        if attachment != "a manifest that is not there" { release.contents += [manifest, Content.empty] }
        release.publication.manifests.append(
            .init(
                digest: manifest.digest, mediaType: MediaType.manifest, size: manifest.bytes.count, subject: subject, artifactType: type,
                references: [Content.empty.digest]))
        let report = try await verify(try MemoryLayout([release]))
        #expect(report.isTrusted, "\(report.reasons)")
        #expect(report.subjects.allSatisfy { $0.signatures == [.bundle, .legacy] })
    }

    @Test func `a payload with a critical member that is not known is refused although it is signed`() async throws {
        let release = try await SampleRelease().make().keeping(.legacy)
        let subject = release.subjects[0]
        let payload = JSON.object([
            "critical": [
                "identity": ["docker-reference": "python"], "image": ["docker-manifest-digest": JSON(subject.description)],
                "type": "cosign container image signature", "expires": "2020-01-01",
            ], "optional": nil,
        ]).canonicalBytes
        let signature = try await SampleKey.signer.signer.sign([.simpleSigning(payload)])[0]
        let layer = Content(
            payload, mediaType: MediaType.simpleSigning, annotations: [Annotation.cosignSignature: Base64.encode(signature)])
        let manifest = try ImageManifest(config: Content.empty.descriptor, layers: [layer.descriptor]).content()
        var layout = try MemoryLayout([release])
        for content in [layer, manifest, Content.empty] { layout[content.digest] = content.bytes }
        var index = try ImageIndex(reading: try #require(layout.files[OCILayout.indexPath]))
        index.manifests = index.manifests.map { entry in
            guard entry.annotations?[Annotation.referenceName] == Tag.signatures(of: subject).description else { return entry }
            var changed = manifest.descriptor
            changed.annotations = entry.annotations
            return changed
        }
        layout.files[OCILayout.indexPath] = try index.content().bytes
        let report = try await verify(layout)
        #expect(report.reasons.contains { $0.contains("did not sign") } && report.ignored.contains { $0.contains("'expires'") })
    }
}
