// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Base
import Foundation
import Ledger
import Transparency

struct LogMonitorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "monitor", abstract: "Follows a log: checks that it only grows, and prints what is new.",
        discussion: """
            The last checkpoint is kept in a file. A log that does not continue it has two histories: both checkpoints are kept, and the
            exit code is 76. Entries are printed after they were found in the log.

            Example: ashlar log monitor --log https://registry.example.org/log --log-key log.pub --state log.seen --once
            """)
    @OptionGroup var options: GlobalOptions
    @OptionGroup var log: LogOptions
    @Option(help: "The file with the last checkpoint; below the store by default.", completion: .file()) var state: String?
    @Flag(help: "Look once and end.") var once = false
    @Option(help: "Seconds between two looks.") var interval = 60
    @Option(help: "table or json (one object on each line).") var format = OutputFormat.table

    func validate() throws {
        guard interval >= 1 else { throw ValidationError("--interval is at least 1 second") }
    }

    func run() async throws {
        try await reporting {
            let settings = try Settings(options, environment: ProcessInfo.processInfo.environment)
            let file = try state ?? "\(settings.store)/log-seen-\(Hex.encode(log.key(settings).id.prefix(8)))"
            try await interruptible { [self] in
                while true {
                    try await log.withReader(settings) { try await look($0, file) }
                    if once { return }
                    // Between two new entries nothing is written that would show it.
                    if StandardStreams.isUnread(1) { StandardStreams.endUnread() }
                    try await Task.sleep(for: .seconds(interval))
                }
            }
        }
    }

    private func look(_ reader: LogReader, _ file: String) async throws {
        let kept = FileManager.default.contents(atPath: file).map(Array.init)
        // Checked again: the file may have been changed, and a false beginning would hide a fork.
        let old = try kept.map { try reader.seen($0).checkpoint }
        guard let seen = try await reader.checkpoint() else {
            guard old == nil else { throw LedgerError.untrusted(reason: "\(reader.source.place) has no checkpoint any more") }
            throw LogCommandError.noLog(reader.source.place)
        }
        do {
            try await reader.advance(from: old, to: seen) { print(Self.line($0, $1, format)) }
        } catch let error as any Diagnosable {
            // Whatever kept it from being followed: both checkpoints are signed, and evidence together.
            if [.untrusted, .malformed].contains(error.diagnosis.kind) { try Self.write(seen.note, to: file + ".conflict") }
            throw error
        }
        try Self.write(seen.note, to: file)
        let before = old.map { "\($0.size)" } ?? "nothing"
        Progress().say("\(seen.checkpoint.origin): \(seen.checkpoint.size) entries, continues \(before)")
    }

    static func line(_ index: Int, _ body: [UInt8], _ format: OutputFormat) -> String {
        let entry = try? RekorEntry(reading: body)
        let key = entry.map { Digest.sha256(of: $0.publicKeyDER) }
        let signature = entry.map { $0.hasValidSignature.map { $0 ? "good" : "BAD" } ?? "unchecked" }
        guard format == .json else {
            guard let entry, let key, let signature else { return "\(index)  \(body.count) bytes that are no signature's entry" }
            return "\(index)  \(entry.kind.rawValue)  \(entry.digest)  key \(key.short)  signature \(signature)"
        }
        let json: JSON = [
            "index": JSON(index), "kind": entry.map { JSON($0.kind.rawValue) } ?? .null,
            "digest": entry.map { JSON($0.digest.description) } ?? .null, "key": key.map { JSON($0.description) } ?? .null,
            "signature": signature.map { JSON($0) } ?? .null,
        ]
        return json.canonicalText
    }

    private static func write(_ bytes: [UInt8], to path: String) throws {
        do { try Data(bytes).write(to: URL(filePath: path), options: .atomic) } catch {
            throw CommandError.cannotWrite(path, reason: error.localizedDescription)
        }
    }
}
