// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Attest
import Base
import Ledger
import Transparency

/// Appends to a log and says how long it took. Started by `benchmarks/log` and by the tests that kill it, not by people.
struct LogMeasureCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "measure", abstract: "Used by the benchmarks.", shouldDisplay: false)
    @OptionGroup var options: GlobalOptions
    @Argument(help: "A folder for the log.") var folder: String
    @Flag(help: "Sign with the log's key of the catalog.") var withKeys = false
    @Option var entries = 5000
    @Option var batch = 1000
    @Option(help: "Bytes of an entry.") var size = 600

    func validate() throws {
        guard entries > 0, batch > 0, (8...EntryBundle.entryLimit).contains(size) else { throw ValidationError("nothing to measure") }
    }

    func run() async throws {
        try await reporting {
            let settings = try Settings(options, environment: [:])
            var generator = SystemRandomNumberGenerator()
            let secret = withKeys ? try LogKeys.secret(settings, passphrase: nil) : try LogKeyFile.generate(using: &generator)
            let signer = KeyFile.generate(using: &generator).signer(log: secret)
            let own = withKeys ? try LogKeys.published(settings) : nil
            let key = try own ?? NoteKey(name: "log.example.org", algorithm: .ed25519, publicKey: signer.logPublicKey ?? [])
            let log = try FileLog(folder: LogFolder(folder), key: key, signer: signer)
            var latencies: [Double] = []
            let start = ContinuousClock.now
            var done = 0
            while done < entries {
                let count = min(batch, entries - done)
                let leaves = (done..<done + count).map { number in
                    (0..<size).map { $0 < 8 ? UInt8(truncatingIfNeeded: number >> ($0 * 8)) : UInt8(truncatingIfNeeded: $0) }
                }
                let begin = ContinuousClock.now
                guard try await log.append(leaves).count == count else { throw LogCommandError.noLog(folder) }
                latencies.append((ContinuousClock.now - begin) / .milliseconds(1))
                done += count
            }
            let seconds = (ContinuousClock.now - start) / .seconds(1)
            latencies.sort()
            let json: JSON = [
                "entries": JSON(entries), "batch": JSON(batch), "seconds": .number(seconds),
                "medianMilliseconds": .number(latencies[latencies.count / 2]), "longestMilliseconds": .number(latencies.last ?? 0),
            ]
            print(json.canonicalText)
        }
    }
}
