// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Base
import Foundation
import Ledger
import Transparency
import Transport

struct LogWitnessCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "witness", abstract: "Asks witnesses to cosign the newest checkpoint, and adds their cosignatures to it.",
        discussion: """
            Witnesses stand in the file `witnesses` beside the keys: a line for each, with its key (NAME+HASH+KEY) and its address.

            Example: ashlar log witness
            """)
    @OptionGroup var options: GlobalOptions
    @Option(help: "Another list of witnesses.", completion: .file()) var witnesses: String?
    @Option(help: "table or json.") var format = OutputFormat.table

    func run() async throws {
        try await reporting {
            let environment = ProcessInfo.processInfo.environment
            let settings = try Settings(options, environment: environment)
            let path = witnesses ?? settings.witnessesFile
            guard let data = FileManager.default.contents(atPath: path) else { throw LogCommandError.noWitnesses(path) }
            let list = try Witness.list(String(decoding: data, as: UTF8.self))
            guard !list.isEmpty else { throw LogCommandError.noWitnesses(path) }
            guard let key = try LogKeys.published(settings) else { throw LogCommandError.keyMissing(settings.logPublicKeyFile) }
            let folder = LogFolder(settings.logFolder)
            let reader = LogReader(folder, key: key, witnesses: list.map(\.key))
            let seen = try await reader.newest()
            let answers = try await LiveTransport.with(try Network.settings(environment)) { transport in
                try await list.concurrentMap(limit: 8) { await WitnessClient(reader, transport: transport).ask($0, about: seen) }
            }
            let signatures = answers.compactMap { if case .cosigned(_, let signature) = $0.outcome { signature } else { nil } }
            if !signatures.isEmpty, try !folder.addCosignatures(signatures, to: SignedNote(reading: seen.note).text) {
                throw LogCommandError.notNewest
            }
            show(answers, seen)
            let refused = answers.compactMap { answer in
                if case .refused(let reason) = answer.outcome { "\(answer.witness.key.name): \(reason)" } else { nil }
            }
            guard refused.isEmpty else { throw LogCommandError.refused(witnesses: refused) }
        }
    }

    private func show(_ answers: [WitnessAnswer], _ seen: SeenCheckpoint) {
        if format == .json {
            return printJSON([
                "origin": JSON(seen.checkpoint.origin), "size": JSON(seen.checkpoint.size),
                "witnesses": .array(
                    answers.map { answer in
                        switch answer.outcome {
                        case .cosigned(let cosignature, _):
                            ["witness": JSON(answer.witness.key.name), "time": JSON(cosignature.time.description)]
                        case .refused(let reason): ["witness": JSON(answer.witness.key.name), "refused": JSON(reason)]
                        }
                    }),
            ])
        }
        for answer in answers {
            if case .cosigned(let cosignature, _) = answer.outcome {
                print("\(cosignature.witness) cosigned \(seen.checkpoint.size) entries at \(cosignature.time)")
            }
        }
    }
}
