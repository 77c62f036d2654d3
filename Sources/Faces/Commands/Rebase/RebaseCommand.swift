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
import Transport

struct RebaseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rebase", abstract: "Gives an image that stands on a release of this catalog another release of it as base.",
        discussion: """
            The application's layers stay byte for byte, those of the base are replaced, and configuration, manifest and index follow, for
            all platforms. Nothing is run. The result is signed with provenance, SBOM and the rules it was held against. It is refused, with
            all reasons, when it is not shown to be safe: docs/rebase.md explains every rule.

            By default the tag that was asked for leads to the new image; the earlier one stays by its digest. Signatures of others are about
            the image as it was, and stay with it.

            Exit codes: 0 done, or current already · 64 wrong use · 65 damaged · 66 no such image · 69 a registry does not answer ·
            73 the tag moved meanwhile · 76 not what its digests say · 77 not safe, with all reasons

            Example: ashlar rebase team/app:1.0 --check
                     ashlar rebase team/app:1.0
                     ashlar rebase team/app:1.0 --onto python:3.13.5-r3 --to team/app:1.0-next
                     ashlar rebase registry.example/shop/api:2.1 --to registry.example/shop/api:2.1
                     ashlar rebase oci:build/app --to oci:build/app-rebased
            """)
    @OptionGroup var options: GlobalOptions
    @Argument(help: "NAME:TAG of this store, HOST/NAME:TAG, oci:DIR[:TAG], oci-archive:FILE[:TAG].") var image: String
    @Option(help: "The release that is to be beneath it: latest, or NAME:TAG, NAME@DIGEST.") var onto = "latest"
    @Option(help: "Where the result goes: NAME:TAG of this store, HOST/NAME:TAG, oci:DIR. Where it came from by default, if that can be.")
    var to: String?
    @Flag(help: "Say what would be done and what speaks against it, and do nothing.") var check = false
    @Option(help: "How far the version may move within the stream: patch, minor or major.") var allow = VersionStep.patch
    @Option(help: "The release it stands on, where several have the same layers: NAME:TAG.") var base: String?
    @Option(
        help: "A public key that the bases may be signed by, besides the catalog's own; may be given more than once.", completion: .file())
    var key: [String] = []
    @Option(help: "table or json.") var format = OutputFormat.table

    func run() async throws {
        try await reporting {
            let environment = ProcessInfo.processInfo.environment
            let settings = try Settings(options, environment: environment)
            let room = try RebaseRoom(settings, environment: environment, keys: key)
            let target: RebaseTarget = onto == "latest" ? .latest : .release(try Published.find(onto, in: room.records))
            let named = try base.map { try Published.find($0, in: room.records) }
            func look() async throws {
                try await room.open(image) { application, source in
                    let plan = try await room.desk.plan(application, from: source, onto: target, allowing: allow, base: named)
                    try await act(on: plan, source, room)
                }
            }
            // Two at once would both take the tag for what it was.
            if check { try await look() } else { try await StoreLock.whileHeld(store: settings.store) { try await look() } }
        }
    }

    private func act(on plan: RebasePlan, _ source: RebaseDesk.Source, _ room: RebaseRoom) async throws {
        if check || plan.state != .safe {
            show(plan, published: nil)
            guard plan.refusals.isEmpty else { throw RebaseRefusal.refused(plan.application.reference, plan.refusals) }
            return
        }
        guard let rebased = plan.rebased else { return }
        let destination = try RebaseDestination(to ?? image, isSource: to == nil || to == image, records: room.records)
        let workshop = try Workshop(room.settings, environment: environment)
        defer { workshop.signers.close() }
        let signer = try await workshop.signer()
        let started = Workshop.now()
        let claims = try RebaseClaims(
            version: Version.text, builder: room.settings.builder,
            program: try ProgramDigest.digest(cache: FlowCache(folder: workshop.cache)),
            producer: room.settings.imprint.producer, clock: { Workshop.now() }
        ).claims(
            plan, as: destination.repository, allowing: allow, invocation: "urn:uuid:\(UUID().uuidString.lowercased())", started: started)
        let publisher = RebasePublisher(
            attestor: try Attestor(signer: signer, log: try workshop.log(signer)), blobs: room.blobs, records: room.records)
        let made = try await publisher.sign(rebased, claims, as: destination.repository, named: destination.tag, at: started)
        let expected = destination.isSource && destination.tag != nil ? plan.application.digest : nil
        switch destination.place {
        case .store:
            let isOfCatalog = try !room.records.releases(in: destination.repository.description, limit: 1).isEmpty
            try publisher.publish(made, from: source.layers, expected: expected, isReserved: isOfCatalog, at: Workshop.now())
        case .layout(let folder): try await scratch(source, room) { try publisher.write(made, to: folder, from: $0) }
        case .registry(let text):
            try await scratch(source, room) { store in
                _ = try await LiveTransport.with(try Network.settings(environment)) { transport in
                    let remote = try Remote(text, transport: transport, environment: environment)
                    return try await publisher.send(
                        made, to: remote.repository, with: remote.client, from: store, expected: expected)
                }
            }
        }
        show(plan, published: destination.text)
    }

    private var environment: [String: String] { ProcessInfo.processInfo.environment }

    // What is made here goes beside the layers that were fetched; never into the store when it is published elsewhere.
    private func scratch(_ source: RebaseDesk.Source, _ room: RebaseRoom, _ body: (FileBlobStore) async throws -> Void) async throws {
        if source.layers.folder != room.blobs.folder { return try await body(source.layers) }
        try await room.withScratch { try await body($0) }
    }

    private func show(_ plan: RebasePlan, published: String?) {
        let output = RebaseOutput(plan: plan, published: published)
        switch format {
        case .table: print(output.text)
        case .json: print(String(decoding: output.json.prettyBytes, as: UTF8.self), terminator: "")
        }
    }
}

extension VersionStep: ExpressibleByArgument {}

/// Where a rebased image goes.
struct RebaseDestination {
    enum Place { case store, registry(String), layout(String) }
    let place: Place
    let repository: RepositoryName
    /// Nil when it was asked for by its digest: nothing leads to it by name then.
    let tag: Tag?
    /// Whether it is where the image came from.
    let isSource: Bool
    let text: String

    init(_ text: String, isSource: Bool, records: RecordStore) throws {
        self.text = text
        self.isSource = isSource
        switch try VerifyTarget(text, exists: { text.hasPrefix("oci:") ? nil : VerifyTarget.FileKind($0) }) {
        case .store(let name, let reference):
            place = .store
            repository = try RepositoryName(name)
            tag = Digest(reference) == nil ? try Tag(reference) : nil
        case .registry(let address) where !address.contains("://") && !Self.namesHost(address):
            let (name, reference) = RebaseRoom.split(address)
            place = .store
            repository = try RepositoryName(name)
            tag = Digest(reference) == nil ? try Tag(reference) : nil
        case .registry(let address):
            let plain = address.split(separator: "/", omittingEmptySubsequences: false).drop {
                $0.isEmpty || $0.hasSuffix(":") || Self.isHost($0)
            }
            let (name, reference) = RebaseRoom.split(plain.joined(separator: "/"))
            repository = try RepositoryName(name)
            tag = Digest(reference) == nil ? try Tag(reference) : nil
            place = .registry(address)
        case .layout(let folder, let reference):
            guard !isSource else {
                throw CommandError.badOption(
                    "--to", found: "nothing", expected: "where the result goes: a layout is not changed", nearest: nil,
                    fix: "ashlar rebase \(text) --to oci:NEW-FOLDER")
            }
            place = .layout(folder)
            let name = folder.split(separator: "/").last.map { $0.lowercased() } ?? "image"
            repository = try (try? RepositoryName(name)) ?? RepositoryName("image")
            tag = try Tag(reference ?? "latest")
        case .archive:
            throw CommandError.badOption(
                "--to", found: text, expected: "NAME:TAG, HOST/NAME:TAG or oci:DIR", nearest: nil, fix: "--to oci:NEW-FOLDER")
        }
        // The name is signed: what nobody built here must not be taken for an image of the catalog, wherever it goes.
        guard try records.releases(in: repository.description, limit: 1).isEmpty else {
            throw CommandError.badOption(
                "--to", found: text, expected: "a name that is no image of this catalog", nearest: nil, fix: "--to team/app:TAG")
        }
        if isSource, tag == nil {
            throw CommandError.badOption(
                "--to", found: "nothing", expected: "a name for the result: a digest leads to one image for good", nearest: nil)
        }
    }

    private static func namesHost(_ text: String) -> Bool { text.split(separator: "/").first.map(isHost) ?? false }
    private static func isHost(_ part: Substring) -> Bool { part == "localhost" || part.contains(".") || part.contains(":") }
}

/// What a rebase does, for people and programs.
struct RebaseOutput {
    let plan: RebasePlan
    /// Where it is now; nil when nothing was done.
    let published: String?

    var text: String {
        var lines: [String] = []
        let name = plan.application.reference
        switch plan.state {
        case .foreign: lines.append("\(name) stands on no release of this store")
        case .current: lines.append("\(name) stands on \(plan.old?.buildName ?? ""), which is what was asked for")
        case .safe: lines.append("\(published == nil ? "can be rebased" : "rebased")  \(name)")
        case .refused: lines.append("not safe  \(name)")
        }
        lines.append("  image  \(plan.application.digest?.description ?? "")")
        if let old = plan.old { lines.append("  from   \(old.buildName)  \(old.index)") }
        if let new = plan.new, plan.state != .current { lines.append("  onto   \(new.buildName)  \(new.index)") }
        for platform in plan.rebased?.platforms ?? [] {
            let count = platform.documents.diffIDs.count
            lines.append(
                "  \(platform.documents.platform)  \(platform.baseLayers) layers of the base, \(count - platform.baseLayers) of the application kept"
            )
        }
        for finding in plan.findings { lines.append("  \(finding.weight == .refusal ? "NO" : "note")  \(finding.text)") }
        for left in plan.application.leftBehind where plan.rebased != nil {
            lines.append("  note  left behind, since it is about the image as it was: \(left.digest)")
        }
        if let digest = plan.rebased?.digest, plan.state == .safe { lines.append("  result \(digest)") }
        if let published { lines.append("  at     \(published)") }
        return lines.map(Terminal.clean).joined(separator: "\n")
    }

    var json: JSON {
        func digest(_ release: Release?) -> JSON {
            release.map { ["name": JSON($0.buildName), "digest": JSON($0.index.description)] } ?? .null
        }
        return [
            "image": JSON(plan.application.reference), "digest": plan.application.digest.map { JSON($0.description) } ?? .null,
            "state": JSON(plan.state.rawValue), "from": digest(plan.old), "onto": digest(plan.new),
            "findings": .array(plan.findings.map { (try? CanonicalJSON.value(of: $0)) ?? .null }),
            "result": plan.state == .safe ? plan.rebased?.digest.map { JSON($0.description) } ?? .null : .null,
            "platforms": .array(
                (plan.rebased?.platforms ?? []).map { platform in
                    [
                        "platform": JSON(platform.documents.platform.description), "baseLayers": JSON(platform.baseLayers),
                        "layers": JSON(platform.documents.diffIDs.count), "manifest": JSON(platform.documents.manifest.digest.description),
                    ]
                }),
            "leftBehind": JSON(plan.application.leftBehind.map(\.digest.description)), "published": published.map { JSON($0) } ?? .null,
        ]
    }
}
