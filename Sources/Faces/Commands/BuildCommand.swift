// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Artifacts
import Base
import Fetch
import Foundation
import Pipeline
import Records

struct BuildCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "build", abstract: "Builds, checks, signs and publishes images into the store.",
        discussion:
            "What was built before from the same inputs is not built again.\n\nExample: ashlar build python:3.13\n         ashlar build --all"
    )
    @OptionGroup var options: GlobalOptions
    @Argument(help: "Images as NAME:STREAM.") var images: [String] = []
    @Flag(help: "Every image of the catalog.") var all = false
    @Flag(help: "Use only what is in the store.") var offline = false
    @Flag(help: "Build again although nothing changed.") var rebuild = false
    @Flag(help: "Resolve again when a locked package has left the archive, and print the difference.") var resolveGone = false
    @Flag(help: "Publish although this host cannot enforce every limit of the sandbox or run every test; recorded with the results.")
    var allowMissingLimits = false
    @Option(help: "Accept a stale index: ARCHIVE=REASON. Recorded in the provenance.") var allowStale: [String] = []
    @Flag(help: "Sign in the Notary Project's format as well; see ashlar keys certificate.") var notation = false
    @Flag(help: "Print how long each stage took.") var timings = false

    func run() async throws {
        try await reporting {
            var settings = try Settings(options, environment: ProcessInfo.processInfo.environment)
            settings.allowStale.merge(try StaleOption.parse(allowStale)) { _, option in option }
            settings.notation = settings.notation || notation
            guard all || !images.isEmpty else { throw CommandError.nothingAsked }
            let workshop = try Workshop(settings)
            let asked = Set(images)
            let limits: Gate.Limits = allowMissingLimits || settings.allowMissingLimits ? .mayBeMissing : .required
            if all, !rebuild, let unchanged = try Unchanged(workshop, limits).all() {
                return Progress().say("\(unchanged) images, nothing changed")
            }
            let runner = BuildRun(
                workshop: workshop, reach: offline ? .storeOnly : .network, rebuild: rebuild, resolveGone: resolveGone,
                limits: limits, timings: timings)
            let references = all ? nil : asked.sorted()
            try await whileWriting(to: settings.store) { try await runner.run(references) }
        }
    }
}

/// `--allow-stale trixie-security=mirror lags`.
enum StaleOption {
    static func parse(_ options: [String]) throws -> [String: String] {
        var accepted: [String: String] = [:]
        for option in options {
            guard let equals = option.firstIndex(of: "="), case let reason = option[option.index(after: equals)...], !reason.isEmpty else {
                throw CommandError.badReference(option, reason: "--allow-stale wants ARCHIVE=REASON")
            }
            accepted[String(option[..<equals])] = String(reason)
        }
        return accepted
    }
}

/// Answers "is there anything to do?" from digests alone: no YAML is read, nothing is opened for writing.
struct Unchanged {
    let workshop: Workshop
    let limits: Gate.Limits
    init(_ workshop: Workshop, _ limits: Gate.Limits) {
        self.workshop = workshop
        self.limits = limits
    }

    /// The number of images when the last `build --all` saw exactly these inputs; nil when there is something to do.
    func all() throws -> Int? {
        guard let records = try? RecordStore(folder: workshop.settings.store, access: .readOnly),
            let last = try records.wholeBuild(), last.key == key
        else { return nil }
        // A statement about vulnerabilities that ends makes a build with the same inputs fail.
        if let end = last.result["until"]?.string, Timestamp(rfc3339: end).map({ $0 <= Workshop.now() }) ?? true { return nil }
        return last.result["images"]?.int
    }

    var key: Digest {
        let catalog = CatalogFolder.digest(of: workshop.files) {
            !$0.hasSuffix("/overview.md") && ![GatePolicy.fileName, SLOPolicy.fileName].contains($0)
        }
        return Digest.sha256(
            of:
                "all-5 \(limits) \(workshop.signing) \(workshop.settings.builder) \(catalog) \(workshop.helperSources) \(workshop.imprint) \(Workshop.programIdentity)"
        )
    }

    /// - Parameter until: when the first statement about vulnerabilities ends.
    func remember(images: Int, until: Timestamp?, in records: RecordStore) throws {
        var result: [String: JSON] = ["images": JSON(images)]
        result["until"] = until.map { JSON($0.description) }
        try records.keep(wholeBuild: BuildRecord(key: key, result: .object(result)))
    }
}
