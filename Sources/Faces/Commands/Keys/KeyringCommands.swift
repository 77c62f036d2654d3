// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Attest
import Base
import Foundation
import Sigstore

/// `ashlar keys root …`: the key above the others, which never has to be on a machine that builds.
struct RootCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "root", abstract: "The offline root key, which signs the keyring.", subcommands: [Generate.self])

    struct Generate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Makes a root key (ECDSA P-256) under a passphrase, on a machine that does not build.",
            discussion: """
                The passphrase is taken from --passphrase-file or ASHLAR_KEY_PASSPHRASE, and is needed. Print the fingerprint and give it \
                to those who verify, by another way than the network.

                Example: ashlar keys root generate --out /media/offline/root.key --passphrase-file /media/offline/passphrase
                """)
        @OptionGroup var options: GlobalOptions
        @Option(help: "The file to write; its public half goes beside it with the ending .pub.") var out = "root.key"
        @Option(help: "A file that holds the passphrase, readable by its owner only.") var passphraseFile: String?

        func run() async throws {
            try await reporting {
                let environment = ProcessInfo.processInfo.environment
                guard let passphrase = try Passphrase.find(passphraseFile, environment) else { throw AttestError.passphraseNeeded }
                var generator = SystemRandomNumberGenerator()
                let key = KeyFile.generate(using: &generator)
                let maker = KeyMaker(settings: try Settings(options, environment: environment), passphrase: passphrase)
                let publicFile = out.hasSuffix(".key") ? String(out.dropLast(4)) + ".pub" : out + ".pub"
                try maker.write([
                    (out, try key.encryptedPEM(passphrase: passphrase, using: &generator), 0o600), (publicFile, key.publicPEM, 0o644),
                ])
                print("root key \(Digest.sha256(of: key.publicKeyDER))")
            }
        }
    }
}

struct ExportRequest: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export-request", abstract: "Writes the next keyring as a file for the machine with the root key.",
        discussion: "Example: ashlar keys export-request --out keyring-request.json")
    @OptionGroup var options: GlobalOptions
    @Option(help: "The file to write.") var out = "keyring-request.json"

    func run() async throws {
        try await reporting {
            let folder = KeyringFolder(
                settings: try Settings(options, environment: ProcessInfo.processInfo.environment), now: Workshop.now())
            let draft = try folder.draft()
            try Files.replace(out, with: draft.canonicalBytes, mode: 0o644)
            print(KeyringText.table(draft))
            print("sha256 \(Digest.sha256(of: draft.canonicalBytes).hex)  \(out)")
            print("carry it to the root key and run: ashlar keys sign-keyring \(out) --root root.key --out keyring.json")
        }
    }
}

struct SignKeyring: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sign-keyring", abstract: "Signs a keyring with the root key, after showing what it says.",
        discussion: """
            Works without a catalog and without a network. Compare the sha256 with what export-request printed, and the changes with what \
            you were told.

            Example: ashlar keys sign-keyring keyring-request.json --root root.key --current keyring.json --out keyring.new.json
            """)
    @Argument(help: "What export-request wrote.") var request: String
    @Option(help: "The root key's file.") var root = "root.key"
    @Option(help: "The keyring that was signed last; the new one must follow it.") var current: String?
    @Option(help: "The file to write.") var out = "keyring.json"
    @Option(help: "A file that holds the passphrase, readable by its owner only.") var passphraseFile: String?

    func run() async throws {
        try await reporting {
            let passphrase = try Passphrase.find(passphraseFile, ProcessInfo.processInfo.environment)
            let key = try KeyFile(pem: KeyLoader.secret(root), passphrase: passphrase)
            let bytes = try Files.read(request, limit: Keyring.limit)
            let keyring = try Keyring(reading: bytes)
            var before: Keyring?
            if let current {
                let verified = try KeyringFolder.check(
                    Files.read(current, limit: 2 * Keyring.limit), at: current, root: VerificationKey(der: key.publicKeyDER), lastSeen: nil)
                let faults = verified.value.faults(ofSuccessor: keyring)
                guard faults.isEmpty else { throw CommandError.foreignKey(request, reason: faults.joined(separator: "; ")) }
                before = verified.value
            } else if keyring.version > 1 {
                Progress().say("note: version \(keyring.version) was not compared with the one before; name it with --current")
            }
            print(KeyringText.table(keyring))
            for change in KeyringText.changes(from: before, to: keyring) { print(change) }
            print("sha256 \(Digest.sha256(of: bytes).hex)  \(request)")
            try Files.replace(out, with: keyring.signed(by: key.signer.signature(over: keyring.signingInput)), mode: 0o644)
            print("wrote \(out), signed by the root key \(Digest.sha256(of: key.publicKeyDER))")
        }
    }
}

struct ImportKeyring: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import-keyring", abstract: "Takes a keyring that the root key signed into the keys folder.",
        discussion: "Example: ashlar keys import-keyring keyring.json --root root.pub")
    @OptionGroup var options: GlobalOptions
    @Argument(help: "What sign-keyring wrote.") var file: String
    @Option(help: "The root key's public half; needed the first time.") var root: String?

    func run() async throws {
        try await reporting {
            let settings = try Settings(options, environment: ProcessInfo.processInfo.environment)
            let folder = KeyringFolder(settings: settings, now: Workshop.now())
            let given = try root.map { try VerificationKey(pem: String(decoding: Files.read($0, limit: 16384), as: UTF8.self)) }
            let known = try folder.root()
            guard let trusted = known ?? given else { throw CommandError.needed("--root", example: "root.pub") }
            if let given, given != trusted {
                throw CommandError.foreignKey(root ?? "", reason: "this catalog's root key is \(trusted.fingerprint)")
            }
            let before = try folder.signed()
            let bytes = try Files.read(file, limit: 2 * Keyring.limit)
            let keyring = try KeyringFolder.check(bytes, at: file, root: trusted, lastSeen: before?.version).value
            if before != keyring {
                let faults = before?.faults(ofSuccessor: keyring) ?? []
                guard faults.isEmpty else { throw CommandError.foreignKey(file, reason: faults.joined(separator: "; ")) }
            }
            if known == nil { try Files.replace(folder.rootFile, with: Array(trusted.pem.utf8), mode: 0o644) }
            let draft = FileManager.default.contents(atPath: folder.draftFile).flatMap { try? JSON.parse(Array($0), limit: Keyring.limit) }
            try Files.replace(folder.signedFile, with: bytes, mode: 0o644)
            // A draft that goes further than what was signed stays.
            if draft?["keys"] == keyring.json["keys"] { unlink(folder.draftFile) }
            print(KeyringText.table(keyring))
        }
    }
}

struct VerifyKeyring: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify-keyring", abstract: "Checks a keyring with the root's public key, and says what it says.",
        discussion: """
            With --key it judges one key: whether a signature counts that a witnessed checkpoint shows to be older than --witnessed.

            Example: ashlar keys verify-keyring keyring.json --root root.pub --seen 3
                     ashlar keys verify-keyring keyring.json --root root.pub --key sha256:… --witnessed 2026-11-01T00:00:00Z
            """)
    @OptionGroup var options: GlobalOptions
    @Argument(help: "The keyring; that of the keys folder by default.") var file: String?
    @Option(help: "The root key's public half; that of the keys folder by default.") var root: String?
    @Option(help: "The version that was accepted last; an older one is refused.") var seen: Int?
    @Option(help: "The fingerprint of a key to judge.") var key: String?
    @Option(help: "The time of a witnessed checkpoint that covers the signature.") var witnessed: String?
    @Option(help: "What the key is used for: image, log, witness or rebuilder.") var purpose = "image"

    func run() async throws {
        try await reporting {
            let settings = try Settings(options, environment: ProcessInfo.processInfo.environment)
            let folder = KeyringFolder(settings: settings, now: Workshop.now())
            let place = file ?? folder.signedFile
            let trusted = try root.map { try VerificationKey(pem: String(decoding: Files.read($0, limit: 16384), as: UTF8.self)) }
            guard let trusted = try trusted ?? folder.root() else { throw CommandError.needed("--root", example: "root.pub") }
            let verified = try KeyringFolder.check(
                Files.read(place, limit: 2 * Keyring.limit), at: place, root: trusted, lastSeen: seen)
            for line in verified.evidence { print("ok  \(line)") }
            guard let key else { return print(KeyringText.table(verified.value)) }
            guard let fingerprint = Digest(key.hasPrefix("sha256:") ? key : "sha256:" + key) else {
                throw CommandError.badValue(key, reason: "a fingerprint is sha256: and 64 hexadecimal digits")
            }
            guard let purpose = Keyring.Purpose(rawValue: purpose) else {
                throw CommandError.badValue(self.purpose, reason: "a purpose is image, log, witness or rebuilder")
            }
            switch verified.value.judge(
                fingerprint: fingerprint, purpose: purpose, integratedBefore: try witnessed.map(KeyTime.parse))
            {
            case .trusted(let evidence): print("ok  \(evidence)")
            case .refused(let reason): throw CommandError.notVerified(reference: key, reasons: [reason])
            }
        }
    }
}

enum KeyTime {
    /// `2026-11-24T06:00:00Z`, or a date, which is its midnight in UTC.
    static func parse(_ text: String) throws -> Timestamp {
        guard let time = Timestamp(rfc3339: text) ?? Timestamp(date: text) else {
            throw CommandError.badValue(text, reason: "a time is written 2026-11-24T06:00:00Z or 2026-11-24")
        }
        return time
    }
}
