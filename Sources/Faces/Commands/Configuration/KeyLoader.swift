// SPDX-License-Identifier: Apache-2.0
import Attest
import Base
import Foundation
import Signing
import Transparency

/// Opens private keys. The signer process does, and commands that make keys; nothing else.
struct KeyLoader {
    let settings: Settings
    let passphrase: String?

    /// The image key and, when there is one, the log's.
    func keys() throws -> any KeyHolder {
        let log = try logKey()
        if settings.keyIsInToken {
            let uri = try TokenURI(settings.keyFile)
            return try TokenKeys(uri, pin: pin(for: uri), logKey: log?.key)
        }
        return try KeyFile(pem: Self.secret(settings.keyFile), passphrase: passphrase).signer(log: log)
    }

    /// The PIN of a token: from the file its URI names, else where passphrases come from.
    func pin(for uri: TokenURI) throws -> String {
        if let file = uri.pinFile { return try Passphrase.read(file) }
        guard let passphrase else { throw AttestError.passphraseNeeded }
        return passphrase
    }

    func logKey() throws -> LogKeyFile? {
        guard FileManager.default.fileExists(atPath: settings.logKeyFile) else { return nil }
        return try LogKeyFile(pem: Self.secret(settings.logKeyFile), passphrase: passphrase)
    }

    /// The name under which the log's checkpoints are signed, from the public line beside its key.
    func logOrigin(of publicKey: [UInt8]) throws -> String {
        guard let data = FileManager.default.contents(atPath: settings.logPublicKeyFile) else {
            throw CommandError.keyMissing(settings.logPublicKeyFile)
        }
        guard let key = try? NoteKey(String(decoding: data, as: UTF8.self)), key.algorithm == .ed25519, key.publicKey == publicKey else {
            throw CommandError.foreignKey(settings.logPublicKeyFile, reason: "it does not belong to \(settings.logKeyFile)")
        }
        return key.name
    }

    /// A key file as text; one that others may read is refused. Group may read, since that is how orchestrators mount secrets.
    static func secret(_ path: String) throws -> String {
        guard let data = FileManager.default.contents(atPath: path) else { throw CommandError.keyMissing(path) }
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & 0o037 == 0 else { throw CommandError.keyExposed(path) }
        return String(decoding: data.prefix(1 << 20), as: UTF8.self)
    }
}

/// Where a passphrase comes from: a named file, the environment, or the credentials that systemd passes to a service.
enum Passphrase {
    static func find(_ file: String?, _ environment: [String: String]) throws -> String? {
        if let file { return try read(file) }
        if let passphrase = environment["ASHLAR_KEY_PASSPHRASE"] { return passphrase }
        guard let folder = environment["CREDENTIALS_DIRECTORY"] else { return nil }
        let path = folder + "/passphrase"
        return FileManager.default.fileExists(atPath: path) ? try read(path) : nil
    }

    static func read(_ path: String) throws -> String {
        var text = try KeyLoader.secret(path)[...]
        while let last = text.last, last.isNewline { text = text.dropLast() }
        return String(text)
    }
}
