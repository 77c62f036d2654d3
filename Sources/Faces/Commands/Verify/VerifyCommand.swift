// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Artifacts
import Attest
import Base
import Blobs
import Foundation
import OCI
import Pipeline
import Publish
import Records
import Sigstore
import Transport

struct VerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Verifies an image and what is attached to it against a public key.",
        discussion: """
            NAME:TAG looks into the store, HOST/NAME:TAG into a registry. Nothing but the repository is asked.

            Example: ashlar verify http://127.0.0.1:8080/python:3.13 --key cosign.pub
            """)
    @OptionGroup var options: GlobalOptions
    @Argument(help: "NAME:TAG, or HOST/NAME:TAG with http:// in front when there is no TLS.") var reference: String
    @Option(help: "The public key; the catalog's own by default.", completion: .file()) var key: String?
    @Flag(help: "Also pull every blob of the image and compare its digest.") var pull = false
    @Option(help: "Seconds to wait until the registry answers.") var wait = 0

    func run() async throws {
        try await reporting {
            let environment = ProcessInfo.processInfo.environment
            let settings = try Settings(options, environment: environment)
            let keyPath = key ?? settings.publicKeyFile
            guard let data = FileManager.default.contents(atPath: keyPath) else { throw CommandError.keyMissing(keyPath) }
            let verifier = Verifier(key: try VerificationKey(pem: String(decoding: data, as: UTF8.self)))
            if reference.contains("/") {
                try await LiveTransport.with(try Network.settings(environment)) { transport in
                    let remote = try Remote(reference, transport: transport, environment: environment)
                    try await waitUntilReady(remote)
                    try await check(verifier, remote.reference ?? "latest", in: remote.client.repository(remote.repository))
                }
            } else {
                let records = try RecordStore(folder: settings.store, access: .readOnly)
                let release = try Published.find(reference, in: records)
                let local = LocalRepository(
                    release.repository, blobs: try FileBlobStore(folder: settings.store, access: .readOnly), records: records)
                try await check(verifier, release.index.description, in: local)
            }
        }
    }

    private func check(_ verifier: Verifier, _ tag: String, in repository: some RepositoryReader) async throws {
        let results = try await verifier.verifyAll(tag, in: repository)
        let reasons = results.flatMap { result in result.reasons.map { "\(result.subject?.short ?? "?"): \($0)" } }
        guard reasons.isEmpty, let index = results.first?.subject else {
            throw CommandError.notVerified(reference: reference, reasons: reasons)
        }
        print("verified \(reference)")
        print("  index  \(index)")
        for result in results {
            let claims = result.predicateTypes.map { PredicateType.shortName(of: $0) ?? $0 }
            let forms = result.signatures.map { $0 == .bundle ? "bundle" : "legacy" }.sorted()
            print("  \(result.subject?.short ?? "?")  signature (\(forms.joined(separator: ", "))), \(claims.joined(separator: ", "))")
        }
        if pull { print("  pulled and compared \(try await pullAll(results.compactMap(\.subject), from: repository)) of layers") }
    }

    private func pullAll(_ subjects: [Digest], from repository: some RepositoryReader) async throws -> String {
        var total = 0
        var seen: Set<Digest> = []
        for subject in subjects {
            guard let content = try await repository.manifest(subject.description),
                let manifest = try? ImageManifest(reading: content.bytes)
            else {
                continue
            }
            for layer in manifest.layers + [manifest.config] where seen.insert(layer.digest).inserted {
                guard let bytes = try await repository.blob(layer.digest, limit: layer.size) else {
                    throw CommandError.notVerified(reference: reference, reasons: ["the blob \(layer.digest) is missing"])
                }
                try layer.check(bytes)
                total += bytes.count
            }
        }
        return Size.text(total)
    }

    private func waitUntilReady(_ remote: Remote) async throws {
        let deadline = ContinuousClock.now + .seconds(wait)
        while true {
            do { return try await remote.client.probe() } catch {
                guard ContinuousClock.now < deadline else { throw error }
                try await Task.sleep(for: .milliseconds(200))
            }
        }
    }
}
