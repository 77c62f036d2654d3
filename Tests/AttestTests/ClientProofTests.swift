// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Attest
import Base
import Foundation
import OCI
import Publish
import Sigstore
import Testing
import Transparency

/// Pushes signed images into a real registry and asks real cosigns about them.
///
/// Runs when `ASHLAR_CLIENTS` names the folder that `scripts/clients` filled and docker-registry is installed.
@Suite(.serialized, .enabled(if: Clients.folder != nil && RealRegistry.program != nil)) struct ClientProofTests {
    static let versions = ["cosign2", "cosign3"]
    static let types = [
        ("spdxjson", PredicateType.spdx), ("cyclonedx", PredicateType.cycloneDX), ("slsaprovenance1", PredicateType.slsaProvenance),
        ("openvex", PredicateType.openVEX),
    ]

    private let image: SyntheticImage
    private let registry: RealRegistry
    private let client: RegistryClient
    private let key = FixedGenerator.key(1)
    private let other = FixedGenerator.key(2)

    init() throws {
        image = try SyntheticImage()
        registry = try RealRegistry()
        client = RegistryClient(registry: registry.host, scheme: .http, transport: CurlTransport())
        try Data(key.publicPEM.utf8).write(to: registry.folder.appending(path: "key.pub"))
        try Data(other.publicPEM.utf8).write(to: registry.folder.appending(path: "other.pub"))
    }

    private enum Part { case everything, bundles, legacy }

    @discardableResult private func push(_ part: Part = .everything) async throws -> RepositoryName {
        let name = try RepositoryName("images/python")
        var evidence = try await Attestor(signer: key.signer, log: MemoryLog()).attest(
            image.image, as: RepositoryName("python"), claims: image.claims())
        switch part {
        case .everything: break
        case .bundles: evidence.manifests.removeAll { $0.tag != nil }
        case .legacy: evidence.manifests.removeAll { $0.tag == nil }
        }
        try await push(evidence, to: name)
        return name
    }

    private func push(_ evidence: Evidence, to name: RepositoryName) async throws {
        let publication = try Publisher().plan(
            image.image, with: evidence, findings: Findings(hardening: [], contract: [], rules: []),
            recipe: Recipe(name: "python", stream: "3.13"),
            lock: Lock(
                image: "python", stream: "3.13", variant: nil, recipe: image.image.index.digest, revision: 1, platforms: []))
        let store = MemoryBlobs(image.contents + evidence.blobs + evidence.manifests.map(\.content))
        _ = try await client.push(publication, to: name, from: store)
    }

    private func cosign(_ version: String, _ arguments: [String], key: String = "key.pub", _ name: RepositoryName, _ reference: String)
        throws -> (status: Int32, output: [UInt8], errors: String)
    {
        let separator = reference.hasPrefix("sha256:") ? "@" : ":"
        return try Command.run(
            "\(Clients.folder ?? "")/bin/\(version)",
            arguments + [
                "--key", registry.folder.appending(path: key).path, "--insecure-ignore-tlog=true", "--allow-http-registry",
                "\(registry.host)/\(name)\(separator)\(reference)",
            ], environment: ["HOME": registry.folder.path, "no_proxy": "127.0.0.1"])
    }

    @Test(arguments: versions) func `cosign verifies index, platforms and tags`(_ version: String) async throws {
        let name = try await push()
        for reference in image.subjects.map(\.description) + ["3.13", "3.13.5-r1"] {
            let result = try cosign(version, ["verify"], name, reference)
            #expect(result.status == 0, "\(result.errors)")
            #expect(try cosign(version, ["verify"], key: "other.pub", name, reference).status != 0)
        }
    }

    @Test(arguments: versions) func `cosign verifies every kind of attestation`(_ version: String) async throws {
        let name = try await push()
        for (type, predicateType) in Self.types {
            for subject in image.subjects.map(\.description) {
                let result = try cosign(version, ["verify-attestation", "--type", type], name, subject)
                #expect(result.status == 0, "\(result.errors)")
                let envelope = try JSON.parse(result.output)
                let payload = try #require(Base64.decode(envelope["payload"]?.string ?? ""))
                #expect(try Statement(reading: payload).predicateType == predicateType)
            }
            let result = try cosign(
                version, ["verify-attestation", "--type", type], key: "other.pub", name, image.image.index.digest.description)
            #expect(result.status != 0)
        }
        let result = try cosign(version, ["verify-attestation", "--type", "vuln"], name, image.image.index.digest.description)
        #expect(result.status != 0)
    }

    @Test(arguments: versions) func `what two keys signed, cosign verifies with either`(_ version: String) async throws {
        let name = try RepositoryName("images/python")
        let subjects = [image.image.index] + image.image.platforms.map(\.manifest)
        let first = try await Attestor(signer: key.signer).attest(image.image, as: name, claims: image.claims())
        let lists = first.manifests.compactMap { manifest in manifest.tag.map { ($0, manifest.manifest) } }
        let second = try await Attestor(signer: other.signer).attest(
            image.claims(), signing: subjects, about: subjects, as: name, created: image.image.created,
            listed: Dictionary(uniqueKeysWithValues: lists))
        try await push(first.adding(second), to: name)
        for key in ["key.pub", "other.pub"] {
            for subject in image.subjects.map(\.description) {
                let result = try cosign(version, ["verify"], key: key, name, subject)
                #expect(result.status == 0, "\(result.errors)")
                // What is known about an image renews itself: the newest takes the place of older ones in the legacy list.
                for (type, _) in Self.types where key == "other.pub" || type != "openvex" {
                    let result = try cosign(version, ["verify-attestation", "--type", type], key: key, name, subject)
                    #expect(result.status == 0, "\(key) \(type): \(result.errors)")
                }
            }
        }
    }

    @Test func `cosign 3 finds the signatures in our log, offline, with nothing ignored`() async throws {
        let name = try await push()
        let log = try MemoryLog()
        let other = try MemoryLog(name: "other.example.org")
        for (file, log) in [("root.json", log), ("foreign.json", other)] {
            let root = try TrustedRoot(log: log.key, validFrom: Timestamp(seconds: 1_700_000_000))
            try Data(root.json.prettyBytes).write(to: registry.folder.appending(path: file))
        }
        func logged(_ arguments: [String], root: String = "root.json", key: String = "key.pub", _ reference: String) throws -> (
            status: Int32, errors: String
        ) {
            let result = try Command.run(
                "\(Clients.folder ?? "")/bin/cosign3",
                arguments + [
                    "--key", registry.folder.appending(path: key).path, "--trusted-root", registry.folder.appending(path: root).path,
                    "--allow-http-registry", "\(registry.host)/\(name)@\(reference)",
                ], environment: ["HOME": registry.folder.path, "no_proxy": "127.0.0.1"])
            return (result.status, result.errors)
        }
        for reference in image.subjects.map(\.description) {
            let result = try logged(["verify"], reference)
            #expect(result.status == 0, "\(result.errors)")
            for (type, _) in Self.types {
                let result = try logged(["verify-attestation", "--type", type], reference)
                #expect(result.status == 0, "\(result.errors)")
            }
            #expect(try logged(["verify"], root: "foreign.json", reference).status != 0)
            #expect(try logged(["verify"], key: "other.pub", reference).status != 0)
        }
    }

    @Test func `cosign 3 needs no more than the bundles`() async throws {
        let name = try await push(.bundles)
        let index = image.image.index.digest.description
        #expect(try cosign("cosign3", ["verify"], name, index).status == 0)
        #expect(try cosign("cosign3", ["verify"], key: "other.pub", name, index).status != 0)
        #expect(try cosign("cosign3", ["verify-attestation", "--type", "spdxjson"], name, index).status == 0)
        #expect(try cosign("cosign2", ["verify"], name, index).status != 0)
    }

    @Test(arguments: versions) func `cosign needs no more than the legacy tags`(_ version: String) async throws {
        let name = try await push(.legacy)
        let index = image.image.index.digest.description
        #expect(try cosign(version, ["verify"], name, index).status == 0)
        #expect(try cosign(version, ["verify-attestation", "--type", "cyclonedx"], name, index).status == 0)
    }

    @Test func `our verifier agrees over the network`() async throws {
        let name = try await push()
        let verifier = Verifier(key: try VerificationKey(pem: key.publicPEM), requiring: Self.types.map(\.1))
        let results = try await verifier.verifyAll("3.13", in: client.repository(name))
        #expect(results.map(\.subject) == image.subjects)
        for result in results {
            #expect(result.isTrusted, "\(result.reasons)")
            #expect(result.signatures == [.bundle, .legacy] && result.claims.allSatisfy { $0.forms == [.bundle, .legacy] })
            #expect(result.ignored.isEmpty, "\(result.ignored)")
        }
        let refused = try await Verifier(key: VerificationKey(pem: other.publicPEM)).verify("3.13", in: client.repository(name))
        #expect(!refused.isTrusted)
    }

    @Test func `our verifier reads what cosign writes`() async throws {
        let name = try await push(.bundles)
        let index = image.image.index.digest.description
        let file = registry.folder.appending(path: "key.pem")
        try Data(key.unencryptedPEM.utf8).write(to: file)
        // cosign 2.5 imports no EC key at all, cosign 3 does; both sign with the result.
        let imported = try Command.run(
            "\(Clients.folder ?? "")/bin/cosign3",
            ["import-key-pair", "--key", file.path, "--output-key-prefix", registry.folder.appending(path: "imported").path],
            environment: ["COSIGN_PASSWORD": "", "HOME": registry.folder.path])
        #expect(imported.status == 0, "cosign reads our key file: \(imported.errors)")
        let signed = try Command.run(
            "\(Clients.folder ?? "")/bin/cosign2",
            [
                "sign", "-y", "--key", registry.folder.appending(path: "imported.key").path, "--tlog-upload=false", "--allow-http-registry",
                "\(registry.host)/\(name)@\(index)",
            ], environment: ["COSIGN_PASSWORD": "", "HOME": registry.folder.path, "no_proxy": "127.0.0.1"])
        #expect(signed.status == 0, "\(signed.errors)")
        let result = try await Verifier(key: VerificationKey(pem: key.publicPEM)).verify(index, in: client.repository(name))
        #expect(result.signatures == [.bundle, .legacy])
    }
}
