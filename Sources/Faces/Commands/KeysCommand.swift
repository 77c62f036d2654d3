// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Attest
import Base
import Foundation

struct KeysCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys", abstract: "Makes, shows, replaces and revokes keys, and keeps the keyring.",
        subcommands: [
            Generate.self, Show.self, RotateKey.self, RetireKey.self, RevokeKey.self, AddKey.self, RootCommand.self, ExportRequest.self,
            SignKeyring.self, ImportKeyring.self, VerifyKeyring.self, MakeCertificate.self,
        ])

    struct Generate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Makes the image key (cosign.key, cosign.pub: ECDSA P-256) and the log's key (log.key, log.pub: Ed25519).",
            discussion: """
                Private keys are PKCS#8, mode 0600. A passphrase for both is taken from --passphrase-file, ASHLAR_KEY_PASSPHRASE, or \
                systemd's credential `passphrase`.

                Example: ashlar keys generate --keys /secure/keys --origin registry.example/log
                """)
        @OptionGroup var options: GlobalOptions
        @Option(help: "The log's name in its checkpoints; one that nobody else uses.") var origin: String?
        @Option(help: "Make the image key in a PKCS#11 token: the pkcs11: URI it is to have.") var token: String?
        @Flag(help: "Make only the log's key, for a catalog that has an image key already.") var logOnly = false
        @Option(help: "A file that holds the passphrase, readable by its owner only.") var passphraseFile: String?

        func run() async throws {
            try await reporting {
                let environment = ProcessInfo.processInfo.environment
                let settings = try Settings(options, environment: environment)
                let maker = KeyMaker(settings: settings, passphrase: try Passphrase.find(passphraseFile, environment))
                if let token {
                    try maker.makeImageKey(inToken: token)
                    if FileManager.default.fileExists(atPath: settings.logKeyFile) { return }
                } else if !logOnly {
                    try maker.makeImageKey()
                }
                try maker.makeLogKey(origin: origin)
            }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Prints the public key.",
            discussion: "Example: ashlar keys show\n         ashlar keys show --keyring")
        @OptionGroup var options: GlobalOptions
        @Flag(help: "Print the next keyring instead: all keys with their fingerprints and ends.") var keyring = false

        func run() async throws {
            try await reporting {
                let settings = try Settings(options, environment: ProcessInfo.processInfo.environment)
                if keyring { return print(KeyringText.table(try KeyringFolder(settings: settings, now: Workshop.now()).draft())) }
                guard let data = FileManager.default.contents(atPath: settings.publicKeyFile) else {
                    throw CommandError.keyMissing(settings.publicKeyFile)
                }
                print(String(decoding: data, as: UTF8.self), terminator: "")
            }
        }
    }
}
