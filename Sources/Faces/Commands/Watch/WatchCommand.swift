// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Artifacts
import Base
import Blobs
import Foundation
import Pipeline
import Records
import Transport

struct WatchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch", abstract: "Keeps the catalog current: asks archives and feeds, rebuilds what they touch, publishes it.",
        discussion: """
            Security fixes flow at once, other updates when they are seven days old; `updates:` of a recipe says otherwise, proposes
            changes to a person, freezes and pins. What fails leaves the last good release in service and is tried again ever more seldom.
            A watcher that is killed anywhere goes on where it was. One watcher works on a store. See docs/watch.md.

            Example: ashlar watch
                     ashlar watch --once
                     ashlar watch plan
                     ashlar watch status
            """,
        subcommands: [WatchRunCommand.self, WatchPlanCommand.self, WatchStatusCommand.self], defaultSubcommand: WatchRunCommand.self)
}

/// What running and planning have in common.
struct WatchOptions: ParsableArguments {
    @Flag(help: "Publish although this host cannot enforce every limit of the sandbox or run every test; recorded with the results.")
    var allowMissingLimits = false
    @Option(help: "Accept a stale index: ARCHIVE=REASON. Recorded in the provenance.") var allowStale: [String] = []

    func settings(_ options: GlobalOptions) throws -> Settings {
        var settings = try Settings(options, environment: ProcessInfo.processInfo.environment)
        settings.allowStale.merge(try StaleOption.parse(allowStale)) { _, option in option }
        return settings
    }

    func limits(_ settings: Settings) -> Gate.Limits { allowMissingLimits || settings.allowMissingLimits ? .mayBeMissing : .required }
}

struct WatchRunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Watches until it is stopped, or once.",
        discussion: "Example: ashlar watch\n         ashlar watch --once   # ask everything, do what is due, and end")
    @OptionGroup var options: GlobalOptions
    @OptionGroup var watch: WatchOptions
    @Flag(help: "Ask every archive and feed now, do what is due, and end.") var once = false

    func run() async throws {
        try await reporting {
            let settings = try watch.settings(options)
            let limits = watch.limits(settings)
            let once = once
            try await interruptible {
                try await StoreLock.whileHeld(store: settings.store, for: .watch, timeout: .zero) {
                    try await Self.watch(settings, limits, once: once)
                }
            }
        }
    }

    private static func watch(_ settings: Settings, _ limits: Gate.Limits, once: Bool) async throws {
        let environment = ProcessInfo.processInfo.environment
        try await LiveTransport.with(try Network.settings(environment)) { transport in
            let desk = try WatchDesk(settings, environment: environment, limits: limits, transport: transport)
            defer { desk.close() }
            let progress = Progress()
            let watcher = try desk.watcher { news in for line in WatchText.lines(news) { progress.say(Terminal.clean(line)) } }
            try await ReceiverSetup.with(settings, desk.records, environment) { notifier in
                if once { return try await round(of: watcher, notifier, desk, progress) }
                let delivery = DeliveryService(
                    notifier: notifier, records: desk.records, warnBefore: settings.warnBefore, logger: ServerLog.logger(settings.serve.log)
                )
                try await withThrowingTaskGroup(of: Void.self) { tasks in
                    tasks.addTask { await delivery.run() }
                    defer { tasks.cancelAll() }
                    try await watcher.run()
                }
            }
        }
    }

    private static func round(of watcher: Watcher, _ notifier: Notifier, _ desk: WatchDesk, _ progress: Progress) async throws {
        let round = try await watcher.round(.all)
        let done = round.changes
        progress.say("asked \(round.asked), published \(done.published), proposed \(done.proposed), failed \(done.failed)")
        try SupportWatch(records: desk.records, warnBefore: desk.settings.warnBefore).tell(at: Workshop.now())
        // Who cannot be told now is told by the next round, or by `ashlar notify send`.
        for problem in try await notifier.deliver().problems {
            progress.say(Terminal.clean("\(problem.receiver)  not told: \(problem.reason)"))
        }
        guard round.failures.isEmpty, done.failed == 0, done.stopped == nil else {
            throw WatchError.incomplete(places: round.failures, failed: done.failed, stopped: done.stopped)
        }
    }
}

/// What a single round did not do.
enum WatchError: Diagnosable {
    case incomplete(places: [String], failed: Int, stopped: String?)

    var diagnosis: Diagnosis {
        switch self {
        case .incomplete(let places, let failed, let stopped):
            var notes = places
            if let stopped { notes.append("stopped: \(stopped)") }
            if failed > 0 { notes.append("\(failed) change\(failed == 1 ? "" : "s") failed; the last good releases stay in service") }
            return Diagnosis(
                "watch.incomplete", failed > 0 && places.isEmpty ? .policy : .unavailable, "not everything could be done",
                remedy: "see `ashlar watch status`; it is tried again with the next round", notes: notes)
        }
    }
}

struct WatchPlanCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan", abstract: "Says what would be done about which image now, and why; does nothing.",
        discussion: """
            Indexes that are new are fetched and verified; locks, queue and releases stay as they are.

            Example: ashlar watch plan
                     ashlar watch plan --full
            """)
    @OptionGroup var options: GlobalOptions
    @OptionGroup var watch: WatchOptions
    @Flag(help: "With the packages of each change.") var full = false
    @Option(help: "table or json.") var format = OutputFormat.table

    func run() async throws {
        try await reporting {
            let settings = try watch.settings(options)
            let limits = watch.limits(settings)
            let (full, format) = (full, format)
            try await whileWriting(to: settings.store) {
                let environment = ProcessInfo.processInfo.environment
                try await LiveTransport.with(try Network.settings(environment)) { transport in
                    let desk = try WatchDesk(settings, environment: environment, limits: limits, transport: transport)
                    defer { desk.close() }
                    let catalog = try desk.catalog(.fresh)
                    let outcome = try await CatalogPlanner(
                        catalog, records: desk.records, now: Workshop.now(), parallelism: desk.parallelism
                    ).plan(.none)
                    if format == .json { return printJSON(try WatchText.json(outcome)) }
                    print(WatchText.table(outcome, full: full))
                }
            }
        }
    }
}

struct WatchStatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Shows the queue, what was asked last, and what failed.",
        discussion: "Example: ashlar watch status\n         ashlar watch status --format json")
    @OptionGroup var options: GlobalOptions
    @Option(help: "table or json.") var format = OutputFormat.table
    @Option(help: "How many of the finished changes to show.") var last = 10

    func run() async throws {
        try await reporting {
            let settings = try Settings(options, environment: ProcessInfo.processInfo.environment)
            let records = try RecordStore(folder: settings.store, access: .readOnly)
            let status = WatchStatus(
                open: try records.openChanges(), finished: try records.finishedChanges(limit: max(0, last)), polls: try records.polls(),
                now: Workshop.now())
            if format == .json { return printJSON(try status.json) }
            print(status.text)
        }
    }
}
