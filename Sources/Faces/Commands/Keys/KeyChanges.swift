// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Attest
import Base
import Foundation
import Sigstore

struct RotateKey: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate", abstract: "Makes a new image key; the old one stays in the keyring with an end.",
        discussion: """
            The old private key goes to retired/ in the keys folder: destroy it when no build needs it. Have the keyring signed and \
            published, and a witnessed checkpoint over what the old key signed, before anybody has to rely on it.

            Example: ashlar keys rotate --reason "yearly rotation"
            """)
    @OptionGroup var options: GlobalOptions
    @Option(help: "Why; it stands in the keyring.") var reason: String?
    @Option(help: "A file that holds the passphrase, readable by its owner only.") var passphraseFile: String?

    func run() async throws {
        try await reporting {
            let environment = ProcessInfo.processInfo.environment
            let settings = try Settings(options, environment: environment)
            guard !settings.keyIsInToken else {
                throw CommandError.badValue(
                    "a key in a token",
                    reason: "make another with `ashlar keys generate --token URI`, then `keys add` it and `keys retire` the old one")
            }
            let folder = KeyringFolder(settings: settings, now: Workshop.now())
            let passphrase = try Passphrase.find(passphraseFile, environment)
            let pair = RotatingPair(settings: settings)
            if try pair.finish(passphrase) { return print("finished the rotation that was cut off") }

            let old = try KeyFile(pem: KeyLoader.secret(settings.keyFile), passphrase: passphrase)
            let oldKey = try CatalogKey(der: old.publicKeyDER)
            var generator = SystemRandomNumberGenerator()
            let new = KeyFile.generate(using: &generator)
            let pem = try passphrase.map { try new.encryptedPEM(passphrase: $0, using: &generator) } ?? new.unencryptedPEM
            var draft = try folder.draft()
            // A draft that was made in this very second: an end comes after its beginning.
            let end = max(folder.now, Timestamp(seconds: (draft[oldKey.fingerprint]?.validFrom.seconds ?? 0) + 1))
            var ending = draft[oldKey.fingerprint] ?? .init(key: oldKey, purpose: .image, validFrom: Timestamp(seconds: end.seconds - 1))
            ending.validUntil = end
            ending.reason = reason ?? ending.reason
            draft[oldKey.fingerprint] = ending
            let newKey = try CatalogKey(der: new.publicKeyDER)
            draft[newKey.fingerprint] = .init(key: newKey, purpose: .image, validFrom: folder.now)
            try pair.replace(private: pem, public: new.publicPEM, retiring: oldKey.fingerprint)
            print("image key \(newKey.fingerprint) takes the place of \(oldKey.fingerprint); restart a signer that runs by itself")
            try folder.save(draft)
        }
    }
}

/// Exchanges the two files of the image key. Cut off at any instant, `finish` goes on from there.
struct RotatingPair {
    let settings: Settings

    func replace(private pem: String, public publicPEM: String, retiring fingerprint: Digest) throws {
        let retired = settings.keys + "/retired"
        do {
            try FileManager.default.createDirectory(
                atPath: retired, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch { throw CommandError.cannotWrite(retired, reason: error.localizedDescription) }
        for (file, kind) in [(settings.keyFile, "key"), (settings.publicKeyFile, "pub")] {
            let copy = "\(retired)/cosign-\(fingerprint.short).\(kind)"
            guard link(file, copy) == 0 || errno == EEXIST else {
                throw CommandError.cannotWrite(copy, reason: String(cString: strerror(errno)))
            }
        }
        try Files.replace(settings.publicKeyFile + ".new", with: Array(publicPEM.utf8), mode: 0o644)
        try Files.replace(settings.keyFile, with: Array(pem.utf8), mode: 0o600)
        try move()
    }

    /// Whether a rotation was cut off between the private half and the public one, and is whole now.
    func finish(_ passphrase: String?) throws -> Bool {
        guard let data = FileManager.default.contents(atPath: settings.publicKeyFile + ".new") else { return false }
        let current = try KeyFile(pem: KeyLoader.secret(settings.keyFile), passphrase: passphrase)
        guard current.publicPEM == String(decoding: data, as: UTF8.self) else {
            // Cut off before the private half was exchanged: nothing was.
            unlink(settings.publicKeyFile + ".new")
            return false
        }
        try move()
        return true
    }

    private func move() throws {
        guard rename(settings.publicKeyFile + ".new", settings.publicKeyFile) == 0 else {
            throw CommandError.cannotWrite(settings.publicKeyFile, reason: String(cString: strerror(errno)))
        }
    }
}

struct RevokeKey: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke", abstract: "Says since when a key may have been used by somebody else.",
        discussion: """
            From then on a signature by it counts only where a witnessed checkpoint shows that it is older. See docs/keys.md for what fails \
            then and what to do first.

            Example: ashlar keys revoke sha256:… --compromised-since 2026-11-20T08:00:00Z --reason "laptop stolen"
            """)
    @OptionGroup var options: GlobalOptions
    @Argument(help: "The key's fingerprint; its first twelve digits are enough.") var fingerprint: String
    @Option(help: "The earliest time at which somebody else may have had the key.") var compromisedSince: String
    @Option(help: "What happened; everybody who verifies sees it.") var reason: String

    func run() async throws {
        try await reporting {
            let folder = KeyringFolder(
                settings: try Settings(options, environment: ProcessInfo.processInfo.environment), now: Workshop.now())
            var draft = try folder.draft()
            let since = try KeyTime.parse(compromisedSince)
            let key = try KeyPicker.pick(fingerprint, from: draft)
            if let known = key.compromisedSince, known < since {
                throw CommandError.badValue(
                    compromisedSince, reason: "the key is compromised since \(known) already; a time is only moved back")
            }
            var entry = key
            entry.compromisedSince = since
            entry.reason = reason
            draft[key.fingerprint] = entry
            print("the \(key.purpose.rawValue) key \(key.fingerprint) is compromised since \(since)")
            print("stop the signer, make a new key with `ashlar keys rotate`, build again what has no witnessed signature before that time")
            try folder.save(draft)
        }
    }
}

struct RetireKey: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retire", abstract: "Says until when a key is used.",
        discussion: "Example: ashlar keys retire sha256:… --until 2026-12-31")
    @OptionGroup var options: GlobalOptions
    @Argument(help: "The key's fingerprint; its first twelve digits are enough.") var fingerprint: String
    @Option(help: "The end; now by default.") var until: String?
    @Option(help: "Why.") var reason: String?

    func run() async throws {
        try await reporting {
            let folder = KeyringFolder(
                settings: try Settings(options, environment: ProcessInfo.processInfo.environment), now: Workshop.now())
            var draft = try folder.draft()
            var entry = try KeyPicker.pick(fingerprint, from: draft)
            entry.validUntil = try until.map(KeyTime.parse) ?? max(folder.now, Timestamp(seconds: entry.validFrom.seconds + 1))
            entry.reason = reason ?? entry.reason
            draft[entry.fingerprint] = entry
            try folder.save(draft)
        }
    }
}

struct AddKey: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: "Takes a public key into the keyring: a witness's, a rebuilder's, one of a token.",
        discussion: """
            The file holds PEM, or the line NAME+hash+key that logs and witnesses give.

            Example: ashlar keys add witness.pub --purpose witness
            """)
    @OptionGroup var options: GlobalOptions
    @Argument(help: "The file of the public key.") var file: String
    @Option(help: "What it is used for: image, log, witness or rebuilder.") var purpose: String
    @Option(help: "Its name; of a witness the one in its signatures.") var name: String?

    func run() async throws {
        try await reporting {
            let folder = KeyringFolder(
                settings: try Settings(options, environment: ProcessInfo.processInfo.environment), now: Workshop.now())
            guard let purpose = Keyring.Purpose(rawValue: purpose) else {
                throw CommandError.badValue(self.purpose, reason: "a purpose is image, log, witness or rebuilder")
            }
            let text = String(decoding: try Files.read(file, limit: 16384), as: UTF8.self)
            let given: (name: String?, key: CatalogKey) =
                text.contains("-----BEGIN") ? (nil, try CatalogKey(pem: text)) : try KeyringFolder.note(text, at: file)
            var draft = try folder.draft()
            guard draft[given.key.fingerprint] == nil else {
                throw CommandError.badValue(file, reason: "the key \(given.key.fingerprint) is in the keyring already")
            }
            let entry = Keyring.Entry(key: given.key, purpose: purpose, name: name ?? given.name, validFrom: folder.now)
            draft[given.key.fingerprint] = entry
            // Reads it as everybody will: a purpose that the kind of key cannot serve is refused here.
            _ = try Keyring(reading: draft.canonicalBytes)
            try folder.save(draft)
        }
    }
}

private enum KeyPicker {
    static func pick(_ text: String, from keyring: Keyring) throws -> Keyring.Entry {
        let hex = text.hasPrefix("sha256:") ? String(text.dropFirst(7)) : text
        let found = keyring.keys.filter { $0.fingerprint.hex.hasPrefix(hex) }
        guard hex.count >= 12, found.count == 1, let entry = found.first else {
            throw CommandError.badValue(
                text, reason: "it names \(hex.count < 12 ? "no" : "\(found.count)") key of the keyring; see `ashlar keys show --keyring`")
        }
        return entry
    }
}
