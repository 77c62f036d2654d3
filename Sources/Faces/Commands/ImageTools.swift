// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Assemble
import Attest
import Base
import Blobs
import Fetch
import Foundation
import Ledger
import OCI
import Pipeline
import Publish
import Records
import Signing
import Tools
import Transport

/// Makes the pipeline that one image is built with.
struct ImageTools {
    let workshop: Workshop
    let blobs: FileBlobStore
    let records: RecordStore
    let transport: any HTTPTransport
    let mirror: Mirror?
    let indexes: IndexShelf
    /// Is told each package when it is in the store.
    let onFetch: @Sendable (LockedPackage) -> Void
    /// The catalog's gate; nil where what is built is not to be published.
    var publishGate: PublishGate?
    /// Those of the catalog, where they are known already.
    var suites: [Suite]?
    /// Made for several images; nil makes one for this.
    var signing: Signing?

    /// Who signs, and the log that it is entered in.
    struct Signing: Sendable {
        let signer: any Signer
        let log: FileLog?

        init(of workshop: Workshop) async throws {
            signer = try await workshop.signer()
            log = try workshop.log(signer)
        }
    }

    func pipeline(
        for recipe: Recipe, scripts: ScriptTable, contracts: ImageChecker.Contracts, limits: Gate.Limits, reach: IndexLoader.Reach
    ) async throws -> BuildPipeline {
        let cache = FlowCache(folder: workshop.cache)
        let compiler = HelperWorkshop(folder: workshop.settings.helpers, cache: cache, toolbox: workshop.toolbox)
        var helpers: [Platform: [HelperBinary]] = [:]
        for platform in recipe.platforms where !recipe.helpers.isEmpty {
            helpers[platform] = try await compiler.helpers(recipe.helpers, for: platform)
        }
        let signing: Signing
        if let shared = self.signing { signing = shared } else { signing = try await Signing(of: workshop) }
        let signer = signing.signer
        let cores = max(1, ProcessInfo.processInfo.activeProcessorCount)
        return BuildPipeline(
            voucher: LockVoucher(records: records, now: Workshop.now(), allowStale: workshop.settings.allowStale) {
                try await indexes.indexes(for: $0)
            },
            fetcher: try fetcher(reach),
            assembler: Assembler(
                blobs: blobs, cache: cache,
                settings: AssemblySettings(
                    scripts: scripts, helpers: helpers, imprint: workshop.settings.imprint, parallelism: cores)),
            checker: ImageChecker(
                blobs: blobs, contracts: contracts,
                probes: ProbeWorkshop(helpers: workshop.settings.helpers, cache: cache, toolbox: workshop.toolbox),
                scratch: workshop.toolbox.temporary),
            gate: Gate(limits: limits, native: Self.native), publishGate: publishGate,
            attestor: try Attestor(signer: signer, log: signing.log), notary: try await workshop.notary(),
            statements: ClaimWriter(
                version: Version.text, builder: workshop.settings.builder, program: try ProgramDigest.digest(cache: cache),
                imprint: workshop.settings.imprint, helpers: helpers, clock: { Workshop.now() }),
            triage: VEXWriter(
                author: workshop.settings.imprint.producer ?? "the publisher of this catalog", tooling: "ashlar \(Version.text)",
                clock: { Workshop.now() }),
            summaries: SummaryWriter(
                version: Version.text, builder: workshop.settings.builder,
                signer: (signer as? SocketSigner)?.isApart == true ? .apart : .ofTheBuild, clock: { Workshop.now() }),
            publisher: Publisher(), blobs: blobs, records: records, onFetch: onFetch)
    }

    func fetcher(_ reach: IndexLoader.Reach) throws -> Fetcher {
        Fetcher(
            blobs: blobs, transport: transport, archives: try archives(), scratch: blobs.folder + "/partial",
            reach: reach == .network ? .network : .storeOnly)
    }

    private static var native: Platform? {
        #if arch(x86_64)
            let architecture = "amd64"
        #elseif arch(arm64)
            let architecture = "arm64"
        #else
            let architecture = ""
        #endif
        return Platform.allCases.first { $0.debian == architecture }
    }

    // Address of each archive of the suite; the lock stores paths relative to it.
    private func archives() throws -> [String: String] {
        guard let mirror else { return [:] }
        var addresses: [String: String] = [:]
        for suite in try suites ?? workshop.loader.catalog().suites {
            for archive in suite.archives {
                let probe = try mirror.url(suite: archive.suite, base: archive.base, path: "dists")
                addresses[archive.suite] = String(probe.dropLast("/dists".count))
            }
        }
        return addresses
    }
}
