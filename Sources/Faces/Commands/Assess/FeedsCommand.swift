// SPDX-License-Identifier: Apache-2.0
import Advisories
import ArgumentParser
import Artifacts
import Assess
import Base
import Blobs
import Foundation
import Pipeline
import Transport

struct FeedsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "feeds", abstract: "Brings in what others publish about vulnerabilities, and says how old it is.",
        discussion: """
            Example: ashlar feeds update
                     ashlar feeds import debian /media/usb/tracker.json.xz --date 2026-11-23
                     ashlar feeds list
            """, subcommands: [FeedsListCommand.self, FeedsUpdateCommand.self, FeedsImportCommand.self, FeedsMeasureCommand.self])
}

/// What the feeds' commands share.
enum FeedDoor {
    static func shelf(_ settings: Settings) -> FeedShelf {
        let cache = CacheFolder(store: settings.store)
        do {
            return FeedShelf(
                cache: cache, snapshotFolder: settings.feeds, now: Workshop.now(), statements: try TriageDoor.sources(settings))
        } catch {
            // Findings stand without them; that they are missing stands beside every number.
            var problem = FeedFacts(
                name: FeedFacts.statementsPrefix + "sources", title: "the list of VEX sources \(RecipeLoader.vexSourcesPath)")
            problem.state = .damaged
            problem.failure = (error as? any Diagnosable)?.diagnosis.summary ?? "\(error)"
            return FeedShelf(cache: cache, snapshotFolder: settings.feeds, now: Workshop.now(), problem: problem)
        }
    }

    static func scratch(_ settings: Settings) throws -> String {
        let path = settings.store + "/partial"
        do { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) } catch {
            throw CommandError.cannotWrite(path, reason: error.localizedDescription)
        }
        return path
    }

    static func source(_ name: String, on shelf: FeedShelf) throws -> FeedSource {
        guard let source = shelf.source(named: name) else {
            throw FeedError.unknown(name, nearest: Spelling.nearest(to: name, among: shelf.sources.map(\.name)))
        }
        return source
    }

    static func age(_ facts: FeedFacts, now: Timestamp) -> String {
        guard let date = facts.date else { return "-" }
        let hours = max(0, now.seconds - date.seconds) / 3600
        return hours < 48 ? "\(hours) h" : "\(hours / 24) d"
    }
}

struct FeedsListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Shows each feed with its source, date, digest and state.",
        discussion: "Example: ashlar feeds list\n         ashlar feeds list debian   # with the records that could not be used")
    @OptionGroup var options: GlobalOptions
    @Argument(help: "One feed, with its refused records.") var feed: String?
    @Option(help: "table or json.") var format = OutputFormat.table

    func run() async throws {
        try await reporting {
            let settings = try Settings(options, environment: ProcessInfo.processInfo.environment)
            let shelf = FeedDoor.shelf(settings)
            let now = Workshop.now()
            let only = try feed.map { try FeedDoor.source($0, on: shelf) }
            let facts = shelf.open().feeds.filter { only == nil || $0.name == only?.name }
            let refused = only.map { shelf.refused($0) } ?? []
            if format == .json {
                let json: JSON = ["feeds": try CanonicalJSON.value(of: facts), "refused": try CanonicalJSON.value(of: refused)]
                return print(String(decoding: json.prettyBytes, as: UTF8.self), terminator: "")
            }
            var table = Table(header: ["FEED", "STATE", "DATA OF", "AGE", "RECORDS", "REFUSED", "DIGEST", "SOURCE"])
            table.rows = facts.map { feed in
                [
                    feed.name, feed.state.rawValue, feed.date?.dateText ?? "-", FeedDoor.age(feed, now: now), "\(feed.records)",
                    "\(feed.refused)", feed.digest.map { String($0.dropFirst(7).prefix(12)) } ?? "-", feed.source,
                ]
            }
            print(table.text)
            for feed in facts {
                if let failure = feed.failure { print(Terminal.clean("\(feed.name): the last update failed: \(failure)")) }
            }
            for record in refused { print(Terminal.clean("refused  \(record.package) \(record.advisory)  \(record.reason)")) }
        }
    }
}

struct FeedsUpdateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "update", abstract: "Asks each feed's publisher for what is new.",
        discussion: """
            What fails leaves the data that was there in use; it grows old, and every number that depends on it says so.

            Example: ashlar feeds update
                     ashlar feeds update debian kev
                     ashlar feeds update debian --from https://mirror.example/debian-tracker.json
            """)
    @OptionGroup var options: GlobalOptions
    @Argument(help: "Feeds by name; all of them when left out.") var feeds: [String] = []
    @Option(help: "A mirror of the one feed that is named: http, https or file.") var from: String?

    func validate() throws {
        guard from == nil || feeds.count == 1 else { throw ValidationError("--from needs the name of one feed") }
    }

    func run() async throws {
        try await reporting {
            let environment = ProcessInfo.processInfo.environment
            let settings = try Settings(options, environment: environment)
            let shelf = FeedDoor.shelf(settings)
            // A source without an address comes in by files.
            let sources =
                feeds.isEmpty ? shelf.sources.filter { !$0.address.isEmpty } : try feeds.map { try FeedDoor.source($0, on: shelf) }
            _ = try TriageDoor.sources(settings)
            let updater = FeedUpdater(shelf: shelf, scratch: try FeedDoor.scratch(settings))
            let progress = Progress()
            let failures = try await LiveTransport.with(try Network.settings(environment)) { transport in
                var failures: [String] = []
                for source in sources {
                    progress.update("\(source.name)  fetching")
                    switch await updater.update(source, from: from, over: transport) {
                    case .updated(let records, let refused):
                        progress.say("\(source.name)  \(records) records" + (refused > 0 ? ", \(refused) refused" : ""))
                    case .unchanged: progress.say("\(source.name)  unchanged")
                    case .failed(let reason):
                        progress.say(Terminal.clean("\(source.name)  FAILED: \(reason)"))
                        failures.append("\(source.name): \(reason)")
                    }
                }
                return failures
            }
            guard failures.isEmpty else { throw FeedError.failed(failures) }
        }
    }
}

struct FeedsImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Takes a feed from a file, for machines without a network.",
        discussion: """
            The file is what the publisher's address gives; it may be compressed with gzip, xz or zstd. OSV records come as all.zip,
            as an array, or one a line; what of them cannot be used is listed by `ashlar feeds list osv-npm`.
            VEX of a source that signs needs its signature beside it, in FILE.sig; see docs/vex.md.

            Example: ashlar feeds import debian tracker.json.xz --date 2026-11-23
                     ashlar feeds import vex-red-hat vex.tar.gz
            """)
    @OptionGroup var options: GlobalOptions
    @Argument(help: "The feed's name, see `ashlar feeds list`.") var feed: String
    @Argument(help: "The file.", completion: .file()) var file: String
    @Option(help: "The day its content is from; by default what it says itself, else the file's own date.") var date: String?
    @Flag(help: "Take it although it has less than half of the records there were.") var acceptFewer = false

    func run() async throws {
        try await reporting {
            let settings = try Settings(options, environment: ProcessInfo.processInfo.environment)
            let shelf = FeedDoor.shelf(settings)
            _ = try TriageDoor.sources(settings)
            let source = try FeedDoor.source(feed, on: shelf)
            let stated = try date.map { text in
                guard let time = Timestamp(date: text) ?? Timestamp(rfc3339: text) else { throw FeedError.badDate(text) }
                return time
            }
            let updater = FeedUpdater(shelf: shelf, scratch: try FeedDoor.scratch(settings))
            let outcome = try updater.importFile(source, path: file, date: stated, shrinking: acceptFewer ? .accepted : .refused)
            if case .updated(let records, let refused) = outcome {
                print(
                    "\(source.name)  \(records) records" + (refused > 0 ? ", \(refused) refused: `ashlar feeds list \(source.name)`" : ""))
            }
        }
    }
}
