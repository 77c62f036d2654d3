// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Attest
import Base
import Foundation

struct KeysCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys", abstract: "Makes and shows signing keys.", subcommands: [Generate.self, Show.self])

    struct Generate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Makes the keys for images (cosign.key, cosign.pub) and for the transparency log (log.key, log.pub).",
            discussion: "A passphrase is taken from ASHLAR_KEY_PASSPHRASE.\n\nExample: ashlar keys generate --keys /secure/keys")
        @OptionGroup var options: GlobalOptions

        func run() async throws {
            try await reporting {
                let environment = ProcessInfo.processInfo.environment
                let settings = try Settings(options, environment: environment)
                try Self.make(settings, passphrase: environment["ASHLAR_KEY_PASSPHRASE"])
                try LogKeys.makeIfMissing(settings, passphrase: environment["ASHLAR_KEY_PASSPHRASE"])
            }
        }

        static func make(_ settings: Settings, passphrase: String?) throws {
            // Also a public key alone: served beside images that another key signs, it would make every verification fail.
            for file in [settings.keyFile, settings.publicKeyFile] where FileManager.default.fileExists(atPath: file) {
                throw CommandError.keyExists(file)
            }
            var generator = SystemRandomNumberGenerator()
            let key = KeyFile.generate(using: &generator)
            let pem: String
            if let passphrase {
                pem = try key.encryptedPEM(passphrase: passphrase, using: &generator)
            } else {
                pem = key.unencryptedPEM
            }
            do {
                try FileManager.default.createDirectory(
                    atPath: settings.keys, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            } catch {
                throw CommandError.cannotWrite(settings.keys, reason: error.localizedDescription)
            }
            try Files.write(pem, to: settings.keyFile, mode: 0o600)
            try Files.write(key.publicPEM, to: settings.publicKeyFile, mode: 0o644)
            print("wrote \(settings.keyFile) (keep it secret, back it up) and \(settings.publicKeyFile) (give it to everybody)")
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Prints the public key.", discussion: "Example: ashlar keys show")
        @OptionGroup var options: GlobalOptions

        func run() async throws {
            try await reporting {
                let settings = try Settings(options, environment: ProcessInfo.processInfo.environment)
                guard let data = FileManager.default.contents(atPath: settings.publicKeyFile) else {
                    throw CommandError.keyMissing(settings.publicKeyFile)
                }
                print(String(decoding: data, as: UTF8.self), terminator: "")
            }
        }
    }
}
