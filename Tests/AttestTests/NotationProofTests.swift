// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Attest
import Base
import Foundation
import OCI
import Publish
import Sigstore
import Testing

/// Asks the Notary Project's real `notation` about an image that we signed in its format.
///
/// Runs when `ASHLAR_CLIENTS` names the folder that `scripts/clients` filled and docker-registry is installed.
@Suite(.serialized, .enabled(if: Clients.folder != nil && RealRegistry.program != nil)) struct NotationProofTests {
    private let image: SyntheticImage
    private let registry: RealRegistry
    private let client: RegistryClient
    private let key = FixedGenerator.key(1)

    init() throws {
        image = try SyntheticImage()
        registry = try RealRegistry()
        client = RegistryClient(registry: registry.host, scheme: .http, transport: CurlTransport())
    }

    private var notation: String { "\(Clients.folder ?? "")/bin/notation" }
    private func environment() -> [String: String] {
        ["HOME": registry.folder.path, "XDG_CONFIG_HOME": registry.folder.path, "no_proxy": "127.0.0.1", "NO_PROXY": "127.0.0.1"]
    }

    /// A certificate that openssl makes: what our own writer makes is held against openssl elsewhere.
    private func certificate(of key: KeyFile, name: String) throws -> [UInt8] {
        let file = registry.folder.appending(path: name)
        try Data(key.unencryptedPEM.utf8).write(to: file.appendingPathExtension("key"))
        let made = try Command.run(
            "/usr/bin/openssl",
            [
                "req", "-x509", "-new", "-key", file.path + ".key", "-out", file.path + ".crt", "-days", "2", "-subj",
                "/C=DE/ST=Berlin/O=Example/CN=\(name)", "-addext", "keyUsage=critical,digitalSignature", "-addext",
                "extendedKeyUsage=codeSigning", "-addext", "basicConstraints=critical,CA:FALSE",
            ])
        #expect(made.status == 0, "\(made.errors)")
        let text = try String(contentsOf: file.appendingPathExtension("crt"), encoding: .utf8)
        return try #require(PEM.blocks(in: text, label: "CERTIFICATE").first)
    }

    private func push(_ evidence: Evidence) async throws -> RepositoryName {
        let name = try RepositoryName("images/python")
        let publication = try Publisher().plan(
            image.image, with: evidence, findings: Findings(hardening: [], contract: [], rules: []),
            recipe: Recipe(name: "python", stream: "3.13"),
            lock: Lock(image: "python", stream: "3.13", variant: nil, recipe: image.image.index.digest, revision: 1, platforms: []))
        let store = MemoryBlobs(image.contents + evidence.blobs + evidence.manifests.map(\.content))
        _ = try await client.push(publication, to: name, from: store)
        return name
    }

    private func trust(_ certificate: String) throws {
        let folder = registry.folder.appending(path: "notation")
        try? FileManager.default.removeItem(at: folder)
        let store = folder.appending(path: "truststore/x509/ca/ashlar")
        try FileManager.default.createDirectory(at: store, withIntermediateDirectories: true)
        try FileManager.default.copyItem(
            at: registry.folder.appending(path: certificate + ".crt"), to: store.appending(path: "ashlar.crt"))
        let policy: JSON = [
            "version": "1.0",
            "trustPolicies": [
                [
                    "name": "ashlar", "registryScopes": ["*"], "signatureVerification": ["level": "strict"],
                    "trustStores": ["ca:ashlar"], "trustedIdentities": ["x509.subject: C=DE, ST=Berlin, O=Example"],
                ]
            ],
        ]
        try Data(policy.canonicalBytes).write(to: folder.appending(path: "trustpolicy.json"))
    }

    private func verify(_ name: RepositoryName, _ digest: Digest) throws -> (status: Int32, output: [UInt8], errors: String) {
        try Command.run(
            notation, ["verify", "--insecure-registry", "\(registry.host)/\(name)@\(digest)"], environment: environment())
    }

    @Test func `notation verifies index and platforms, and refuses another certificate`() async throws {
        let chain = [try certificate(of: key, name: "ours")]
        _ = try certificate(of: FixedGenerator.key(2), name: "other")
        let now = Timestamp(seconds: Int(Date().timeIntervalSince1970) - 1)
        let attestor = try NotationAttestor(signer: key.signer, chain: chain, validFrom: now, agent: "ashlar/test")
        let legacy = try await Attestor(signer: key.signer).attest(image.image, as: RepositoryName("python"), claims: [])
        let name = try await push(legacy.adding(try await attestor.sign(image.image)))
        try trust("ours")
        for subject in image.subjects {
            let result = try verify(name, subject)
            #expect(result.status == 0, "\(result.errors)")
        }
        try trust("other")
        #expect(try verify(name, image.image.index.digest).status != 0)
    }

    @Test func `notation refuses an envelope that was moved to another image`() async throws {
        let chain = [try certificate(of: key, name: "ours")]
        let now = Timestamp(seconds: Int(Date().timeIntervalSince1970) - 1)
        var evidence = try await NotationAttestor(signer: key.signer, chain: chain, validFrom: now, agent: "ashlar/test").sign(image.image)
        // The envelope of a platform, said to be about the index.
        let stolen = evidence.manifests[1].manifest
        var moved = stolen
        moved.subject = image.image.index.bare
        evidence.manifests = [EvidenceManifest(content: try moved.content(), manifest: moved)]
        let name = try await push(evidence)
        try trust("ours")
        #expect(try verify(name, image.image.index.digest).status != 0)
        #expect(try verify(name, image.subjects[1]).status != 0)
    }
}
