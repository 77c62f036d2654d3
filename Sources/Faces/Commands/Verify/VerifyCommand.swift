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
        commandName: "verify", abstract: "Verifies an image, what is attached to it and every blob of it, against a public key.",
        discussion: """
            NAME:TAG looks into the store, HOST/NAME:TAG into a registry, oci:DIR[:TAG] into an image layout, oci-archive:FILE[:TAG]
            into a tar of one; a folder with a file oci-layout and a .tar file may also be named by their paths. Nothing but the
            repository is asked: a store, a layout and a tar need no network, and only the public key.

            Each check is printed with its evidence; a refusal lists all reasons. docs/verify.md describes every check.

            Exit codes: 0 verified · 64 wrong use · 65 a key, layout or file of expectations that cannot be read · 66 no such image in the
            store · 69 the registry does not answer · 76 not trusted

            Example: ashlar verify oci:python:3.13 --key cosign.pub --expect expect.yaml --max-age 30d
            """)
    @OptionGroup var options: GlobalOptions
    @OptionGroup var demands: VerifyOptions
    @Argument(help: "NAME:TAG, HOST/NAME:TAG (http:// in front when there is no TLS), oci:DIR[:TAG], oci-archive:FILE[:TAG], or a path.")
    var reference: String
    @Option(help: "Seconds to wait until the registry answers.") var wait = 0
    @Option(help: "table or json.") var format = OutputFormat.table

    func run() async throws {
        try await reporting {
            let environment = ProcessInfo.processInfo.environment
            let settings = try Settings(options, environment: environment)
            let keyring = try demands.trustedKeyring()
            let keys = try demands.keys(default: settings.publicKeyFile, keyring: keyring?.value)
            switch try VerifyTarget(reference) {
            case .store(let repository, let reference):
                let records = try RecordStore(folder: settings.store, access: .readOnly)
                let local = LocalRepository(
                    repository, blobs: try FileBlobStore(folder: settings.store, access: .readOnly), records: records)
                let known = try Digest(reference) != nil || records.digest(ofTag: reference, in: repository) != nil
                let asked = try known ? reference : Published.find(self.reference, in: records).index.description
                try await check(asked, in: local, named: .repository(repository), keys, keyring, settings.logPublicKeyFile)
            case .registry(let text):
                try await LiveTransport.with(try Network.settings(environment)) { transport in
                    let remote = try Remote(text, transport: transport, environment: environment)
                    try await waitUntilReady(remote)
                    try await check(
                        remote.reference ?? "latest", in: remote.client.repository(remote.repository),
                        named: .repository(remote.repository.description), keys, keyring, settings.logPublicKeyFile)
                }
            case .layout(let folder, let reference):
                let layout = try LayoutRepository(LayoutFolder(folder), path: folder)
                try await check(
                    try reference ?? layout.onlyImage().description, in: layout, named: .any, keys, keyring, settings.logPublicKeyFile)
            case .archive(let file, let reference):
                let layout = try LayoutRepository(LayoutArchive(file), path: file)
                try await check(
                    try reference ?? layout.onlyImage().description, in: layout, named: .any, keys, keyring, settings.logPublicKeyFile)
            }
        }
    }

    private func check(
        _ reference: String, in repository: some RepositoryReader, named name: ExpectedName, _ keys: [VerificationKey],
        _ keyring: Verified<Keyring>?, _ ownLog: String
    ) async throws {
        let policy = try demands.policy(keys: keys, keyring: keyring, ownLog: ownLog, name: name, now: Workshop.now())
        let report = try await Verifier(policy: policy).report(on: reference, in: repository)
        let output = VerifyOutput(reference: self.reference, report: report, keys: keys)
        switch format {
        case .table: print(output.text)
        case .json: print(String(decoding: output.json.prettyBytes, as: UTF8.self), terminator: "")
        }
        guard report.isTrusted else { throw CommandError.notVerified(reference: self.reference, reasons: report.refusals) }
    }

    private func waitUntilReady(_ remote: Remote) async throws {
        guard wait > 0 else { return }
        let deadline = ContinuousClock.now + .seconds(wait)
        while true {
            do { return try await remote.client.probe() } catch {
                guard ContinuousClock.now < deadline else { throw error }
                try await Task.sleep(for: .milliseconds(200))
            }
        }
    }
}
