// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Base
import Blobs
import Foundation
import Pipeline
import Records

/// Looking after a store.
struct StoreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "store", abstract: "Checks, mends, measures and cleans the store.",
        subcommands: [CheckStore.self, RepairStore.self, StoreUse.self, CollectStore.self])
}

struct CheckStore: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Reads every blob and compares every record; changes nothing.",
        discussion: "Works on a store in use, and on a backup.\n\nExample: ashlar store check --store /backups/today")
    @OptionGroup var options: GlobalOptions
    @Option(help: "table or json.") var format = OutputFormat.table

    func run() async throws {
        try await reporting {
            let settings = try Settings(options, environment: ProcessInfo.processInfo.environment)
            let report = try await Self.check(settings.store)
            if format == .json { print(String(decoding: Self.json(report).prettyBytes, as: UTF8.self), terminator: "") }
            let faults = report.faults.map(\.text)
            guard faults.isEmpty else { throw CommandError.storeFaults(path: settings.store, faults: faults) }
            if format == .table {
                print(
                    "\(settings.store) is sound: \(report.blobs) blobs (\(Size.text(report.bytes))), \(report.manifests) manifests in "
                        + "\(report.repositories) repositories")
            }
        }
    }

    static func check(_ store: String) async throws -> StoreChecker.Report {
        let progress = Progress()
        let checker = StoreChecker(
            blobs: try FileBlobStore(folder: store, access: .readOnly), records: try RecordStore(folder: store, access: .readOnly))
        return try await checker.check(parallelism: max(1, ProcessInfo.processInfo.activeProcessorCount)) { done, all in
            progress.update("checking blob \(done) of \(all)")
        }
    }

    private static func json(_ report: StoreChecker.Report) -> JSON {
        [
            "blobs": JSON(report.blobs), "bytes": JSON(report.bytes), "manifests": JSON(report.manifests),
            "repositories": JSON(report.repositories), "faults": JSON(report.faults.map(\.text)),
        ]
    }
}

struct RepairStore: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "repair", abstract: "Mends what `store check` finds, as far as that is possible without a copy.",
        discussion: """
            Damaged blobs are set aside, so that pushing or building again stores them anew. Pushed content whose bytes are lost goes out
            of the records. Releases are left: building them again brings their bytes back.

            Example: ashlar store repair
            """)
    @OptionGroup var options: GlobalOptions

    func run() async throws {
        try await reporting {
            let settings = try Settings(options, environment: ProcessInfo.processInfo.environment)
            try await whileWriting(to: settings.store) {
                let report = try await CheckStore.check(settings.store)
                let checker = StoreChecker(
                    blobs: try FileBlobStore(folder: settings.store), records: try RecordStore(folder: settings.store))
                for line in try checker.repair(report) { print(line) }
                let rest = report.faults.isEmpty ? report : try await CheckStore.check(settings.store)
                guard rest.faults.isEmpty else { throw CommandError.storeFaults(path: settings.store, faults: rest.faults.map(\.text)) }
                print(report.faults.isEmpty ? "nothing to mend" : "mended; the store is sound")
            }
        }
    }
}

struct StoreUse: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "usage", abstract: "Says how much space each repository uses.",
        discussion: "OWN is what no other repository holds too.\n\nExample: ashlar store usage --format json")
    @OptionGroup var options: GlobalOptions
    @Option(help: "table or json.") var format = OutputFormat.table

    func run() async throws {
        try await reporting {
            let settings = try Settings(options, environment: ProcessInfo.processInfo.environment)
            let usage = try StoreUsage(
                blobs: try FileBlobStore(folder: settings.store, access: .readOnly),
                records: try RecordStore(folder: settings.store, access: .readOnly))
            switch format {
            case .json: print(String(decoding: Self.json(usage).prettyBytes, as: UTF8.self), terminator: "")
            case .table:
                var table = Table(header: ["REPOSITORY", "TAGS", "MANIFESTS", "BLOBS", "SIZE", "OWN"])
                table.rows = usage.repositories.map {
                    [$0.name, "\($0.tags)", "\($0.manifests)", "\($0.blobs)", Size.text($0.bytes), Size.text($0.ownBytes)]
                }
                print(table.text)
                print("all blobs on the disk: \(Size.text(usage.totalBytes))")
            }
        }
    }

    private static func json(_ usage: StoreUsage) -> JSON {
        [
            "totalBytes": JSON(usage.totalBytes),
            "repositories": .array(
                usage.repositories.map {
                    [
                        "name": JSON($0.name), "tags": JSON($0.tags), "manifests": JSON($0.manifests), "blobs": JSON($0.blobs),
                        "bytes": JSON($0.bytes), "ownBytes": JSON($0.ownBytes),
                    ]
                }),
        ]
    }
}

struct CollectStore: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gc", abstract: "Frees the space of pushed content that nothing needs any more.",
        discussion: """
            Safe while the registry serves and takes pushes. What builds published, and what they fetched, is never collected. Uploads
            that were given up go as well.

            Example: ashlar store gc --dry-run --older-than 30d --untagged
            """)
    @OptionGroup var options: GlobalOptions
    @Flag(help: "Say what would be done, and do nothing.") var dryRun = false
    @Option(help: "Leave everything that was pushed or used within this time: 7d, 12h, 30m.") var olderThan = "7d"
    @Flag(help: "Collect manifests, too, that no tag, index or subject leads to.") var untagged = false

    func run() async throws {
        try await reporting {
            let settings = try Settings(options, environment: ProcessInfo.processInfo.environment)
            let age = try Age.seconds(olderThan)
            let cutoff = Timestamp(seconds: Workshop.now().seconds - age)
            let (untagged, dryRun) = (untagged ? RecordStore.Untagged.collect : .keep, dryRun)
            // A store that was never written to is not made by cleaning it.
            _ = try RecordStore(folder: settings.store, access: .readOnly)
            let blobs = try FileBlobStore(folder: settings.store)
            let collector = StoreCollector(
                blobs: blobs, records: try RecordStore(folder: settings.store), uploads: dryRun ? nil : try UploadFolder(store: blobs))
            if dryRun { return print(Self.text(try collector.plan(before: cutoff, untagged: untagged), "would free")) }
            try await whileWriting(to: settings.store) {
                try await StoreLock.whileHeld(
                    store: settings.store, for: .keep, onWait: { _ in Progress().say("waiting for a backup of this store") }
                ) {
                    print(Self.text(try await collector.collect(before: cutoff, untagged: untagged), "freed"))
                }
            }
        }
    }

    private static func text(_ summary: StoreCollector.Summary, _ verb: String) -> String {
        "\(verb) \(Size.text(summary.bytes)) in \(summary.files) files; let go of \(summary.manifests) manifests and \(summary.links) blobs, "
            + "and of \(summary.uploads) uploads"
    }
}

/// A time as people type it.
enum Age {
    /// The seconds of `7d`, `12h`, `30m` or `90s`.
    static func seconds(_ text: String) throws -> Int {
        let units: [Character: Int] = ["d": 86400, "h": 3600, "m": 60, "s": 1]
        guard let unit = text.last.flatMap({ units[$0] }), let number = Int(text.dropLast()), number >= 0, number <= 36500 * 86400 / unit
        else { throw CommandError.badDuration(text) }
        return number * unit
    }
}
