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

struct RevokeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke", abstract: "Keeps an image from being pulled, and tells whoever tries why and what to use instead.",
        discussion: """
            Nothing is deleted: evidence stays, and --lift lets the image be pulled again. A running server heeds it at once. Of an image
            that was built here a signed statement is put beside it and into the log: `ashlar verify` refuses the image wherever that is
            seen, also in a copy. Quarantine is told here alone.

            Examples:
              ashlar revoke python:3.13.5-r1 --reason "its signing key was lost" --replacement python:3.13.5-r2
              ashlar revoke python:3.13.5-r2 --quarantine --reason "under examination"
              ashlar revoke python:3.13.5-r2 --lift
            """)
    @OptionGroup var options: GlobalOptions
    @Argument(help: "NAME:TAG, NAME@DIGEST or a digest alone.") var image: String?
    @Option(help: "Why; whoever pulls is told.") var reason: String?
    @Option(help: "What to use instead.") var replacement: String?
    @Flag(help: "Hold back until it was examined, rather than for good.") var quarantine = false
    @Flag(help: "Let it be pulled again.") var lift = false
    @Flag(help: "Sign nothing: what was copied elsewhere is not refused there.") var noSign = false
    @Flag(help: "List what is held back.") var list = false

    func validate() throws {
        guard list != (image != nil) else { throw ValidationError("name an image, or --list") }
        guard list || lift || reason?.isEmpty == false else { throw ValidationError("say why: --reason <text>") }
    }

    func run() async throws {
        try await reporting {
            let settings = try Settings(options, environment: ProcessInfo.processInfo.environment)
            if list { return try show(RecordStore(folder: settings.store, access: .readOnly)) }
            _ = try RecordStore(folder: settings.store, access: .readOnly)
            let records = try RecordStore(folder: settings.store)
            let digests = try Self.digests(image ?? "", records, FileBlobStore(folder: settings.store, access: .readOnly))
            if lift {
                guard try records.reinstate(digests, named: image) > 0 else { throw CommandError.notWithdrawn(image ?? "") }
                print("\(image ?? "") can be pulled again")
                return try await sign(.reinstated, digests, records, settings)
            }
            let state: Withdrawal.State = quarantine ? .quarantined : .revoked
            try records.withdraw(
                digests.map { .init(digest: $0, state: state, reason: reason ?? "", replacement: replacement, since: Workshop.now()) },
                named: image)
            for digest in digests { print("\(state.rawValue) \(digest)") }
            // Held back first: no signer that is away keeps this door open.
            if state == .revoked { try await sign(.revoked, digests, records, settings) }
        }
    }

    private func sign(_ state: Revocation.State, _ digests: [Digest], _ records: RecordStore, _ settings: Settings) async throws {
        guard !noSign, let release = try RevocationWriter.release(of: digests, in: records) else { return }
        if state == .reinstated, try !RevocationWriter.isRevoked(digests, in: release.repository, records) { return }
        let statement = Revocation(state, reason: reason ?? "", replacement: replacement, time: Workshop.now())
        let workshop = try Workshop(settings)
        defer { workshop.signers.close() }
        try await StoreLock.whileHeld(store: settings.store) {
            let signer = try await workshop.signer()
            let place = ScanPublisher(
                attestor: try Attestor(signer: signer, log: try workshop.log(signer)), publisher: Publisher(), blobs: try workshop.blobs(),
                records: records)
            let count = try await place.publish(
                RevocationWriter.claims(statement, about: digests, of: release), about: release, at: statement.time)
            print("signed \(count) statement\(count == 1 ? "" : "s")\(place.isLogging ? ", and logged them" : "; there is no log")")
        }
    }

    private func show(_ records: RecordStore) throws {
        var table = Table(header: ["DIGEST", "STATE", "SINCE", "REASON", "INSTEAD"])
        table.rows = try records.withdrawals().map {
            [$0.digest.description, $0.state.rawValue, $0.since.description, $0.reason, $0.replacement ?? ""]
        }
        print(table.text)
    }

    /// The manifest and, of an index, the manifests it lists.
    private static func digests(_ image: String, _ records: RecordStore, _ blobs: FileBlobStore) throws -> [Digest] {
        let digest: Digest
        if let alone = Digest(image) {
            digest = alone
        } else if let at = image.firstIndex(of: "@"), let named = Digest(image[image.index(after: at)...]) {
            digest = named
        } else if let colon = image.lastIndex(of: ":"),
            let tagged = try records.digest(ofTag: String(image[image.index(after: colon)...]), in: String(image[..<colon]))
        {
            digest = tagged
        } else {
            throw try Published.unknown(image, in: records)
        }
        guard let size = try blobs.size(of: digest), size <= PushedManifest.limit,
            let manifest = try? PushedManifest(reading: blobs.read(digest), as: nil), manifest.kind == .index
        else { return [digest] }
        return [digest] + (try manifest.references.compactMap { try records.digest(of: $0.address) })
    }
}
