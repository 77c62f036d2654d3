// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Base
import Foundation
import Ledger
import Transparency
import Transport

struct LogCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "log", abstract: "Looks into the transparency log of everything that was signed.",
        discussion: """
            Every command works on the store's own log, on a copy of its folder, and on the address it is served at.

            Example: ashlar log verify https://registry.example.org/log --log-key log.pub
            """,
        subcommands: [
            LogVerifyCommand.self, LogAuditCommand.self, LogMonitorCommand.self, LogShowCommand.self, LogWitnessCommand.self,
            LogCosignCommand.self,
            LogTrustedRootCommand.self, LogMeasureCommand.self,
        ])
}

/// Which log is meant, and by which keys it is checked.
struct LogOptions: ParsableArguments {
    @Option(help: "The log: a folder, or an address such as https://registry.example.org/log. The store's own by default.")
    var log: String?
    @Option(help: "The log's public key: a file with one line, NAME+HASH+KEY.", completion: .file()) var logKey: String?
    @Option(help: "Witnesses whose cosignatures are shown: a file with lines of KEY ADDRESS.", completion: .file())
    var witnesses: String?

    func key(_ settings: Settings) throws -> NoteKey {
        let path = logKey ?? settings.logPublicKeyFile
        guard let data = FileManager.default.contents(atPath: path) else { throw LogCommandError.keyMissing(path) }
        return try NoteKey(String(decoding: data, as: UTF8.self))
    }

    func witnessList(_ settings: Settings) throws -> [Witness] {
        guard let data = FileManager.default.contents(atPath: witnesses ?? settings.witnessesFile) else {
            if let witnesses { throw LogCommandError.keyMissing(witnesses) }
            return []
        }
        return try Witness.list(String(decoding: data, as: UTF8.self))
    }

    /// Gives a reader of the log, with the way out of the machine when the log is at an address.
    func withReader<Result: Sendable>(
        _ settings: Settings, _ body: @escaping @Sendable (LogReader) async throws -> Result
    ) async throws -> Result {
        let key = try key(settings)
        let witnesses = try witnessList(settings).map(\.key)
        guard let log, log.contains("://") else {
            return try await body(LogReader(LogFolder(log ?? settings.logFolder), key: key, witnesses: witnesses))
        }
        return try await LiveTransport.with(try Network.settings(ProcessInfo.processInfo.environment)) { transport in
            try await body(LogReader(RemoteLog(log, transport: transport), key: key, witnesses: witnesses))
        }
    }
}

extension LogReader {
    /// The newest checkpoint, or an error that says there is none.
    func newest() async throws -> SeenCheckpoint {
        guard let seen = try await checkpoint() else { throw LogCommandError.noLog(source.place) }
        return seen
    }
}

extension SeenCheckpoint {
    var json: JSON {
        [
            "origin": JSON(checkpoint.origin), "size": JSON(checkpoint.size), "root": JSON(checkpoint.root.description),
            "cosignatures": .array(cosignatures.map { ["witness": JSON($0.witness), "time": JSON($0.time.description)] }),
            "evidence": JSON(evidence), "checkpoint": JSON(String(decoding: note, as: UTF8.self)),
        ]
    }
}

/// Why a command about the log could not begin or had to say no.
enum LogCommandError: Diagnosable {
    case keyMissing(String)
    case noLog(String)
    case faulty(String, faults: [String])
    case noWitnesses(String)
    case refused(witnesses: [String])
    case notNewest

    var diagnosis: Diagnosis {
        switch self {
        case .keyMissing(let path):
            Diagnosis(
                "log.key-missing", .notFound, "there is no key file at \(path)",
                remedy: "name it with --log-key, or make a log's key with `ashlar init`")
        case .noLog(let place):
            Diagnosis(
                "log.none", .notFound, "there is no transparency log at \(place)",
                remedy: "build an image: the first signature begins the log; or name another with --log")
        case .faulty(let place, let faults):
            Diagnosis(
                "log.faulty", .untrusted, "the log at \(place) is not good: \(faults.count) faults",
                remedy: "keep a copy as evidence; restore the folder from a backup or from a mirror", notes: faults)
        case .noWitnesses(let path):
            Diagnosis(
                "log.no-witnesses", .usage, "there are no witnesses to ask in \(path)",
                remedy: "write one line for each: its key NAME+HASH+KEY, a space, its address")
        case .refused(let witnesses):
            Diagnosis(
                "log.witness-refused", .unavailable, "not every witness has cosigned the checkpoint",
                remedy: "run the command again; a witness that has seen another history of this log is a reason for alarm", notes: witnesses
            )
        case .notNewest:
            Diagnosis(
                "log.not-newest", .conflict, "the log has grown while the witnesses were asked", remedy: "run the command again")
        }
    }
}

/// Prints a JSON value as files hold it.
func printJSON(_ json: JSON) { print(String(decoding: json.prettyBytes, as: UTF8.self), terminator: "") }
