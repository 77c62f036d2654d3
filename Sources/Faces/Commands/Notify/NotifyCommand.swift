// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Artifacts
import Base
import Foundation
import Pipeline
import Records
import Tokens

struct NotifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "notify", abstract: "Tells people and programs what happens in the catalog.",
        discussion: """
            Receivers stand below `notify:` in ashlar.yaml; docs/notify.md explains them, and how signatures are checked. What happened is
            in the store from the moment it happened, until each receiver was told. A running `ashlar serve` delivers by itself.
            """,
        subcommands: [Send.self, Status.self, Test.self, Secret.self])

    struct Send: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Delivers what is due.",
            discussion: """
                Also looks for what is without support or soon will be. Nothing is sent twice by two of these at once.

                Exit codes: 0 all that was due was delivered · 69 something was not: it is tried again, or was given up
                """)
        @OptionGroup var options: GlobalOptions
        @Flag(help: "Try now what waits for its next try, and what was given up.") var retry = false

        func run() async throws {
            try await reporting {
                let environment = ProcessInfo.processInfo.environment
                let settings = try Settings(options, environment: environment)
                _ = try RecordStore(folder: settings.store, access: .readOnly)
                let records = try RecordStore(folder: settings.store)
                let round = try await ReceiverSetup.with(settings, records, environment) { notifier in
                    if retry { for receiver in notifier.receivers { _ = try records.retry(for: receiver.name, at: Workshop.now()) } }
                    try SupportWatch(records: records, warnBefore: settings.warnBefore).tell(at: Workshop.now())
                    return try await notifier.deliver()
                }
                print("\(round.delivered) delivered")
                guard round.problems.isEmpty else { throw NotifyError.undelivered(round.problems) }
            }
        }
    }

    struct Status: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Shows how things stand with each receiver, and what was not delivered.")
        @OptionGroup var options: GlobalOptions
        @Option(help: "table or json.") var format = OutputFormat.table

        func run() async throws {
            try await reporting {
                let settings = try Settings(options, environment: ProcessInfo.processInfo.environment)
                let records = try RecordStore(folder: settings.store, access: .readOnly)
                let states = Dictionary(try records.receiverStates().map { ($0.receiver, $0) }) { first, _ in first }
                let configured = settings.notify?.receivers.map(\.name) ?? []
                let names = configured + states.keys.filter { !configured.contains($0) }.sorted()
                let undelivered = try records.undelivered(limit: 200)
                if format == .json {
                    return printJSON(NotifyText.json(names, Set(configured), states, undelivered))
                }
                if names.isEmpty { return print("nobody is told anything: add receivers below notify: in \(Settings.fileName)") }
                print(NotifyText.table(names, Set(configured), states).text)
                for delivery in undelivered { print(NotifyText.line(delivery)) }
            }
        }
    }

    struct Test: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Sends a test to one receiver, or to all.", discussion: "Nothing of it is kept.\n\nExample: ashlar notify test ops")
        @OptionGroup var options: GlobalOptions
        @Argument(help: "A receiver of ashlar.yaml; all when left out.") var receiver: String?

        func run() async throws {
            try await reporting {
                let environment = ProcessInfo.processInfo.environment
                let settings = try Settings(options, environment: environment)
                let names = settings.notify?.receivers.map(\.name) ?? []
                if let receiver, !names.contains(receiver) { throw NotifyError.unknownReceiver(receiver, known: names) }
                guard !names.isEmpty else { throw NotifyError.unknownReceiver("any", known: []) }
                let records = try RecordStore(folder: settings.store)
                let problems = try await ReceiverSetup.with(settings, records, environment) { notifier in
                    var problems: [Notifier.Round.Problem] = []
                    for one in notifier.receivers where receiver == nil || one.name == receiver {
                        if let reason = await notifier.test(one) {
                            problems.append(.init(receiver: one.name, event: "a test", reason: reason, isGivenUp: false))
                        } else {
                            print("\(one.name): told by \(one.way.name)")
                        }
                    }
                    return problems
                }
                guard problems.isEmpty else { throw NotifyError.untested(problems) }
            }
        }
    }

    struct Secret: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Makes a secret for a webhook.",
            discussion: "Its file gets mode 0600; the receiver needs the same text.\n\nExample: ashlar notify secret ops.secret")
        @Argument(help: "The file to make.", completion: .file()) var file: String

        func run() async throws {
            try await reporting {
                var generator = SystemRandomNumberGenerator()
                let descriptor = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
                guard descriptor >= 0 else { throw CommandError.cannotWrite(file, reason: String(cString: strerror(errno))) }
                let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
                try handle.write(contentsOf: Data((WebhookSecret.generate(using: &generator) + "\n").utf8))
                print("wrote \(file)")
            }
        }
    }
}

enum NotifyError: Diagnosable {
    case undelivered([Notifier.Round.Problem])
    case untested([Notifier.Round.Problem])
    case unknownReceiver(String, known: [String])

    var diagnosis: Diagnosis {
        switch self {
        case .undelivered(let problems):
            let lost = problems.count(where: \.isGivenUp)
            return Diagnosis(
                "notify.undelivered", .unavailable,
                "expected receivers that can be reached, found \(problems.count) message\(problems.count == 1 ? "" : "s") not delivered"
                    + (lost > 0 ? ", \(lost) of them GIVEN UP" : ""),
                remedy: lost > 0
                    ? "mend the receiver, then run `ashlar notify send --retry`: it takes up what was given up"
                    : "they are tried again by themselves; see `ashlar notify status`", notes: Self.notes(problems))
        case .untested(let problems):
            return Diagnosis(
                "notify.test-failed", .unavailable, "expected receivers that take a test, found \(problems.count) that did not",
                remedy: "check the receiver's entry in ashlar.yaml, its secrets, and the network", notes: Self.notes(problems))
        case .unknownReceiver(let name, let known):
            let near = Spelling.nearest(to: name, among: known).map { "did you mean `\($0)`?" }
            return Diagnosis(
                "notify.unknown-receiver", .notFound, "expected a receiver of ashlar.yaml, found no `\(name)`",
                remedy: near ?? (known.isEmpty ? "add receivers below notify: (docs/notify.md)" : "one of \(known.joined(separator: ", "))")
            )
        }
    }

    private static func notes(_ problems: [Notifier.Round.Problem]) -> [String] {
        problems.prefix(20).map { "\($0.receiver): \($0.isGivenUp ? "given up, " : "")\($0.reason): \($0.event)" }
    }
}

/// The state of receivers, for people and programs.
enum NotifyText {
    static func table(_ names: [String], _ configured: Set<String>, _ states: [String: ReceiverState]) -> Table {
        var table = Table(header: ["RECEIVER", "DELIVERED", "WAITING", "GIVEN UP", "LAST", "PROBLEM"])
        table.rows = names.map { name in
            let state = states[name]
            return [
                configured.contains(name) ? name : "\(name) (not configured)", "\(state?.delivered ?? 0)", "\(state?.waiting ?? 0)",
                "\(state?.givenUp ?? 0)", state?.lastDelivered?.description ?? "never", Terminal.clean(state?.problem ?? ""),
            ]
        }
        return table
    }

    static func line(_ delivery: Delivery) -> String {
        let what = Terminal.clean(delivery.event.event.title)
        switch delivery.state {
        case .givenUp: return "GIVEN UP  \(delivery.receiver): \(what)"
        default: return "waits     \(delivery.receiver): \(what) (\(delivery.attempts) tries, next \(delivery.next))"
        }
    }

    static func json(
        _ names: [String], _ configured: Set<String>, _ states: [String: ReceiverState], _ undelivered: [Delivery]
    ) -> JSON {
        .array(
            names.map { name in
                let state = states[name]
                return [
                    "receiver": JSON(name), "configured": .bool(configured.contains(name)), "delivered": JSON(state?.delivered ?? 0),
                    "waiting": JSON(state?.waiting ?? 0), "givenUp": JSON(state?.givenUp ?? 0),
                    "lastDelivered": state?.lastDelivered.map { JSON($0.description) } ?? .null,
                    "problem": state?.problem.map { JSON($0) } ?? .null,
                    "undelivered": .array(
                        undelivered.filter { $0.receiver == name }.map {
                            [
                                "id": JSON($0.event.name), "event": JSON($0.event.event.kind.rawValue), "title": JSON($0.event.event.title),
                                "state": JSON($0.state.rawValue), "attempts": JSON($0.attempts), "next": JSON($0.next.description),
                                "problem": $0.problem.map { JSON($0) } ?? .null,
                            ]
                        }),
                ]
            })
    }
}
