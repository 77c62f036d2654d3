// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Artifacts
import Attest
import Base
import Foundation
import Ledger
import Logging
import ServiceLifecycle
import Transparency
import UnixSignals
import Web

struct LogCosignCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cosign", abstract: "Runs a witness: cosigns checkpoints of other people's logs that continue what it saw before.",
        discussion: """
            A log that shows two histories to two visitors is found out by witnesses that belong to neither. This one has a keys folder of
            its own (`ashlar keys generate --log-only --origin witness.example.org --keys witness-keys`), knows the logs whose public keys
            it is given, and keeps the last checkpoint of each in its state folder, on disk before it answers. Keep that folder: a witness
            that has forgotten what it saw vouches for anything.

            Prints the line with which logs name it in their list of witnesses.

            Example: ashlar log cosign --keys witness-keys --log-key log.pub --state witness-state --port 8090
            """)
    @OptionGroup var options: GlobalOptions
    @Option(help: "The public key of a log that is watched: a file with one line; may be given several times.", completion: .file())
    var logKey: [String]
    @Option(help: "The folder that keeps the last checkpoint of each log.", completion: .directory) var state: String
    @Option(help: "The address to listen on.") var host = "127.0.0.1"
    @Option(help: "The port to listen on; 0 takes any.") var port = 8090
    @Option(help: "A file with the passphrase of the key.", completion: .file()) var passphraseFile: String?

    func run() async throws {
        try await reporting {
            let environment = ProcessInfo.processInfo.environment
            let settings = try Settings(options, environment: environment)
            let passphrase = try Passphrase.find(passphraseFile, environment)
            guard let secret = try LogKeys.secret(settings, passphrase: passphrase) else {
                throw CommandError.keyMissing(settings.logKeyFile)
            }
            let loader = KeyLoader(settings: settings, passphrase: passphrase)
            let key = try NoteKey(name: loader.logOrigin(of: secret.publicKey), algorithm: .cosignature, publicKey: secret.publicKey)
            let logs = try logKey.map { try NoteKey(String(decoding: InputFile.read($0, limit: NoteKey.textLimit), as: UTF8.self)) }
            let desk = try WitnessDesk(key: key, logs: logs, folder: state, clock: { Workshop.now() }) {
                try secret.signature(of: $0)
            }
            let host = host
            let logger = ServerLog.logger(settings.serve.log)
            let server = WitnessServer(desk, host: host, port: port, logger: logger) { port in
                print("\(key) http://\(host.contains(":") ? "[\(host)]" : host):\(port)")
                fflush(nil)
            }
            let group = ServiceGroup(
                configuration: .init(services: [.init(service: server)], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
            try await group.run()
        }
    }
}
