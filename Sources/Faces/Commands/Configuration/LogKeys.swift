// SPDX-License-Identifier: Apache-2.0
import Attest
import Base
import Foundation
import Transparency

/// The transparency log's key in the folder of keys: `log.key` (PKCS#8, mode 0600) and `log.pub` (name, hash and key in one line).
enum LogKeys {
    /// Makes a key when there is none. The name is `log-origin:` of ashlar.yaml, or one made from the key.
    static func makeIfMissing(_ settings: Settings, passphrase: String?) throws {
        let manager = FileManager.default
        if manager.fileExists(atPath: settings.logKeyFile) { return }
        // A public key alone names a log that another key signs.
        guard !manager.fileExists(atPath: settings.logPublicKeyFile) else { throw CommandError.keyExists(settings.logPublicKeyFile) }
        var generator = SystemRandomNumberGenerator()
        let secret = try LogKeyFile.generate(using: &generator)
        let name = settings.logOrigin ?? "ashlar-\(Digest.sha256(of: secret.publicKey).hex.prefix(16)).internal"
        let key = try NoteKey(name: name, algorithm: .ed25519, publicKey: secret.publicKey)
        let pem = try passphrase.map { try secret.encryptedPEM(passphrase: $0, using: &generator) } ?? secret.unencryptedPEM
        try Files.write(pem, to: settings.logKeyFile, mode: 0o600)
        try Files.write("\(key)\n", to: settings.logPublicKeyFile, mode: 0o644)
        print("wrote \(settings.logKeyFile) (keep it secret, back it up) and \(settings.logPublicKeyFile): the transparency log \(name)")
    }

    /// The log's name and public key; nil when there is no log.
    static func published(_ settings: Settings) throws -> NoteKey? {
        guard let data = FileManager.default.contents(atPath: settings.logPublicKeyFile) else { return nil }
        return try NoteKey(String(decoding: data, as: UTF8.self))
    }

    /// The private key; nil when there is none.
    static func secret(_ settings: Settings, passphrase: String?) throws -> LogKeyFile? {
        guard let data = FileManager.default.contents(atPath: settings.logKeyFile) else { return nil }
        var status = stat()
        guard stat(settings.logKeyFile, &status) == 0, status.st_mode & 0o037 == 0 else {
            throw CommandError.keyExposed(settings.logKeyFile)
        }
        return try LogKeyFile(pem: String(decoding: data, as: UTF8.self), passphrase: passphrase)
    }
}
